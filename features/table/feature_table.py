"""The feature table: Parquet with the schema's columns, declared ones, and the refused samples."""

import hashlib
import json
import subprocess
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped, unused-ignore]  # no stubs
import pyarrow.parquet as pq  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features import schema
from features.arrays import Floats
from features.atomic_write import replacing
from features.covariates import (
    Covariate,
    CovariateDocument,
    Covariates,
    covariates_of,
    document,
    features_with,
    kind,
    number_covariates,
    text_covariates,
)
from features.errors import InputError
from features.schema import Category, Feature
from features.settings import REPOSITORY, is_checkout
from features.table.row import MISSING, RefusedSample, Row, check_value

METADATA_KEY = b"cd7watch"
_TEXT = {*schema.TEXT_COLUMNS, "sample_id", "patient_id"}


class TableMetadata(TypedDict, total=False):
    """Metadata of the Parquet file, stored as JSON."""

    schema_version: str
    provenance: str
    refused: list[dict[str, Any]]
    code_version: str
    covariates: list[CovariateDocument]


@dataclass(frozen=True)
class FeatureTable:
    """A table as read: columns, refused samples, and its origin.

    `digest` is the SHA-256 of the file's bytes; `provenance` is "synthetic" if any row is;
    `covariates` declare the columns that follow those of the schema.
    """

    columns: pa.Table
    refused_samples: list[RefusedSample]
    schema_version: str
    provenance: str
    digest: str
    covariates: Covariates = ()

    def to_rows(self) -> list[Row]:
        """Rows as plain dictionaries, NaN for missing numbers and None for missing text."""
        return self.columns.to_pylist()  # type: ignore[no-any-return]  # pyarrow is untyped here


def arrow_schema(covariates: Covariates = ()) -> pa.Schema:
    """Types of the table's columns: the schema's in its order, then the declared ones."""
    texts = _TEXT | {category.name for category in text_covariates(covariates)}
    names = (*schema.TABLE_COLUMNS, *(covariate.name for covariate in covariates))
    return pa.schema([(name, _type(name, texts)) for name in names])


def write_table(
    path: Path | str,
    rows: Sequence[Row],
    refused_samples: Sequence[RefusedSample] = (),
    *,
    covariates: Covariates = (),
) -> None:
    """Write rows with their history in one atomic step.

    `covariates` declare columns beside the schema's; a row may lack them. Raises `InputError` when
    there is no row, a column is missing, a number lies outside its range, a category is none of
    its values, or a sample_id is repeated.
    """
    if not rows:
        raise InputError("A feature table needs at least one usable sample, but all were refused.")
    columns = {name: [row[name] for row in rows] for name in schema.TABLE_COLUMNS}
    columns |= {c.name: [_covariate_value(row, c) for row in rows] for c in covariates}
    table = pa.Table.from_pydict(columns, arrow_schema(covariates))
    _check(Path(path).name, table, covariates)
    metadata: TableMetadata = {
        "schema_version": schema.SCHEMA_VERSION,
        "provenance": _provenance(table),
        "refused": [asdict(sample) for sample in refused_samples],
        "code_version": code_version(),
    }
    if covariates:
        metadata["covariates"] = [document(covariate) for covariate in covariates]
    with replacing(path) as draft:
        pq.write_table(table.replace_schema_metadata({METADATA_KEY: json.dumps(metadata)}), draft)


def read_table(path: Path | str) -> FeatureTable:
    """Read and check a feature table.

    Raises `InputError` when it is no Parquet file of ours, of another schema version, has other
    columns, a value outside its range, or a sample twice.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
        table = pq.read_table(pa.BufferReader(raw))
    except (OSError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or "not Parquet"
        raise InputError(
            f"A feature table must be a readable Parquet file, but {path.name} is not ({reason}); "
            "make one with `cd7watch features SAMPLES.csv -o features.parquet`."
        ) from None
    metadata = _read_metadata(path.name, table)
    covariates = covariates_of(metadata.get("covariates", []), path.name)
    _check(path.name, table, covariates)
    return FeatureTable(
        columns=table.replace_schema_metadata(None),
        refused_samples=[RefusedSample(**sample) for sample in metadata["refused"]],
        schema_version=schema.SCHEMA_VERSION,
        provenance=_provenance(table),
        digest=hashlib.sha256(raw).hexdigest(),
        covariates=covariates,
    )


@cache
def code_version() -> str:
    """Version of this code: the git commit, or the installed version where there is no git.

    >>> len(code_version()) > 0
    True
    """
    if is_checkout():  # else git would describe a repository that an environment happens to be in
        answer = subprocess.run(
            ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"],  # noqa: S607  (git's path differs)
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if answer.returncode == 0 and answer.stdout.strip():
            return answer.stdout.strip()
    try:
        return version("cd7watch")
    except PackageNotFoundError:
        return "unversioned"


def _covariate_value(row: Row, covariate: Covariate) -> float | int | str | None:
    return row.get(covariate.name, None if isinstance(covariate, Category) else MISSING)


def _type(name: str, texts: Collection[str]) -> pa.DataType:
    if name in texts:
        return pa.string()
    return pa.int64() if name == "day" else pa.float64()


def _read_metadata(name: str, table: pa.Table) -> TableMetadata:
    raw = (table.schema.metadata or {}).get(METADATA_KEY)
    metadata: TableMetadata = json.loads(raw) if raw else {}
    if metadata.get("schema_version") != schema.SCHEMA_VERSION:
        raise InputError(
            f"A feature table must have schema version {schema.SCHEMA_VERSION}, but {name} has "
            f"{metadata.get('schema_version', 'none')}; make it again with `cd7watch features`."
        )
    return metadata


def _check(name: str, table: pa.Table, covariates: Covariates) -> None:
    expected = arrow_schema(covariates)
    if not table.schema.equals(expected, check_metadata=False):
        difference = set(table.column_names) ^ set(expected.names)
        raise InputError(
            "A feature table must have exactly the columns and types of the schema and of its "
            f"declared covariates, but {name} differs "
            f"({', '.join(sorted(difference)[:3]) or 'order or types'}); make it again."
        )
    ids = table.column("sample_id").to_pylist()
    if len(set(ids)) < len(ids) or None in ids:
        raise InputError(
            f"Each sample_id must be unique in {name}, but one is repeated; remove it."
        )
    if table.column("day").null_count or table.column("patient_id").null_count:
        raise InputError(f"Each sample in {name} needs patient_id and day, but one is missing.")
    for feature, values in _numbers(table, covariates):
        if not values.size:
            continue
        # The extremes are enough: checking 5,000 rows one by one took seconds.
        for extreme in (np.fmin.reduce(values), np.fmax.reduce(values)):
            check_value(feature, float(extreme))
    _check_covariates(table, covariates)


def _check_covariates(table: pa.Table, covariates: Covariates) -> None:
    """What extremes do not show: a flag between 0 and 1, and a category's values."""
    for feature in number_covariates(covariates):
        if kind(feature) == "flag":
            for value in set(table.column(feature.name).to_pylist()):
                check_value(feature, MISSING if value is None else float(value))
    for category in text_covariates(covariates):
        present = set(table.column(category.name).to_pylist()) - {None}
        if present - set(category.allowed_values):
            raise InputError(
                f"{category.name} must be one of {', '.join(category.allowed_values)} or empty, "
                "but it is something else; correct it."
            )


def _numbers(table: pa.Table, covariates: Covariates) -> Iterator[tuple[Feature, Floats]]:
    for name, feature in features_with(covariates).items():
        column = table.column(name).combine_chunks()
        yield feature, column.to_numpy(zero_copy_only=False).astype(np.float64)


def _provenance(table: pa.Table) -> str:
    return "synthetic" if "synthetic" in table.column("provenance").to_pylist() else "real"
