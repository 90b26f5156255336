"""Missing inputs: half of the core panel absent in new patients, against a model without it.

    python -m benchmarks missing
    python -m benchmarks.missing --cohorts 10 --n 120

Simulated cohorts of the preset "seed-optimistic". In each, half of the core panel is drawn at
random; 5,000 new patients lack it. The served model (the ridge) takes absent inputs at their value
expected from the measured ones; its Brier score is compared with that of a model that was trained
without these columns, and with median imputation in the same served model. Goal: at most 0.001
above the model without them. Finished cohorts are cached in var/benchmarks.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._cohorts import synthetic_cohort
from benchmarks._fits import PROTOCOL, FitCase, fit_case, served_model, served_risks
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
from models.endpoints import Endpoint

PRESET, SIZES, COHORTS = "seed-optimistic", (120, 300), 100
GOAL, BEFORE = "<= 0.0010", "0.0036"  # before: median imputation


def one_cohort(n: int, seed: int) -> dict[str, Any]:
    """Scores of each endpoint that has a model, by what is done about the absent half."""
    absent = absent_half(seed)
    case = fit_case(synthetic_cohort(PRESET, n, seed))
    without = replace(
        PROTOCOL,
        features=tuple(f for f in PROTOCOL.features if f not in absent),
        core_panel=tuple(f for f in PROTOCOL.core_panel if f not in absent),
    )
    small = fit_case(case.cohort, without)
    fitted, fitted_small = served_model(case), served_model(small)
    result: dict[str, Any] = {"n": n}
    for endpoint in case.endpoints:
        new = new_patients(PRESET, endpoint)
        result[endpoint.name] = {
            name: new.scores(risk)
            for name, risk in {
                "complete": served_risks(case, fitted, endpoint, new.inputs),
                "expected": served_risks(case, fitted, endpoint, lacking(new, absent)),
                "median": served_risks(
                    case, fitted, endpoint, at_median(new, absent, case, endpoint)
                ),
                "without": served_risks(
                    small, fitted_small, endpoint,
                    new.design.X[list(without.features)].to_numpy(dtype=np.float64),
                ),
            }.items()
        }  # fmt: skip
    return result


def absent_half(seed: int) -> tuple[str, ...]:
    """Half of the core panel, drawn by the cohort's seed."""
    panel = PROTOCOL.core_panel
    draw = np.random.default_rng(seed).choice(len(panel), len(panel) // 2, replace=False)
    return tuple(panel[i] for i in sorted(draw))


def lacking(new: NewPatients, absent: tuple[str, ...]) -> Floats:
    """The new patients' features without these."""
    columns = np.isin(PROTOCOL.features, absent)
    return np.where(columns, np.nan, new.inputs)


def at_median(
    new: NewPatients, absent: tuple[str, ...], case: FitCase, endpoint: Endpoint
) -> Floats:
    """The same with the training patients' median in place of what is absent."""
    columns = np.isin(PROTOCOL.features, absent)
    median = case.evaluation_data(endpoint).design.X.median().to_numpy(dtype=np.float64)
    return np.where(columns, median, new.inputs)


def summary(results: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per endpoint and size: Brier differences to the model without the half, and O/E."""
    rows = []
    for endpoint, n, fits in by_endpoint_and_size(results):
        rows.append({
            "endpoint": endpoint, "n": n, "models": len(fits), "goal": GOAL, "before": BEFORE,
            "minus model without": _difference(fits, "expected"),
            "median imputation": _difference(fits, "median"),
            "all measured": _difference(fits, "complete"),
            **{f"O/E {name}": mean_and_error([fit[name]["oe"] for fit in fits])
               for name in ("complete", "expected", "without")},
        })  # fmt: skip
    return pd.DataFrame(rows)


def _difference(fits: list[dict[str, Any]], name: str) -> str:
    return mean_and_error([fit[name]["brier"] - fit["without"]["brier"] for fit in fits], 4, "+")


def main(
    sizes: tuple[int, ...] = SIZES, cohorts: int = COHORTS, first_seed: int = FIRST_SEED
) -> None:
    """Print what it costs that half of the panel is absent."""
    results = cohorts_of_sizes("missing", one_cohort, sizes, cohorts=cohorts, first_seed=first_seed)
    print(f"Brier score on new patients who lack half of the core panel, {PRESET}, "
          f"{seeds_sentence(cohorts, first_seed)}, mean (SE)")  # fmt: skip
    print(summary(results).to_string(index=False))


if __name__ == "__main__":
    command(main, SIZES, COHORTS)()
