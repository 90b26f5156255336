"""375 real patients admitted with COVID-19: first values, columns of the models, what happened.

Data: Yan et al., Nat Mach Intell 2020;2:283.
"""

from typing import Any

import numpy as np
import pandas as pd

from features.arrays import Bools
from features.settings import data_dir
from training.cohort.outcomes import Outcomes, check_outcomes

# What was associated with death one by one in another two hospitals of Wuhan (Zhou et al., Lancet
# 2020;395:1054); of that list creatine kinase, ferritin and IL-6 are absent or measured in too few
# here. Amounts enter as logarithms: they spread over powers of ten.
AMOUNTS = (
    "lymphocyte count", "White blood cell count", "glutamic-pyruvic transaminase",
    "Lactate dehydrogenase", "Hypersensitive cardiac troponinI", "D-D dimer", "Prothrombin time",
    "creatinine", "procalcitonin",
)  # fmt: skip
PANEL = ("age", *AMOUNTS)
# What this benchmark took first, from no single list and without logarithms; shown beside, because
# the panel was looked for after this one had lost to LightGBM.
FIRST_PANEL = (
    "age", "Lactate dehydrogenase", "High sensitivity C-reactive protein", "(%)lymphocyte",
    "monocytes(%)", "albumin", "Urea", "Platelet count", "D-D dimer", "Prothrombin activity",
)  # fmt: skip
NOT_FEATURES = ("PATIENT_ID", "outcome", "day", "stay")
# What the source study's external hospitals had (its decision tree uses these three).
THREE = ("Lactate dehydrogenase", "High sensitivity C-reactive protein", "(%)lymphocyte")
LATER = 0.35  # share of patients, by admission date, that play the other hospital
PRESENT = 0.6  # columns that this share of patients has, chosen without looking at outcomes


def admissions() -> tuple[pd.DataFrame, Outcomes]:
    """One row per patient with values in the first day, and what happened."""
    raw = pd.read_csv(data_dir() / "tongji" / "tongji_375.csv")
    admitted = pd.to_datetime(raw["Admission time"])
    raw["day"] = (pd.to_datetime(raw["RE_DATE"]) - admitted).dt.total_seconds() / 86_400
    raw["stay"] = (pd.to_datetime(raw["Discharge time"]) - admitted).dt.total_seconds() / 86_400
    numbers = raw.select_dtypes("number")
    table = numbers[numbers["day"] <= 1].groupby("PATIENT_ID").first()
    table = table.where(table >= 0)  # a count of -1 stands for a missing one
    table = table.loc[:, table.notna().mean() >= PRESENT]
    table[list(AMOUNTS)] = np.log(table[list(AMOUNTS)])
    table = table.assign(patient_id=[f"T{int(i)}" for i in table.index], day=1)
    people = numbers.groupby("PATIENT_ID").first()
    died = people["outcome"] == 1
    day = np.maximum(people["stay"], 0).round(2).astype(str)
    outcomes = pd.DataFrame(
        {
            "patient_id": [f"T{int(i)}" for i in people.index],
            "followup_day": np.where(died, day, "100"),
            "relapse_day": "",
            "death_day": np.where(died, day, ""),
            "death_cause": np.where(died, "infection", ""),
            "transplant_day": "",
            "response_day28": "CR",  # the landmark rule's counterpart here: nobody is excluded
        }
    )
    return table.reset_index(drop=True), check_outcomes(outcomes)


def later_patients(patient_id: Any) -> Bools:
    """Who of the patients was admitted last, (n,)."""
    raw = pd.read_csv(data_dir() / "tongji" / "tongji_375.csv")
    first = pd.to_datetime(raw["Admission time"]).groupby(raw["PATIENT_ID"]).first()
    day = first.rename(lambda i: f"T{int(i)}").loc[list(patient_id)]
    return (day > day.quantile(1 - LATER)).to_numpy(bool)
