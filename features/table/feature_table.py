"""The feature table: Parquet with exactly the schema's columns, and the refused samples."""

import hashlib
import json
import subprocess
from collections.abc import Iterator, Sequence
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
from features.errors import InputError
from features.settings import REPOSITORY, is_checkout
from features.table.row import RefusedSample, Row, check_range

METADATA_KEY = b"cd7watch"
_TEXT = {*schema.TEXT_COLUMNS, "sample_id", "patient_id"}


class TableMetadata(TypedDict, total=False):
    """Metadata of the Parquet file, stored as JSON."""

    schema_version: str
    provenance: str
    refused: list[dict[str, Any]]
    code_version: str


@dataclass(frozen=True)
class FeatureTable:
    """A table as read: columns, refused samples, and its origin.

    `digest` is the SHA-256 of the file's bytes; `provenance` is "synthetic" if any row is.
    """

    columns: pa.Table
    refused_samples: list[RefusedSample]
    schema_version: str
    provenance: str
    digest: str

    def to_rows(self) -> list[Row]:
        """Rows as plain dictionaries, NaN for missing numbers and None for missing text."""
        return self.columns.to_pylist()  # type: ignore[no-any-return]  # pyarrow is untyped here


def arrow_schema() -> pa.Schema:
    """Types of the table's columns, in the schema's order."""
    return pa.schema([(name, _type(name)) for name in schema.TABLE_COLUMNS])


def write_table(
    path: Path | str, rows: Sequence[Row], refused_samples: Sequence[RefusedSample] = ()
) -> None:
    """Write rows with their history in one atomic step.

    Raises `InputError` when there is no row, a column is missing, a number lies outside its range
    or a sample_id is repeated.
    """
    if not rows:
        raise InputError("A feature table needs at least one usable sample, but all were refused.")
    table = pa.Table.from_pydict(
        {name: [row[name] for row in rows] for name in schema.TABLE_COLUMNS}, arrow_schema()
    )
    _check(Path(path).name, table)
    metadata: TableMetadata = {
        "schema_version": schema.SCHEMA_VERSION,
        "provenance": _provenance(table),
        "refused": [asdict(sample) for sample in refused_samples],
        "code_version": code_version(),
    }
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
    _check(path.name, table)
    return FeatureTable(
        columns=table.replace_schema_metadata(None),
        refused_samples=[RefusedSample(**sample) for sample in metadata["refused"]],
        schema_version=schema.SCHEMA_VERSION,
        provenance=_provenance(table),
        digest=hashlib.sha256(raw).hexdigest(),
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


def _type(name: str) -> pa.DataType:
    if name in _TEXT:
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


def _check(name: str, table: pa.Table) -> None:
    if not table.schema.equals(arrow_schema(), check_metadata=False):
        difference = set(table.column_names) ^ set(schema.TABLE_COLUMNS)
        raise InputError(
            f"A feature table must have exactly the schema's columns and types, but {name} differs "
            f"({', '.join(sorted(difference)[:3]) or 'order or types'}); make it again."
        )
    ids = table.column("sample_id").to_pylist()
    if len(set(ids)) < len(ids) or None in ids:
        raise InputError(
            f"Each sample_id must be unique in {name}, but one is repeated; remove it."
        )
    if table.column("day").null_count or table.column("patient_id").null_count:
        raise InputError(f"Each sample in {name} needs patient_id and day, but one is missing.")
    for feature, values in _numbers(table):
        if not values.size:
            continue
        # The extremes are enough: checking 5,000 rows one by one took seconds.
        for extreme in (np.fmin.reduce(values), np.fmax.reduce(values)):
            check_range(feature, float(extreme))


def _numbers(table: pa.Table) -> Iterator[tuple[str, Floats]]:
    for name in schema.ALL_FEATURES:
        column = table.column(name).combine_chunks()
        yield name, column.to_numpy(zero_copy_only=False).astype(np.float64)


def _provenance(table: pa.Table) -> str:
    return "synthetic" if "synthetic" in table.column("provenance").to_pylist() else "real"
