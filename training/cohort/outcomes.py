"""Outcomes (OUTCOMES.csv): reading, checks, and first event of each patient (competing risks)."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from features.arrays import Floats, Ints
from features.errors import InputError
from models.endpoints import CENSORED, ENDPOINTS, FATAL_INFECTION, OTHER_DEATH, RELAPSE
from training.cohort.text_table import check_columns, numbers_of, read_text, refuse, text_of

DAYS = ("followup_day", "relapse_day", "death_day", "transplant_day")
WORDS: dict[str, tuple[str, ...]] = {
    "death_cause": ("relapse", "infection", "other"),
    "response_day28": ("CR", "CRi", "PR", "NR"),
}
REQUIRED = ("patient_id", *DAYS, *WORDS)
OPTIONAL_NUMBERS = ("last_disease_assessment_day", "age", "prior_transplant", "infusion_year")
OPTIONAL_TEXTS = ("sex", "product", "site", "provenance")


@dataclass(frozen=True)
class Outcomes:
    """One row per patient.

    `frame` is indexed by patient_id; days are floats with NaN for "did not happen", texts are
    None when missing. `digest` is the SHA-256 of the content; order of rows and number format do
    not change it, so that a re-saved file counts as the same outcomes.
    """

    frame: pd.DataFrame
    digest: str

    @property
    def patients(self) -> list[str]:
        """Patients in the order of the file."""
        return [str(patient) for patient in self.frame.index]


def endpoint_code(endpoint: str) -> int:
    """Event code of an endpoint's name.

    >>> endpoint_code("fatal_infection")
    2
    """
    if endpoint not in ENDPOINTS:
        raise InputError(f"An endpoint is one of {', '.join(ENDPOINTS)}; got {endpoint!r}.")
    return ENDPOINTS[endpoint].event_code


def read_outcomes(path: Path | str) -> Outcomes:
    """Read and check OUTCOMES.csv.

    Raises InputError for a missing file, a missing, doubled or unknown column, a patient
    given twice, a day that is no number, follow-up that is missing or ends before an event, a
    death without a cause, and words outside their list.
    """
    return check_outcomes(read_text(path, "Outcomes"), Path(path).name)


def check_outcomes(raw: pd.DataFrame, name: str = "outcomes") -> Outcomes:
    """Turn a table of text into `Outcomes`; the rules and errors of `read_outcomes`.

    >>> raw = pd.DataFrame({
    ...     "patient_id": ["a"], "followup_day": ["90"], "relapse_day": ["60"], "death_day": [""],
    ...     "death_cause": [""], "transplant_day": [""], "response_day28": ["CR"]})
    >>> first_event(check_outcomes(raw))
    (array([60.]), array([1]))
    """
    raw = raw.rename(columns=lambda column: str(column).strip())
    check_columns(list(raw.columns), name, REQUIRED, (*OPTIONAL_NUMBERS, *OPTIONAL_TEXTS))
    text = {c: [text_of(value) for value in raw[c]] for c in raw.columns}
    patients = text["patient_id"]
    refuse(name, [p is None for p in patients], "patient_id is empty; give every row a patient")
    refuse(name, list(raw["patient_id"].str.strip().duplicated()),
            "this patient was given before; keep one row per patient")  # fmt: skip
    columns: dict[str, object] = {}
    for column, values in text.items():
        if column in DAYS or column in OPTIONAL_NUMBERS:
            columns[column] = numbers_of(name, column, values)
        elif column != "patient_id":
            columns[column] = np.array(values, dtype=object)
    frame = pd.DataFrame(columns, index=pd.Index(patients, name="patient_id", dtype=object))
    if not len(frame):
        raise InputError(f"{name} needs at least one patient; it has none.")
    _check_words(name, frame)
    _check_days(name, frame)
    return Outcomes(frame, _digest(frame))


def first_event(outcomes: Outcomes) -> tuple[Floats, Ints]:
    """Day and code of each patient's first event, or the end of follow-up with code 0.

    A death from relapse without a relapse_day is a relapse on that day; any death after a relapse
    counts as the relapse. Codes: 0 censored, 1 relapse, 2 fatal infection, 3 other death.
    Shapes (n,), (n,).
    """
    frame = outcomes.frame
    death = frame["death_day"].to_numpy(float)
    cause = frame["death_cause"].to_numpy(object)
    relapse = frame["relapse_day"].to_numpy(float)
    relapse = np.where(np.isnan(relapse) & (cause == "relapse"), death, relapse)
    day = frame["followup_day"].to_numpy(float).copy()
    code = np.full(len(day), CENSORED, dtype=np.int64)
    dead = ~np.isnan(death)
    day[dead] = death[dead]
    code[dead] = np.where(cause[dead] == "infection", FATAL_INFECTION, OTHER_DEATH)
    relapsed = ~np.isnan(relapse)
    day[relapsed], code[relapsed] = relapse[relapsed], RELAPSE
    return day, code


def _check_words(name: str, frame: pd.DataFrame) -> None:
    for column, words in WORDS.items():
        bad = [value is not None and value not in words for value in frame[column]]
        refuse(name, bad, f"{column} must be one of {', '.join(words)} or empty")


def _check_days(name: str, frame: pd.DataFrame) -> None:
    days = {column: frame[column].to_numpy(float) for column in DAYS}
    end, death, relapse = days["followup_day"], days["death_day"], days["relapse_day"]
    refuse(name, list(np.isnan(end)), "followup_day is missing; give the last day of contact")
    for column in DAYS:
        refuse(name, list(days[column] < 0), f"{column} is before the infusion (day 0)")
    for column in DAYS[1:]:
        refuse(name, list(days[column] > end),
                f"{column} is after followup_day; follow-up must reach every event")  # fmt: skip
    refuse(name, list(relapse > death), "relapse_day is after death_day; correct one of them")
    cause = np.array([value is not None for value in frame["death_cause"]], dtype=bool)
    refuse(name, list(cause != ~np.isnan(death)),
            "death_day and death_cause go together: give both or none")  # fmt: skip


def _digest(frame: pd.DataFrame) -> str:
    content = frame[[*DAYS, *WORDS]].sort_index()
    return hashlib.sha256(content.to_csv(float_format="%.6g").encode()).hexdigest()
