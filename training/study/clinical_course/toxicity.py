"""Section 1: cytopenia by CTCAE grade over time.

Grades follow the Common Terminology Criteria for Adverse Events, version 5.0 (US Department of
Health and Human Services, 27 November 2017): "White blood cell decreased", "Neutrophil count
decreased", "Lymphocyte count decreased", "Platelet count decreased". Grade 1 begins at the lower
limit of normal, which is the laboratory's; here it is the schema's healthy range.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from features.arrays import Floats
from features.schema import ALL_FEATURES
from training.charts.counts_svg import grade_bars
from training.statistics.reconstitution import WINDOWS, window_name
from training.statistics.significance.proportions import proportion_test
from training.study.claim import Claim, from_proportion
from training.study.cohort import StudyCohort
from training.study.questions import QUESTIONS
from training.study.section import Picture, Table

# Lower limits of grades 1, 2 and 3 in 10^9/L (CTCAE v5.0): below the last of them it is grade 4.
LIMITS: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "wbc": (3.0, 2.0, 1.0),
        "anc": (1.5, 1.0, 0.5),
        "alc": (0.8, 0.5, 0.2),
        "plt": (75.0, 50.0, 25.0),
    }
)
NAMES = {"wbc": "Leukopenia", "anc": "Neutropenia", "alc": "Lymphopenia", "plt": "Thrombocytopenia"}
CYTOPENIA = ("wbc", "anc", "plt")  # lymphocytes fall by design: lymphodepletion precedes infusion
SEVERE = 3
GRADES = (0, 1, 2, 3, 4)


def grade(name: str, value: Floats) -> Floats:
    """CTCAE grade 0 to 4 of blood counts (10^9/L), any shape; NaN stays NaN.

    A value on a limit has the milder grade, as the criteria's "<" says.

    >>> grade("plt", np.array([150.0, 149.0, 74.9, 50.0, 24.0])).tolist()
    [0.0, 1.0, 2.0, 2.0, 4.0]
    """
    healthy = ALL_FEATURES[name].healthy
    assert healthy is not None
    limits = np.array([healthy[0], *LIMITS[name]])
    grades = (np.asarray(value)[..., None] < limits).sum(axis=-1).astype(float)
    return np.where(np.isnan(value), np.nan, grades)


def worst_by_window(blood: pd.DataFrame, name: str) -> pd.DataFrame:
    """Each patient's worst grade in each window of days: columns patient_id, window, grade."""
    rows = blood[["patient_id", "day"]].assign(grade=grade(name, blood[name].to_numpy(float)))
    rows = rows[np.isfinite(rows["grade"])]
    window = np.full(len(rows), "", dtype=object)
    for first, last in WINDOWS:
        inside = (rows["day"] >= first) & (rows["day"] <= last)
        window[inside.to_numpy()] = window_name(first, last)
    rows = rows.assign(window=window)[window != ""]
    worst: pd.DataFrame = rows.groupby(["patient_id", "window"], as_index=False)["grade"].max()
    return worst


def toxicity_table(blood: pd.DataFrame) -> Table:
    """Patients by worst grade, per blood count and window."""
    rows = [row for name in LIMITS if name in blood for row in _grade_counts(blood, name)]
    columns = ["toxicity", "days", "patients", *(f"grade {g}" for g in GRADES)]
    frame = pd.DataFrame(rows, columns=columns)
    return Table("toxicity", "Patients by worst CTCAE grade in each window", frame)


def _grade_counts(blood: pd.DataFrame, name: str) -> list[dict[str, object]]:
    """Patients by worst grade of one blood count, one row a window."""
    worst = worst_by_window(blood, name)
    counts = pd.crosstab(worst["window"], worst["grade"]).reindex(columns=GRADES, fill_value=0)
    order = [window_name(first, last) for first, last in WINDOWS]
    counts = counts.reindex([window for window in order if window in counts.index])
    return [
        {"toxicity": NAMES[name], "days": window, "patients": int(row.sum()),
         **{f"grade {g}": int(row[g]) for g in GRADES}}
        for window, row in counts.iterrows()
    ]  # fmt: skip


def cytopenia_claim(cohort: StudyCohort) -> Claim:
    """Most patients have cytopenia of grade 3 or 4 at some time from infusion to the landmark.

    Of the patients with at least one leukocyte, neutrophil or platelet count in that time. Few
    measurements may miss the nadir, so that the share is a lower bound.
    """
    blood, landmark = cohort.blood, cohort.protocol.landmark
    inside = blood[(blood["day"] >= 0) & (blood["day"] <= landmark)]
    grades = [grade(n, inside[n].to_numpy(float)) for n in CYTOPENIA if n in inside]
    rows = pd.DataFrame({"patient_id": inside["patient_id"].to_numpy()})
    worst = np.fmax.reduce(grades) if grades else np.full(len(rows), np.nan)
    worst_of = rows.assign(grade=worst).groupby("patient_id")["grade"].max().dropna()
    result = proportion_test(int((worst_of >= SEVERE).sum()), len(worst_of))
    finding = (
        f"{result.n_with} of {result.n} patients with a blood count by day {landmark} had "
        "cytopenia of grade 3 or 4"
    )
    return from_proportion(QUESTIONS["cytopenia"], result, finding)


def toxicity_pictures(table: Table) -> tuple[Picture, ...]:
    """One picture a blood count: shares of patients by worst grade in each window."""
    pictures = []
    for name, rows in table.frame.groupby("toxicity", sort=False):
        counts = rows[[f"grade {g}" for g in GRADES]].to_numpy(float)
        svg = grade_bars(str(name), rows["days"].tolist(), counts)
        caption = "Patients by worst grade; their number is above the bars."
        pictures.append(Picture(str(name), svg, caption))
    return tuple(pictures)
