"""Calibration of the served model on new patients: O/E, calibration error, slope.

    python -m benchmarks calibration
    python -m benchmarks.calibration --cohorts 10 --n 120

Simulated cohorts of the preset "seed-optimistic", the model that is served (the ridge), 5,000 new
patients. O/E 1 and slope 1 are perfect; a slope above 1 means risks too close to each other, which
a prior costs in small cohorts. ICI is the mean distance between predicted and smooth observed
risk; that of one risk for all would be near 0 too, so read it beside the Brier score in `power`.
Finished cohorts are cached in var/benchmarks.
"""

from typing import Any

import numpy as np
import pandas as pd

from benchmarks._cohorts import synthetic_cohort
from benchmarks._fits import fit_case, served_model, served_risks
from benchmarks._new_patients import NewPatients, new_patients
from benchmarks._shares import mean_and_error
from benchmarks._sizes import (
    FIRST_SEED,
    by_endpoint_and_size,
    cohorts_of_sizes,
    command,
    seeds_sentence,
)
from features.arrays import Floats
from training.statistics.calibration.calibration_error import calibration_error

PRESET, SIZES, COHORTS = "seed-optimistic", (120, 300), 100


def one_cohort(n: int, seed: int) -> dict[str, Any]:
    """Calibration on new patients of each endpoint that has a model."""
    case = fit_case(synthetic_cohort(PRESET, n, seed))
    result: dict[str, Any] = {"n": n}
    if case.endpoints:
        fitted = served_model(case)
        for endpoint in case.endpoints:
            new = new_patients(PRESET, endpoint)
            risk = served_risks(case, fitted, endpoint, new.inputs)
            result[endpoint.name] = calibration_of(risk, new)
    return result


def calibration_of(risk: Floats, new: NewPatients) -> dict[str, float]:
    """O/E, slope, ICI and E90 of risks of the new patients."""
    y, weight = new.design.y, new.design.label_weights()
    scores = new.scores(risk)
    errors = calibration_error(risk, y, weight, np.ones((1, len(y))))
    return {
        "oe": scores["oe"], "slope": scores["slope"],
        "ici": errors["ici"]["value"] or 0.0, "e90": errors["e90"]["value"] or 0.0,
    }  # fmt: skip


def summary(results: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per endpoint and size: means (SE), and how far single cohorts spread."""
    rows = []
    for endpoint, n, fits in by_endpoint_and_size(results):
        if not fits:
            continue
        oe = np.array([fit["oe"] for fit in fits])
        slope = np.array([fit["slope"] for fit in fits])
        rows.append({
            "endpoint": endpoint, "n": n, "models": len(fits),
            "O/E": mean_and_error(oe), "10 to 90 %": _range(oe),
            "slope": mean_and_error(slope, 2), "10 to 90 % ": _range(slope),
            "ICI": mean_and_error([fit["ici"] for fit in fits], 4),
            "E90": mean_and_error([fit["e90"] for fit in fits], 4),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _range(values: Floats) -> str:
    low, high = np.quantile(values, [0.1, 0.9])
    return f"{low:.2f} to {high:.2f}"


def main(
    sizes: tuple[int, ...] = SIZES, cohorts: int = COHORTS, first_seed: int = FIRST_SEED
) -> None:
    """Print calibration on new patients."""
    results = cohorts_of_sizes(
        "calibration", one_cohort, sizes, cohorts=cohorts, first_seed=first_seed
    )
    print(f"Served models on new patients, {PRESET}, {seeds_sentence(cohorts, first_seed)}")
    print(summary(results).to_string(index=False))


if __name__ == "__main__":
    command(main, SIZES, COHORTS)()
