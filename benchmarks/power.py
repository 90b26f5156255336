"""Power of the gate on cohorts with planted effects, and accuracy on new patients.

    python -m benchmarks power
    python -m benchmarks.power --cohorts 40 --n 120

Simulated cohorts of the preset "seed-optimistic" (|log HR| 0.8 per SD of two features an endpoint),
the protocol's verdict by the ridge. "promoted" is the share of all cohorts in which the endpoint's
model becomes champion at the first look: declared the only one (p <= 0.05), and undeclared
(0.025). "Brier gain" is what the served model's Brier score on 5,000 new patients has over the
prevalence, as a share of what the oracle has, which knows the risk given the measured features.
Finished cohorts are cached in var/benchmarks.
"""

from typing import Any

import numpy as np
import pandas as pd

from benchmarks._cohorts import synthetic_cohort
from benchmarks._fits import fit_case, served_model, served_risks, verdicts
from benchmarks._new_patients import NEW, new_patients
from benchmarks._shares import mean_and_error, share
from benchmarks._sizes import (
    FIRST_SEED,
    by_endpoint_and_size,
    cohorts_of_sizes,
    command,
    seeds_sentence,
)
from models.endpoints import ENDPOINTS

PRESET, SIZES, COHORTS = "seed-optimistic", (60, 120, 300), 100
# Goal and what the engine before reached: cross-validated permutation test, tuned candidates.
PROMOTED = {
    ("relapse", 120): (">= 80 %", "44 %"), ("relapse", 300): (">= 95 %", "96 %"),
    ("fatal_infection", 120): (">= 30 %", "7 %"), ("fatal_infection", 300): (">= 70 %", "37 %"),
    ("severe_infection", 120): (">= 50 %", "-"),
}  # fmt: skip
BRIER_GAIN = {
    ("relapse", 120): (">= 70 %", "38 %"), ("relapse", 300): (">= 80 %", "78 %"),
    ("fatal_infection", 120): (">= 20 %", "17 %"), ("fatal_infection", 300): (">= 35 %", "26 %"),
}  # fmt: skip


def one_cohort(n: int, seed: int) -> dict[str, Any]:
    """Each endpoint's verdict in one cohort, and its model's scores on new patients."""
    case = fit_case(synthetic_cohort(PRESET, n, seed))
    fitted, result = served_model(case), verdicts(case)
    for endpoint in case.endpoints:
        new = new_patients(PRESET, endpoint)
        risk = served_risks(case, fitted, endpoint, new.inputs)
        result[endpoint.name] |= {"new": new.scores(risk), "brier_gain": new.brier_gain(risk)}
    return {"n": n, **result}


def ceilings() -> pd.DataFrame:
    """The oracle's and the prevalence's scores on the new patients."""
    rows = []
    for endpoint in ENDPOINTS.values():
        new = new_patients(PRESET, endpoint)
        prevalence = np.full(len(new.oracle), new.prevalence())
        for name, risk in (("oracle", new.oracle), ("prevalence", prevalence)):
            rows.append({"endpoint": endpoint.name, "risk": name, "AUC": new.scores(risk)["auc"],
                         "Brier": new.brier_of(risk), "mean risk": risk.mean()})  # fmt: skip
    return pd.DataFrame(rows)


def promotions(results: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per endpoint and size: how often it is promoted, of all cohorts."""
    rows = []
    for endpoint, n, fits in by_endpoint_and_size(results):
        assessable = [fit for fit in fits if fit["assessable"]]
        champions = [
            sum(fit["states"][look] == "champion" for fit in assessable) for look in (0, 1)
        ]
        significant = sum(fit["p"] <= 0.05 for fit in assessable)
        goal, before = PROMOTED.get((endpoint, n), ("-", "-"))
        rows.append({
            "endpoint": endpoint, "n": n, "cohorts": len(fits),
            "events": f"{np.median([fit['events'] for fit in fits]):.0f}",
            "assessable": len(assessable), "goal": goal, "before": before,
            "promoted, one look": share(champions[0], len(fits)),
            "undeclared": share(champions[1], len(fits)),
            "p <= 0.05": significant, "clearly bad": significant - champions[0],
        })  # fmt: skip
    return pd.DataFrame(rows)


def accuracy(results: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per endpoint and size: scores of the served models on new patients, with SE."""
    rows = []
    for endpoint, n, fits in by_endpoint_and_size(results):
        models = [fit for fit in fits if "new" in fit]
        goal, before = BRIER_GAIN.get((endpoint, n), ("-", "-"))
        rows.append({
            "endpoint": endpoint, "n": n, "models": len(models), "goal": goal, "before": before,
            "Brier gain, %": mean_and_error([100 * fit["brier_gain"] for fit in models], 1),
            "Brier": mean_and_error([fit["new"]["brier"] for fit in models], 4),
            "AUC": mean_and_error([fit["new"]["auc"] for fit in models]),
        })  # fmt: skip
    return pd.DataFrame(rows)


def main(
    sizes: tuple[int, ...] = SIZES, cohorts: int = COHORTS, first_seed: int = FIRST_SEED
) -> None:
    """Print how often planted effects are found, and the accuracy on new patients."""
    results = cohorts_of_sizes("power", one_cohort, sizes, cohorts=cohorts, first_seed=first_seed)
    print(f"Preset {PRESET}, {seeds_sentence(cohorts, first_seed)}; shares of all cohorts, exact "
          "95 % intervals")  # fmt: skip
    print(promotions(results).to_string(index=False))
    print(f"\nOn {NEW} new synthetic patients, means (standard errors):")
    print(accuracy(results).to_string(index=False))
    print(f"\n{ceilings().round(4).to_string(index=False)}")


if __name__ == "__main__":
    command(main, SIZES, COHORTS)()
