"""375 real patients admitted with COVID-19: first values, columns of the models, outcomes.

Data: Yan et al., Nat Mach Intell 2020;2:283.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._real_tables import Declaration, RealTable
from features.arrays import Bools
from features.settings import data_dir
from models.endpoints import FATAL_INFECTION
from training.cohort.cohort import cohort_of
from training.cohort.outcomes import Outcomes, check_outcomes
from training.cohort.protocol import Protocol

# Associated with death in single-variable analyses of another two hospitals of Wuhan (Zhou et al.,
# Lancet 2020;395:1054); of that list creatine kinase, ferritin and IL-6 are absent or measured in
# too few patients here. Amounts enter as logarithms: they spread over powers of ten.
AMOUNTS = (
    "lymphocyte count", "White blood cell count", "glutamic-pyruvic transaminase",
    "Lactate dehydrogenase", "Hypersensitive cardiac troponinI", "D-D dimer", "Prothrombin time",
    "creatinine", "procalcitonin",
)  # fmt: skip
PANEL = ("age", *AMOUNTS)
# The benchmark's first panel, from no single list and without logarithms; printed as well, because
# the other panel was chosen after this one had lost to LightGBM.
FIRST_PANEL = (
    "age", "Lactate dehydrogenase", "High sensitivity C-reactive protein", "(%)lymphocyte",
    "monocytes(%)", "albumin", "Urea", "Platelet count", "D-D dimer", "Prothrombin activity",
)  # fmt: skip
NOT_FEATURES = ("PATIENT_ID", "outcome", "day", "stay")
# The columns of the source study's external hospitals (its decision tree uses these three).
THREE = ("Lactate dehydrogenase", "High sensitivity C-reactive protein", "(%)lymphocyte")
LATER = 0.35  # share of patients, by admission date, that represent the other hospital
PRESENT = 0.6  # columns that this share of patients has, chosen without looking at outcomes

HORIZON = 35  # days: the longest stay


def tongji_table(core: tuple[str, ...] = PANEL, *, logarithms: bool = True) -> RealTable:
    """Those at risk on day 1 with their first values; core panel and scale of the amounts."""
    table, outcomes = admissions()
    features = tuple(c for c in table.columns if c not in (*NOT_FEATURES, "patient_id"))
    cohort = cohort_of(table, outcomes, replace(Protocol(), landmark=1))
    at_risk = cohort.at_risk
    X = cohort.samples.frame.iloc[at_risk.row][list(features)].reset_index(drop=True)
    return RealTable(
        X=X.astype(float) if logarithms else as_measured(X.astype(float)),
        core=core, time=at_risk.time, event=at_risk.code == FATAL_INFECTION,
        competing=np.zeros(at_risk.n, dtype=bool), site=("",) * at_risk.n,
        declaration=Declaration(features, HORIZON, words="death"),
    )  # fmt: skip


def as_measured(X: pd.DataFrame) -> pd.DataFrame:
    """Amounts back from their logarithms."""
    return X.assign(**{name: np.exp(X[name]) for name in AMOUNTS})


def last_admitted() -> Bools:
    """Those of `tongji_table` who were admitted last, (n,)."""
    table, outcomes = admissions()
    cohort = cohort_of(table, outcomes, replace(Protocol(), landmark=1))
    return later_patients(cohort.at_risk.patient_id)


def admissions() -> tuple[pd.DataFrame, Outcomes]:
    """One row per patient with values in the first day, and the outcomes."""
    raw = pd.read_csv(data_dir() / "tongji" / "tongji_375.csv")
    admission = pd.to_datetime(raw["Admission time"])
    raw["day"] = (pd.to_datetime(raw["RE_DATE"]) - admission).dt.total_seconds() / 86_400
    raw["stay"] = (pd.to_datetime(raw["Discharge time"]) - admission).dt.total_seconds() / 86_400
    numbers = raw.select_dtypes("number")
    people = numbers.groupby("PATIENT_ID").first()
    return _first_day(numbers), _outcomes(people)


def _first_day(numbers: pd.DataFrame) -> pd.DataFrame:
    """First value of every column within a day of admission; amounts as logarithms."""
    table = numbers[numbers["day"] <= 1].groupby("PATIENT_ID").first()
    table = table.where(table >= 0)  # a count of -1 codes a missing one
    table = table.loc[:, table.notna().mean() >= PRESENT]
    table[list(AMOUNTS)] = np.log(table[list(AMOUNTS)])
    table = table.assign(patient_id=[f"T{int(i)}" for i in table.index], day=1)
    return table.reset_index(drop=True)


def _outcomes(people: pd.DataFrame) -> Outcomes:
    """Death from infection at the end of the stay, or 100 days of follow-up."""
    died = people["outcome"] == 1
    day = np.maximum(people["stay"], 0).round(2).astype(str)
    table = pd.DataFrame(
        {
            "patient_id": [f"T{int(i)}" for i in people.index],
            "followup_day": np.where(died, day, "100"),
            "relapse_day": "",
            "death_day": np.where(died, day, ""),
            "death_cause": np.where(died, "infection", ""),
            "transplant_day": "",
            "response_day28": "CR",  # remission for the landmark's rule: excludes no patient
        }
    )
    return check_outcomes(table)


def later_patients(patient_id: Any) -> Bools:
    """Patients who were admitted last, (n,)."""
    raw = pd.read_csv(data_dir() / "tongji" / "tongji_375.csv")
    first = pd.to_datetime(raw["Admission time"]).groupby(raw["PATIENT_ID"]).first()
    day = first.rename(lambda i: f"T{int(i)}").loc[list(patient_id)]
    return (day > day.quantile(1 - LATER)).to_numpy(bool)
