"""Optimism of the report: out-of-fold figures by patient folds minus those on new patients.

    python -m benchmarks optimism
    python -m benchmarks.optimism --cohorts 10 --n 60

Simulated cohorts of the preset "seed-optimistic", the procedure that is served (the ridge), 3
repeats of the folds, 5,000 new patients of the same hospitals. Cross-validation learns from four
fifths of the patients, so the report errs on the low side in small cohorts. Goal: AUC within 0.03
at 60 patients and 0.02 from 120 on. Finished cohorts are cached in var/benchmarks.
"""

from typing import Any

import numpy as np
import pandas as pd

from benchmarks._cohorts import synthetic_cohort
from benchmarks._fits import fit_case, patient_scores, served_model, served_risks
from benchmarks._new_patients import new_patients
from benchmarks._shares import mean_and_error
from benchmarks._sizes import (
    FIRST_SEED,
    by_endpoint_and_size,
    cohorts_of_sizes,
    command,
    seeds_sentence,
)
from features.arrays import Floats
from training.evaluation.out_of_fold import OutOfFold
from training.statistics.accuracy.auc import pair_matrices
from training.statistics.accuracy.brier import brier
from training.statistics.calibration.calibration_curve import (
    calibration_slope,
    observed_over_expected,
)

PRESET, SIZES, COHORTS, REPEATS = "seed-optimistic", (60, 120, 300), 100, 3
GOALS = {60: "within 0.03", 120: "within 0.02", 300: "within 0.02"}
BEFORE = {  # AUC of folds that left whole sites out, 40 cohorts
    ("relapse", 60): "-0.038", ("relapse", 120): "-0.010", ("relapse", 300): "-0.038",
    ("fatal_infection", 60): "-0.046", ("fatal_infection", 120): "-0.025",
    ("fatal_infection", 300): "-0.026",
}  # fmt: skip
MEASURES = {"auc": 3, "brier": 4, "oe": 3, "slope": 2}  # decimals


def one_cohort(n: int, seed: int) -> dict[str, Any]:
    """Differences of each endpoint that has a model."""
    case = fit_case(synthetic_cohort(PRESET, n, seed))
    result: dict[str, Any] = {"n": n}
    if case.endpoints:
        fitted, scores = served_model(case), patient_scores(case, case.endpoints, REPEATS)
        for endpoint in case.endpoints:
            new = new_patients(PRESET, endpoint)
            truth = new.scores(served_risks(case, fitted, endpoint, new.inputs))
            reported = reported_scores(scores[endpoint.name], case.labels(endpoint).y)
            result[endpoint.name] = {name: reported[name] - truth[name] for name in MEASURES}
    return result


def reported_scores(oof: OutOfFold, y: Floats) -> dict[str, float]:
    """AUC, Brier score, O/E and slope as an evaluation reports them, all repeats pooled."""
    risk, label, weight = oof.risk.ravel(), np.tile(y, len(oof.risk)), oof.weight.ravel()
    wins, pairs = pair_matrices(oof.logit, y, oof.weight, oof.plan.stratum)
    return {
        "auc": float(wins.sum() / pairs.sum()) if pairs.sum() > 0 else float("nan"),
        "brier": brier(risk, label, weight),
        "oe": observed_over_expected(risk, label, weight),
        "slope": calibration_slope(risk, label, weight),
    }


def summary(results: list[dict[str, Any]]) -> pd.DataFrame:
    """Mean difference and its standard error per endpoint and size; median of the slope's."""
    rows = []
    for endpoint, n, fits in by_endpoint_and_size(results):
        row: dict[str, object] = {
            "endpoint": endpoint, "n": n, "models": len(fits), "goal, AUC": GOALS.get(n, "-"),
            "before, AUC": BEFORE.get((endpoint, n), "-"),
        }  # fmt: skip
        for name, digits in MEASURES.items():
            row[name] = mean_and_error([fit[name] for fit in fits], digits, "+")
        slopes = [fit["slope"] for fit in fits]
        row["slope, median"] = f"{np.nanmedian(slopes):+.2f}" if slopes else "-"
        rows.append(row)
    return pd.DataFrame(rows)


def main(
    sizes: tuple[int, ...] = SIZES, cohorts: int = COHORTS, first_seed: int = FIRST_SEED
) -> None:
    """Print the differences."""
    results = cohorts_of_sizes(
        "optimism", one_cohort, sizes, cohorts=cohorts, first_seed=first_seed
    )
    print(f"Reported by patient folds minus new patients, mean (SE), {PRESET}, "
          f"{seeds_sentence(cohorts, first_seed)}")  # fmt: skip
    print(summary(results).to_string(index=False))


if __name__ == "__main__":
    command(main, SIZES, COHORTS)()
