"""Repeated looks: how often a growing cohort without any signal ever gets a champion.

    python -m benchmarks looks
    python -m benchmarks.looks --cohorts 20

Null cohorts grow from 60 to 300 patients and are fitted five times, the patients of a look among
those of the next. The gate's verdict by the ridge at each look, with the level that
`training.evaluation.looks` gives it: undeclared alpha / (k (k + 1)), and one declared look, after
which no fit is promoted. Beside them: p <= 0.05 / k at any look, as the engine before tested, and
p <= 0.05 at any look. Goal: at most 5 %. The power at the first look is printed by `power`.
Finished cohorts are cached in var/benchmarks.
"""

from typing import Any

import pandas as pd

from benchmarks._cohorts import synthetic_cohort
from benchmarks._fits import CountLooks, fit_case, verdicts
from benchmarks._results import cached_results
from benchmarks._shares import share
from benchmarks._sizes import FIRST_SEED, command, seeds_sentence
from models.endpoints import ENDPOINTS
from training.cohort.labels import EndpointLabels
from training.evaluation.looks import Look, next_look, patient_hashes

SIZES, COHORTS = (60, 120, 180, 240, 300), 100
DECLARATIONS = (None, 1)
GOAL, BEFORE = "<= 5 %", "20 %"  # before: p <= 0.05 at one of five looks


def counted_looks(fit: str, history: dict[int | None, list[Look]]) -> CountLooks:
    """Count a look under each declaration, after those of `history`, which it joins."""

    def count(labels: EndpointLabels) -> list[Look]:
        patients = patient_hashes(labels.at_risk.patient_id, b"growing cohort")
        looks = []
        for declared, earlier in history.items():
            look = next_look(earlier, labels.endpoint, fit, patients=patients, declared=declared)
            earlier.append(look)
            looks.append(look)
        return looks

    return count


def one_cohort(seed: int, *sizes: int) -> dict[str, Any]:
    """By endpoint: p at each look, and under each declaration whether any look had a champion."""
    history: dict[int | None, list[Look]] = {declared: [] for declared in DECLARATIONS}
    results = [
        verdicts(fit_case(synthetic_cohort("null", n, seed)), counted_looks(f"{n}", history))
        for n in sizes
    ]
    summary_of: dict[str, Any] = {}
    for endpoint in ENDPOINTS:
        fits = [result[endpoint] for result in results if result[endpoint]["assessable"]]
        summary_of[endpoint] = {
            "p": [fit["p"] for fit in fits],
            "champion": [
                any(fit["states"][i] == "champion" for fit in fits)
                for i in range(len(DECLARATIONS))
            ],
        }
    return summary_of


def summary(results: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per endpoint, and one for any endpoint: shares of cohorts, exact intervals."""
    rows = []
    for endpoint in ENDPOINTS:
        cohorts = [result[endpoint] for result in results]
        n = len(cohorts)
        rows.append({
            "endpoint": endpoint, "cohorts": n, "looks": sum(len(c["p"]) for c in cohorts),
            "goal": GOAL, "before": BEFORE,
            "undeclared": share(sum(c["champion"][0] for c in cohorts), n),
            "one look declared": share(sum(c["champion"][1] for c in cohorts), n),
            "any p <= 0.05/k": share(sum(_any_below(c["p"], divided=True) for c in cohorts), n),
            "any p <= 0.05": share(sum(_any_below(c["p"], divided=False) for c in cohorts), n),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _any_below(p: list[float], *, divided: bool) -> bool:
    return any(value <= 0.05 / (k if divided else 1) for k, value in enumerate(p, 1))


def main(
    sizes: tuple[int, ...] = SIZES, cohorts: int = COHORTS, first_seed: int = FIRST_SEED
) -> None:
    """Print how often any of the looks has a champion."""
    tasks = [(first_seed + k, *sizes) for k in range(cohorts)]
    results = cached_results("looks", tasks, one_cohort)
    print(f"Looks at {', '.join(map(str, sizes))} null patients, "
          f"{seeds_sentence(cohorts, first_seed)}")  # fmt: skip
    print(summary(results).to_string(index=False))


if __name__ == "__main__":
    command(main, SIZES, COHORTS)()
