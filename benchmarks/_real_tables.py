"""Real tables: any table with declared columns as a cohort, by a small JSON file (the declaration).

    {"features": ["age", "disease"], "outcome": "died", "horizon": 35}

    {"features": ["age", "disease"], "core_panel": ["age"], "time": "months", "code": "cause",
     "events": ["Viral", "Fungal"], "competing": ["Relapse"], "horizon": 24, "site": "centre"}

- `features`: columns of the table; those of words become indicators, one a word.
- `core_panel`: those of the wider prior; all features when left out.
- `outcome`: a column of 1 and 0, empty where unknown; or `time` and `code`: the time of the first
  event or of the end of follow-up, and which it was. Codes of `events` count, those of `competing`
  exclude them, all others are the end of follow-up.
- `horizon`: the time by which the event counts, a whole number in the unit of `time`.
- `site`, `repeats` (3) and `folds` (5) of the cross-validation, `words` ("event") of the event.

The engine's events of the outcomes stand for those of the table: fatal infection for `events`,
other death for `competing`, so that a real table goes through the same code as a feature table.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.arrays import Bools, Floats, Ints
from features.errors import InputError
from models.endpoints import Endpoint
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.outcomes import check_outcomes
from training.cohort.protocol import Protocol

LANDMARK, AFTER, SHORTEST = 1, 10, 0.01  # AFTER: follow-up beyond the horizon without an event
REQUIRED = ("features", "horizon")


@dataclass(frozen=True)
class Declaration:
    """Which columns of a table are features, outcome and site; see the module."""

    features: tuple[str, ...]
    horizon: int
    core_panel: tuple[str, ...] = ()
    outcome: str = ""
    time: str = ""
    code: str = ""
    events: tuple[str, ...] = ()
    competing: tuple[str, ...] = ()
    site: str = ""
    words: str = "event"
    repeats: int = 3
    folds: int = 5


@dataclass(frozen=True)
class RealTable:
    """A row a patient: `X` of numbers with its core columns, time, event, competing, site; (n,).

    A patient with neither event nor competing event is followed for `time`.
    """

    X: pd.DataFrame
    core: tuple[str, ...]
    time: Floats
    event: Bools
    competing: Bools
    site: tuple[str, ...]
    declaration: Declaration


def read_declaration(path: Path) -> Declaration:
    """Read the JSON file; InputError names the first rule that it breaks."""
    if not path.is_file():
        raise InputError(f"The declaration of a table is a JSON file; there is none at {path}.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        content = None
    if not isinstance(content, dict):
        raise InputError(f"{path.name} must hold one JSON object; it does not.")
    return declaration_from(content, path.name)


def declaration_from(content: Mapping[str, object], name: str) -> Declaration:
    """A declaration from the JSON object's content; `name` is the file's, for messages."""
    unknown = sorted(set(content) - {field.name for field in fields(Declaration)})
    absent = [key for key in REQUIRED if key not in content]
    if unknown or absent:
        names = ", ".join(field.name for field in fields(Declaration))
        wrong = f"the unknown key {unknown[0]!r}" if unknown else f"no {absent[0]!r}"
        raise InputError(f"{name} has {wrong}; a declaration has {names}.")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items()}
    return _checked(Declaration(**values), name)


def _checked(one: Declaration, name: str) -> Declaration:
    by_time = bool(one.time and one.code and one.events)
    if bool(one.outcome) == by_time:
        raise InputError(
            f"{name} must name either outcome, or time, code and events; it names "
            f"{'both' if by_time else 'neither'}."
        )
    if type(one.horizon) is not int or one.horizon < 1:
        raise InputError(
            f"{name} needs a horizon that is a whole number from 1; got {one.horizon!r}."
        )
    return one


def read_table(path: Path, declaration: Declaration) -> RealTable:
    """Read a CSV file as declared; InputError for a declared column that it lacks."""
    frame = pd.read_csv(path)
    one = declaration
    columns = (*one.features, *(c for c in (one.outcome, one.time, one.code, one.site) if c))
    missing = [column for column in (*columns, *one.core_panel) if column not in frame]
    if missing:
        raise InputError(f"{path.name} must have the declared columns; it lacks {missing[0]!r}.")
    X = pd.get_dummies(frame[list(one.features)], dtype=float).astype(float)
    time, event, competing = _outcome(frame, one)
    use = ~np.isnan(time)
    site = frame[one.site].astype(str) if one.site else pd.Series("", index=frame.index)
    core = _core_columns(X, frame, one)
    return RealTable(
        X[use].reset_index(drop=True), core, time[use], event[use], competing[use],
        tuple(site[use]), one,
    )  # fmt: skip


def _core_columns(X: pd.DataFrame, frame: pd.DataFrame, one: Declaration) -> tuple[str, ...]:
    if not one.core_panel:
        return tuple(X.columns)
    return tuple(pd.get_dummies(frame[list(one.core_panel)], dtype=float).columns)


def _outcome(frame: pd.DataFrame, one: Declaration) -> tuple[Floats, Bools, Bools]:
    """Time (NaN where the outcome is unknown), event and competing event, (n,)."""
    if one.outcome:
        y = frame[one.outcome].to_numpy(dtype=np.float64)
        time = np.where(y == 1, one.horizon / 2, one.horizon + AFTER)
        return np.where(np.isnan(y), np.nan, time), y == 1, np.zeros(len(y), dtype=bool)
    code = frame[one.code].astype(str)
    time = frame[one.time].to_numpy(dtype=np.float64)
    event, competing = (code.isin([str(c) for c in codes]).to_numpy() for codes in
                        (one.events, one.competing))  # fmt: skip
    return np.maximum(time, SHORTEST), event, competing


def protocol_of(table: RealTable) -> Protocol:
    """The engine's protocol for a table: one horizon, one event, one declared look, the ridge."""
    one = table.declaration
    endpoint = Endpoint("event", one.words, f"{one.words}s", ("fatal_infection",))
    return replace(
        Protocol(), landmark=LANDMARK, later_landmarks=(), horizons=(one.horizon,),
        primary_horizon=one.horizon, endpoints=(endpoint,), features=tuple(table.X.columns),
        core_panel=table.core, model="ridge", comparators=(), repeats=one.repeats,
        folds=one.folds, looks=1,
    )  # fmt: skip


def cohort_of_table(table: RealTable, order: Ints | None = None) -> Cohort:
    """The table as a cohort; `order` (n,) deals the outcomes to other patients."""
    n = len(table.time)
    row = np.arange(n) if order is None else order
    time, event, competing = table.time[row], table.event[row], table.competing[row]
    patients = [f"P{i}" for i in range(n)]
    samples = table.X.assign(patient_id=patients, day=LANDMARK, site=list(table.site))
    day = pd.Series(LANDMARK + time).map(lambda value: f"{value:.4f}")
    died = event | competing
    columns: Mapping[str, object] = {
        "patient_id": patients,
        "followup_day": day,
        "relapse_day": "",
        "death_day": np.where(died, day, ""),
        "death_cause": np.select([event, competing], ["infection", "other"], ""),
        "transplant_day": "",
        "response_day28": "CR",  # remission for the landmark's rule: excludes no patient
    }
    return cohort_of(samples, check_outcomes(pd.DataFrame(columns)), protocol_of(table))
