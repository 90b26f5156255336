"""Samples: the feature table as a data frame, with refused samples, provenance and digest."""

import hashlib
from dataclasses import dataclass, replace

import pandas as pd

from features import schema
from features.arrays import Ints
from features.covariates import (
    Covariates,
    number_covariates,
    require_same_quantities,
    text_covariates,
)
from features.errors import InputError
from features.table.feature_table import FeatureTable
from models.measurement_sources import WORDS
from training.cohort.earlier_infections import EARLIER_SEVERE, earlier_severe_infections

KEYS = ("sample_id", "patient_id", "day")
NO_SCHEMA = "none"  # the version of a plain data frame
REFUSED_COLUMNS = ("sample_id", "patient_id", "day", "reason")


@dataclass(frozen=True)
class Samples:
    """Usable samples, one row each, and the refused ones.

    `refused` has the columns sample_id, patient_id, day, reason. `digest` identifies the table's
    content; `provenance` is "real" or "synthetic"; `covariates` declare the columns that the group
    added to those of the schema.
    """

    frame: pd.DataFrame
    refused: pd.DataFrame
    provenance: str
    digest: str
    schema_version: str
    covariates: Covariates = ()


def samples_from(table: FeatureTable | pd.DataFrame | Samples) -> Samples:
    """Unpack a feature table once; a plain data frame is a table with nothing refused.

    A plain frame needs patient_id and day; it may hold any further columns, so the engine takes
    tables other than the feature table. Raises InputError when a key column is missing or a day is
    empty.

    >>> frame = pd.DataFrame({"patient_id": ["a"], "day": [21], "monocyte_fraction": [0.1]})
    >>> samples_from(frame).provenance
    'real'
    """
    if isinstance(table, Samples):
        return table
    if isinstance(table, FeatureTable):
        refusals = pd.DataFrame(
            [(r.sample_id, r.patient_id, r.day, r.reason) for r in table.refused_samples],
            columns=list(REFUSED_COLUMNS),
        )
        frame = _check_keys(table.columns.to_pandas())
        return Samples(
            frame, refusals, table.provenance, table.digest, table.schema_version, table.covariates
        )
    frame = _check_keys(table)
    synthetic = "provenance" in frame and bool((frame["provenance"] == "synthetic").any())
    digest = _content_digest(frame)
    no_refusals = pd.DataFrame(columns=list(REFUSED_COLUMNS))
    return Samples(frame, no_refusals, "synthetic" if synthetic else "real", digest, NO_SCHEMA)


def with_earlier_infections(samples: Samples, infections: pd.DataFrame) -> Samples:
    """The samples with the column `earlier_severe_infections`, declared as a covariate.

    A table that has a column of this name keeps its own.
    """
    if EARLIER_SEVERE.name in samples.frame:
        return samples
    counts = earlier_severe_infections(samples.frame, infections)
    return replace(
        samples,
        frame=samples.frame.assign(**{EARLIER_SEVERE.name: counts}),
        covariates=(*samples.covariates, EARLIER_SEVERE),
    )


def require_columns(samples: Samples, names: tuple[str, ...]) -> None:
    """Raise InputError unless every named feature is a column of numbers in the table."""
    _refuse_categories(samples, names)
    missing = [name for name in names if name not in samples.frame.columns]
    if samples.schema_version != NO_SCHEMA:
        _refuse_undeclared(samples, [*missing, *(name for name in names if name in KEYS)])
    if missing:
        raise InputError(
            f"The protocol names {len(names)} features; the feature table lacks "
            f"{', '.join(missing[:3])}{' ...' if len(missing) > 3 else ''}: "
            "compute the features again or change the protocol."
        )


def _refuse_categories(samples: Samples, names: tuple[str, ...]) -> None:
    texts = {*schema.TEXT_COLUMNS, *(c.name for c in text_covariates(samples.covariates))}
    if samples.schema_version == NO_SCHEMA:  # else the table's reader has seen to the kinds
        texts |= set(samples.frame.columns) - set(samples.frame.select_dtypes(["number", "bool"]))
    categories = [name for name in names if name in texts]
    if categories:
        raise InputError(
            f"A model's inputs are numbers and flags, but {categories[0]} is a category: declare a "
            "flag in covariates.toml for each value that matters, fill it in and name those."
        )


def _refuse_undeclared(samples: Samples, names: list[str]) -> None:
    """Refuse those of the names, absent columns and keys, that nothing describes as an input."""
    if EARLIER_SEVERE.name in names:
        raise InputError(
            f"The input {EARLIER_SEVERE.name} is counted from the table of infections, but none "
            "was read: give it with --infections, or take the name out of the protocol."
        )
    undeclared = [name for name in names if name not in schema.ALL_FEATURES]
    if undeclared:
        covariate_names = ", ".join(c.name for c in number_covariates(samples.covariates)) or "none"
        raise InputError(
            "A model's inputs are features of the schema or columns that the feature table "
            f"declares ({covariate_names}), but {', '.join(undeclared[:3])} is neither: correct "
            "the protocol, or declare it in covariates.toml and make the table again."
        )


def declared_inputs(samples: Samples, names: tuple[str, ...]) -> Covariates:
    """Those of the named inputs that the table declares, in the order of the names."""
    by_name = {feature.name: feature for feature in number_covariates(samples.covariates)}
    return tuple(by_name[name] for name in names if name in by_name)


def require_same_inputs(samples: Samples, inputs: Covariates) -> None:
    """Raise InputError when a model's declared inputs are other quantities in this table."""
    require_same_quantities(
        inputs, samples.covariates, source="the model", other_source="the feature table"
    )


def _check_keys(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.reset_index(drop=True)
    missing = [key for key in KEYS[1:] if key not in frame.columns]
    if missing:
        raise InputError(
            f"A feature table needs patient_id and day; {', '.join(missing)} is missing."
        )
    if frame["day"].isna().any():
        raise InputError("Every sample needs its day since infusion; a row of the table has none.")
    return frame.assign(patient_id=frame["patient_id"].astype(str))


def _content_digest(frame: pd.DataFrame) -> str:
    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return hashlib.sha256(rows.tobytes()).hexdigest()


def source_rows(samples: Samples, rows: Ints) -> list[dict[str, object]]:
    """How some samples were measured: their columns for `models.measurement_sources`."""
    columns = [name for name in (*WORDS, "cd7neg_unresolved") if name in samples.frame]
    records = samples.frame[columns].iloc[rows].to_dict("records")
    return [{str(name): value for name, value in record.items()} for record in records]
