"""Ridge of the gate's score test: power and level with the ridge it has, none, and a large one.

    python -m benchmarks gate_test
    python -m benchmarks.gate_test --cohorts 100 --n 120

Presets "seed-optimistic" (|log HR| 0.8 per SD of two features per endpoint) and "null" (twice as
many cohorts). The declared sets of the gate: the features of the study's claims about the endpoint,
the core panel, and all features of the landmark. "p <= 0.05" by the ridge that the test has, and
beside it by none (U'V^-1U) and by a large one (sum of squared standardised scores). The ridge was
chosen on seeds 7001 to 7200. `power` and `null` show the whole gate. Finished cohorts are cached in
var/benchmarks.
"""

import time
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._cohorts import synthetic_cohort
from benchmarks._fits import FitCase, fit_case
from benchmarks._results import cached_results
from benchmarks._shares import share
from benchmarks._sizes import FIRST_SEED, command, seeds_sentence
from models.endpoints import ENDPOINTS, EXCLUSIVE_ENDPOINTS, Endpoint
from training.evaluation.signal_test import signal_test
from training.statistics.significance.score_test import RIDGE

SIZES, COHORTS = (60, 120, 300), 200
PRESETS = {"seed-optimistic": 1, "null": 2}  # cohorts, times the asked number
RIDGES = {"p <= 0.05": RIDGE, "no ridge": 0.0, "squares": 1e6}
OF_GATE = "p <= 0.05"


def one_cohort(preset: str, n: int, seed: int) -> dict[str, Any]:
    """Each endpoint's p by each ridge, or None with under 5 events or 5 others."""
    case = fit_case(synthetic_cohort(preset, n, seed))
    result: dict[str, Any] = {"preset": preset, "n": n, **dict.fromkeys(ENDPOINTS)}
    for endpoint in case.endpoints:
        result[endpoint.name] = p_values(case, endpoint)
    return result


def p_values(case: FitCase, endpoint: Endpoint) -> dict[str, float]:
    """p by each ridge, and the seconds of the gate's test."""
    data, values = case.evaluation_data(endpoint), {}
    start = time.perf_counter()
    values[OF_GATE] = signal_test(data, endpoint, case.horizons(endpoint))["p"]
    values["seconds"] = time.perf_counter() - start
    for name, ridge in RIDGES.items():
        if name != OF_GATE:
            values[name] = signal_test(data, endpoint, case.horizons(endpoint), ridge=ridge)["p"]
    return values


def summary(results: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per preset, size and endpoint; null also for both that exclude each other."""
    rows = []
    for preset, n in dict.fromkeys((r["preset"], r["n"]) for r in results):
        cohorts = [r for r in results if (r["preset"], r["n"]) == (preset, n)]
        for endpoint in ENDPOINTS:
            fits = [cohort[endpoint] for cohort in cohorts]
            rows.append({"preset": preset, "n": n, "endpoint": endpoint} | _row(fits))
        if preset == "null":
            fits = [cohort[endpoint] for endpoint in EXCLUSIVE_ENDPOINTS for cohort in cohorts]
            rows.append({"preset": preset, "n": n, "endpoint": "both exclusive"} | _row(fits))
    return pd.DataFrame(rows)


def _row(fits: list[dict[str, float] | None]) -> dict[str, object]:
    tested = [fit for fit in fits if fit]
    counts = {name: sum(fit[name] <= 0.05 for fit in tested) for name in RIDGES}
    return {
        "fits": len(fits), "tested": len(tested),
        "p <= 0.05, of all": share(counts[OF_GATE], len(fits)),
        **{f"{name}, of tested": share(count, len(tested)) for name, count in counts.items()},
        "ms": f"{1000 * np.median([fit['seconds'] for fit in tested]):.0f}" if tested else "-",
    }  # fmt: skip


def main(
    sizes: tuple[int, ...] = SIZES, cohorts: int = COHORTS, first_seed: int = FIRST_SEED
) -> None:
    """Print how often the score test finds what is there, and what is not, by its ridge."""
    tasks = [
        (preset, n, first_seed + k)
        for n in sizes
        for preset, times in PRESETS.items()
        for k in range(times * cohorts)
    ]
    results = cached_results("gate_test", tasks, one_cohort)
    most = max(PRESETS.values()) * cohorts
    print(f"Score test, shares with exact intervals, {seeds_sentence(most, first_seed)}")
    print(summary(results).to_string(index=False))


if __name__ == "__main__":
    command(main, SIZES, COHORTS)()
