"""Subgroups: counts and performance by sex, site, year of infusion, product and age."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from features.arrays import Bools, Floats, Objects
from training.cohort.at_risk import AtRisk
from training.evaluation.documents.model_sections import Subgroup
from training.evaluation.out_of_fold import OutOfFold
from training.statistics.accuracy.auc import auc

COLUMNS = ("sex", "site", "infusion_year", "product", "prior_transplant")
MIN_EVENTS = 5  # a subgroup with fewer events or non-events shows counts only
ADULT_AGE = 18


def subgroups(
    oof: OutOfFold, at_risk: AtRisk, y: Floats, outcome_rows: pd.DataFrame
) -> list[Subgroup]:
    """Counts, observed over expected and AUC by sex, site, year, product and age.

    `outcome_rows` is the outcomes' frame of the same patients. Age is split at 18 years and at
    the median of the adults. Measures need 5 events and 5 non-events.
    """
    risk, weight = oof.mean_risk, oof.mean_weight
    rows: list[Subgroup] = []
    for column, value, members in _groups(at_risk, outcome_rows):
        label = np.where(members, y, np.nan)
        events, others = int(np.sum(label == 1)), int(np.sum(label == 0))
        row: Subgroup = {
            "by": column, "value": value, "n": int(members.sum()), "events": events,
            "auc": None, "observed_over_expected": None,
        }  # fmt: skip
        if min(events, others) >= MIN_EVENTS:
            row["observed_over_expected"] = _observed_over_expected(risk, label, weight)
            row["auc"] = auc(risk, label, weight)
        rows.append(row)
    return rows


def _observed_over_expected(risk: Floats, label: Floats, weight: Floats) -> float:
    has_label = ~np.isnan(label)
    expected = float(np.sum((weight * risk)[has_label]))
    return float(np.sum((weight * label)[has_label])) / expected


def _groups(at_risk: AtRisk, outcome_rows: pd.DataFrame) -> Iterator[tuple[str, str, Bools]]:
    """Column, group and members of every group, in the order of the columns."""
    names = [name for name in COLUMNS if name in outcome_rows]
    columns = {name: outcome_rows[name].to_numpy(object) for name in names}
    columns["site"] = at_risk.site
    if "age" in outcome_rows:
        columns["age"] = _age_bands(outcome_rows["age"].to_numpy(float))
    for name, values in columns.items():
        texts = np.array([_text(value) for value in values], dtype=object)
        for group in sorted(set(texts) - {""}):
            yield name, group, texts == group


def _text(value: object) -> str:
    """A group's name; whole numbers without a decimal point, nothing for a missing value."""
    if value is None or value != value:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _age_bands(age: Floats) -> Objects:
    adults = age[age >= ADULT_AGE]
    middle = float(np.median(adults)) if len(adults) else float(ADULT_AGE)
    return np.select(
        [np.isnan(age), age < ADULT_AGE, age < middle],
        ["", f"under {ADULT_AGE}", f"{ADULT_AGE} to {middle:.0f}"],
        f"{middle:.0f} and above",
    ).astype(object)
