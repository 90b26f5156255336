"""Risks at later visits: the stacked model by day, against reading the visit as day 28.

    python -m benchmarks visits
    python -m benchmarks.visits --cohorts 5 --n 120

Simulated cohorts of the preset "seed-optimistic" with visits on days 60 to 180; the model that is
served (the ridge) learns from all of them. On new patients at days 28, 60, 90 and 120, risks of the
next 180 days: Brier score as a share of the prevalence's at that day, and O/E, when the model is
told the day, and when the visit is read as one of day 28. Finished cohorts are cached in
var/benchmarks.
"""

import functools
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks._cohorts import synthetic_cohort
from benchmarks._fits import PROTOCOL, fit_case, served_model, served_risks
from benchmarks._shares import mean_and_error
from benchmarks._sizes import (
    FIRST_SEED,
    by_endpoint_and_size,
    cohorts_of_sizes,
    command,
    seeds_sentence,
)
from features.arrays import Floats
from models.endpoints import LANDMARK, LATER_LANDMARKS, Endpoint
from training.cohort.cohort import Cohort
from training.cohort.labels import label
from training.evaluation.design import Design, design_for
from training.statistics.accuracy.brier import brier
from training.statistics.calibration.calibration_curve import observed_over_expected

PRESET, SIZES, COHORTS = "seed-optimistic", (120, 300), 20
NEW, NEW_SEED = 2500, 987_655  # a seed that no training cohort uses
DAYS = (28, 60, 90, 120)
WAYS = ("by day", "as day 28")


class Accuracy(NamedTuple):
    """Brier score over that of the prevalence, and O/E."""

    brier: float
    oe: float


def one_cohort(n: int, seed: int) -> dict[str, Any]:
    """By endpoint, way and day: accuracy on new patients."""
    case = fit_case(synthetic_cohort(PRESET, n, seed, LATER_LANDMARKS))
    result: dict[str, Any] = {"n": n}
    if not case.endpoints:
        return result
    fitted = served_model(case)
    for endpoint in case.endpoints:
        result[endpoint.name] = {}
        for day in DAYS:
            design = new_visits(endpoint, day)
            X = design.X.to_numpy(dtype=np.float64)
            for way, visit_day in zip(WAYS, (day, LANDMARK), strict=True):
                risk = served_risks(case, fitted, endpoint, X, float(visit_day))
                result[endpoint.name][f"{way}, {day}"] = accuracy(risk, design)
    return result


def accuracy(risk: Floats, design: Design) -> Accuracy:
    """Brier score as a share of the prevalence's, and observed over expected."""
    y, weight = design.y, design.label_weights()
    share = float(np.sum(weight * np.nan_to_num(y)) / weight.sum())
    of_prevalence = brier(np.full(len(y), share), y, weight)
    return Accuracy(brier(risk, y, weight) / of_prevalence, observed_over_expected(risk, y, weight))


@functools.cache
def new_visits(endpoint: Endpoint, day: int) -> Design:
    """The new patients at risk on a day, with their features and labels."""
    cohort = _new_cohort().at(day, PROTOCOL.transplant)
    labels = label(cohort.at_risk_of(endpoint), endpoint, PROTOCOL.primary_horizon)
    return design_for(labels, cohort.samples, PROTOCOL.features, PROTOCOL.core_panel)


@functools.cache
def _new_cohort() -> Cohort:
    return synthetic_cohort(PRESET, NEW, NEW_SEED, DAYS[1:])


def summary(results: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per endpoint, size and day: means (SE) of both ways."""
    rows = []
    for endpoint, n, fits in by_endpoint_and_size(results):
        for day in DAYS if fits else ():
            row: dict[str, object] = {"endpoint": endpoint, "n": n, "day": day}
            for way in WAYS:
                pairs = [fit[f"{way}, {day}"] for fit in fits]
                row[f"Brier {way}"] = mean_and_error([brier for brier, _ in pairs])
                row[f"O/E {way}"] = mean_and_error([oe for _, oe in pairs], 2)
            rows.append(row)
    return pd.DataFrame(rows)


def main(
    sizes: tuple[int, ...] = SIZES, cohorts: int = COHORTS, first_seed: int = FIRST_SEED
) -> None:
    """Print accuracy by the day of the visit."""
    results = cohorts_of_sizes("visits", one_cohort, sizes, cohorts=cohorts, first_seed=first_seed)
    print(f"Brier score over the prevalence's of the day (below 1: better), {PRESET}, "
          f"{seeds_sentence(cohorts, first_seed)}, mean (SE)")  # fmt: skip
    print(summary(results).to_string(index=False))


if __name__ == "__main__":
    command(main, SIZES, COHORTS)()
