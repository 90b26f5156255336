"""Section 4: monocytes in patients who died of infection and in the others, over time."""

import pandas as pd

from features.schema import ALL_FEATURES
from training.charts.patients_svg import group_medians
from training.study.biomarkers.divergence import COLUMNS, contrast, divergence, first_divergence
from training.study.cohort import StudyCohort
from training.study.section import Picture, Section, Table

ENDPOINT = "fatal_infection"
QUANTITIES = ("monocyte_fraction", "amc")  # share of leukocytes, and cells per litre where counted
GROUPS = ("died of infection", "the others")
LEGEND = (("event", "died of infection in the horizon"), ("rest", "the others"))


def monocyte_section(cohort: StudyCohort) -> Section:
    """Both claims at the landmark, both quantities over time."""
    results = [contrast(cohort, name, ENDPOINT, GROUPS) for name in QUANTITIES]
    pictures: list[Picture] = []
    tables: list[Table] = []
    notes: list[str] = []
    for name, (_, dots) in zip(QUANTITIES, results, strict=True):
        pictures += dots
        windows = divergence(cohort, name, ENDPOINT) if name in cohort.blood else pd.DataFrame()
        if len(windows):
            pictures.append(_picture(name, windows))
            tables.append(_table(name, windows))
            notes.append(f"{ALL_FEATURES[name].label}: {first_divergence(windows)}.")
    claims = tuple(claim for claim, _ in results)
    return Section(
        4, "Monocytes and fatal infection", claims, tuple(pictures), tuple(tables), tuple(notes),
        LEGEND,
    )  # fmt: skip


def _picture(name: str, windows: pd.DataFrame) -> Picture:
    feature = ALL_FEATURES[name]
    title = f"{feature.label} over time ({feature.unit})"
    caption = "Median and quartiles; ✱ differs after correction over the windows."
    return Picture(title, group_medians(title, windows), caption)


def _table(name: str, windows: pd.DataFrame) -> Table:
    columns = [column for column in COLUMNS if column not in ("first", "last")]
    caption = f"{ALL_FEATURES[name].label} in each window"
    return Table(f"{name}_over_time", caption, windows[columns])
