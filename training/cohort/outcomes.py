"""Outcomes (OUTCOMES.csv): reading, checks, and first event of each patient (competing risks)."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from features.arrays import Floats, Ints
from features.errors import InputError
from features.notices import print_note
from features.schema import Category, Feature
from features.table.text_tables.coded_answers import listed_value
from features.table.text_tables.day_columns import INFUSION_DATE, infusion_dates, read_event_days
from features.table.text_tables.findings import Findings
from features.table.text_tables.text_table import TableColumns, TextTable
from features.table.text_tables.typed_columns import (
    read_category,
    read_feature,
    read_identifiers,
    read_texts,
    table_decimals,
)
from models.endpoints import (
    CENSORED,
    ENDPOINTS,
    FATAL_INFECTION,
    OTHER_DEATH,
    RELAPSE,
    Endpoint,
)
from training.cohort.outcome_checks import check_course
from training.cohort.typed_tables import text_table_of

DAYS = ("followup_day", "relapse_day", "death_day", "transplant_day")
WORDS: dict[str, Category] = {
    category.name: category
    for category in (
        Category("death_cause", "cause of death", ("relapse", "infection", "other")),
        Category("response_day28", "response at day 28", ("CR", "CRi", "PR", "NR")),
    )
}
REQUIRED = ("patient_id", *DAYS, *WORDS)
ASSESSMENT = "last_disease_assessment_day"
NUMBERS: tuple[Feature, ...] = (
    Feature("age", "Age", "age at the infusion", "years", 0.0, 120.0, "ward"),
    Feature("prior_transplant", "Earlier transplants", "0 for none", "number", 0.0, 10.0, "ward"),
    Feature("infusion_year", "Year of infusion", "calendar year", "year", 1990.0, 2100.0, "ward"),
)
# Texts whose usual words become one word; any other text stays as it is.
TEXTS: dict[str, tuple[str, ...]] = {
    "sex": ("male", "female"),
    "product": ("donor", "autologous", "allogeneic"),
    "site": (),
}
PROVENANCE = Category("provenance", "patients or a simulation", ("real", "synthetic"))
COLUMNS = TableColumns(REQUIRED, (ASSESSMENT, *TEXTS, PROVENANCE.name, INFUSION_DATE), NUMBERS)


@dataclass(frozen=True)
class Outcomes:
    """One row per patient.

    `frame` is indexed by patient_id; days are floats with NaN for "did not happen", texts are
    None when missing. `digest` is the SHA-256 of the content; order of rows and number format do
    not change it, so that a re-saved file counts as the same outcomes. `infusion_dates` are those
    that the table gives, by patient, from which the dates of other tables count.
    """

    frame: pd.DataFrame
    digest: str
    infusion_dates: Mapping[str, str] = field(default_factory=dict)

    @property
    def patients(self) -> list[str]:
        """Patients in the order of the file."""
        return [str(patient) for patient in self.frame.index]


def standard_endpoint(name: str) -> Endpoint:
    """The standard endpoint of this name.

    >>> standard_endpoint("fatal_infection").plural
    'fatal infections'
    """
    if name not in ENDPOINTS:
        raise InputError(f"A standard endpoint is one of {', '.join(ENDPOINTS)}; got {name!r}.")
    return ENDPOINTS[name]


def read_outcomes(path: Path | str, *, tell: Callable[[str], None] = print_note) -> Outcomes:
    """Read and check OUTCOMES.csv (or .tsv, .xlsx); notes on how it was read go to `tell`.

    Raises one InputError with every fault and its line: a column missing or doubled, a patient
    given twice, a day that is no number, follow-up that is missing or ends before an event, a
    death without a cause, words outside their list, and days that mean something else (0 for "no",
    months, a relapse before the remission).
    """
    return _outcomes(path, Path(path).name, tell)


def check_outcomes(
    raw: pd.DataFrame, name: str = "outcomes", *, tell: Callable[[str], None] = print_note
) -> Outcomes:
    """Turn a table of text into `Outcomes`; the rules and errors of `read_outcomes`.

    >>> raw = pd.DataFrame({
    ...     "patient_id": ["a"], "followup_day": ["90"], "relapse_day": ["60"], "death_day": [""],
    ...     "death_cause": [""], "transplant_day": [""], "response_day28": ["CR"]})
    >>> first_event(check_outcomes(raw))
    (array([60.]), array([1]))
    """
    return _outcomes(raw, name, tell)


def _outcomes(raw: pd.DataFrame | Path | str, name: str, tell: Callable[[str], None]) -> Outcomes:
    findings = Findings(name)
    table = text_table_of(raw, "Outcomes", COLUMNS, findings)
    patients = read_identifiers(table, "patient_id", findings)
    infusions = infusion_dates(table, patients, findings)
    frame = _frame(table, patients, infusions, findings)
    _check_patients(table, patients, findings)
    if all(column in table.cells for column in REQUIRED):
        check_course(table, frame, findings)
    findings.raise_faults()
    findings.tell_notes(tell)
    return Outcomes(frame, _digest(frame), infusions)


def _frame(
    table: TextTable, patients: list[str], infusions: Mapping[str, str], findings: Findings
) -> pd.DataFrame:
    """The columns that the table has, and the required ones."""
    columns: dict[str, object] = {}
    for name in (*DAYS, ASSESSMENT):
        columns[name] = np.array(
            read_event_days(table, name, patients, infusions=infusions, findings=findings),
            dtype=np.float64,
        )
    for name, category in (*WORDS.items(), (PROVENANCE.name, PROVENANCE)):
        columns[name] = np.array(read_category(table, category, findings), dtype=object)
    for name, words in TEXTS.items():
        columns[name] = np.array(
            [
                text and (listed_value(name, words, text) or text)
                for text in read_texts(table, name)
            ],
            dtype=object,
        )
    decimals = table_decimals(table, [feature.name for feature in NUMBERS])
    for feature in NUMBERS:
        values = read_feature(table, feature, decimals, findings)
        columns[feature.name] = np.array([value.value for value in values], dtype=np.float64)
    names = [name for name in columns if name in table.cells or name in REQUIRED]
    index = pd.Index(patients, name="patient_id", dtype=object)
    return pd.DataFrame({name: columns[name] for name in names}, index=index)


def _check_patients(table: TextTable, patients: list[str], findings: Findings) -> None:
    if not patients and not findings.faults:
        findings.fault(0, "outcomes need at least one patient, but there is none")
    for i, patient in enumerate(patients):
        if patient and patient in patients[:i]:
            findings.fault(
                table.lines[i], "this patient was given before; keep one row per patient"
            )


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


def _digest(frame: pd.DataFrame) -> str:
    content = frame[[*DAYS, *WORDS]].sort_index()
    return hashlib.sha256(content.to_csv(float_format="%.6g").encode()).hexdigest()
