"""Power and level of the gate's score test on simulated cohorts, by size and endpoint.

    python -m benchmarks gate_test
    python -m benchmarks.gate_test --cohorts 100 --n 120

Presets "seed-optimistic" (|log HR| 0.8 per SD of two features per endpoint) and "null" (twice as
many cohorts). Three declared sets: the features of the study's claims about the endpoint, the core
panel, and all features of the landmark. "found" is p <= 0.05, by the ridge that the test has, and
beside it by none (U'V^-1U) and by a large one (sum of squared standardised scores). Seeds from
8001; the ridge was chosen on 7001 to 7200. Finished cohorts are cached in var/benchmarks.
"""

import time
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._cohorts import synthetic_cohort
from benchmarks._results import cached_results
from benchmarks._sizes import command
from features.arrays import Floats, Objects
from features.schema import CORE, MODEL_FEATURES
from models.endpoints import ENDPOINTS, HORIZONS, LANDMARK, PRIMARY_HORIZON
from training.cohort.at_risk import AtRisk
from training.cohort.labels import label
from training.evaluation.gate import MODEL_EVENTS
from training.statistics.censoring import censoring_weights
from training.statistics.proportions import clopper_pearson
from training.statistics.score_test import RIDGE, score_test

SIZES, COHORTS = (60, 120, 300), 200
FIRST_SEED = 8001
PRESETS = {"seed-optimistic": 1, "null": 2}  # cohorts, times the asked number
RIDGES = {"found": RIDGE, "no ridge": 0.0, "squares": 1e6}
FEATURES = tuple(f for f in MODEL_FEATURES if not f.endswith(("_change", "_slope30")))
# Features of `training.study.questions` that compare patients by endpoint.
CLAIMS = {
    "relapse": (
        "cd7neg_t_activation", "s100a8a9_leukocyte", "s100a8a9_monocyte", "s100a8a9_nonmyeloid",
        "s100a8a9_standardised",
    ),
    "fatal_infection": ("monocyte_fraction",),
}  # fmt: skip
GOALS = {
    ("seed-optimistic", 300): (">= 95 %", ">= 70 %"),
    ("seed-optimistic", 120): (">= 80 %", ">= 30 %"),
}


def one_cohort(preset: str, n: int, seed: int) -> dict[str, Any]:
    """Both endpoints' p by each ridge, or None with under 5 events or 5 others."""
    cohort = synthetic_cohort(preset, n, seed)
    at_risk = cohort.at(LANDMARK, "ignored").at_risk
    table = cohort.samples.frame.iloc[at_risk.row][list(FEATURES)].to_numpy(dtype=float)
    result: dict[str, Any] = {"preset": preset, "n": n}
    for endpoint in ENDPOINTS:
        y, weight = labels_by_horizon(at_risk, endpoint)
        result[endpoint] = p_values(endpoint, standardised(table), y, weight, site=at_risk.site)
    return result


def labels_by_horizon(at_risk: AtRisk, endpoint: str) -> tuple[Floats, Floats]:
    """Labels and censoring weights, (n, horizons) each; weight 0 where unknown."""
    y = np.stack([label(at_risk, endpoint, h).y for h in HORIZONS], axis=1)
    weight = [censoring_weights(at_risk.time, at_risk.code, h) for h in HORIZONS]
    return y, np.where(np.isnan(y), 0.0, np.stack(weight, axis=1))


def standardised(table: Floats) -> Floats:
    """Values bounded at their 1-99 %, the missing at the median, in SD; nothing where constant."""
    measured = ~np.all(np.isnan(table), axis=0)
    x = np.where(measured, table, 0.0)
    x = np.clip(x, *np.nanquantile(x, [0.01, 0.99], axis=0))
    x = np.where(np.isnan(x), np.nanmedian(x, axis=0), x)
    spread = x.std(axis=0)
    scaled: Floats = (x - x.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    return scaled


def p_values(
    endpoint: str, design: Floats, y: Floats, weight: Floats, *, site: Objects
) -> dict[str, float] | None:
    """p by each ridge, the smallest possible p and the seconds of one test."""
    primary = y[:, HORIZONS.index(PRIMARY_HORIZON)]
    if min(np.sum(primary == 1), np.sum(primary == 0)) < MODEL_EVENTS:
        return None
    codes = np.unique(site.astype(str), return_inverse=True)[1].astype(np.int64)
    names = (CLAIMS[endpoint], CORE, FEATURES)
    sets = [[FEATURES.index(name) for name in columns] for columns in names]
    values: dict[str, float] = {}
    for name, ridge in RIDGES.items():
        start = time.perf_counter()
        test = score_test(design, y, weight, site=codes, sets=sets, ridge=ridge)
        values |= {name: test.p, "smallest": test.smallest_p}
        values["seconds"] = time.perf_counter() - start
    return values


def summary(results: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per preset, size and endpoint, with exact intervals; null also for both endpoints."""
    rows = []
    for preset, n in dict.fromkeys((r["preset"], r["n"]) for r in results):
        cohorts = [r for r in results if (r["preset"], r["n"]) == (preset, n)]
        for i, endpoint in enumerate(ENDPOINTS):
            goal = GOALS.get((preset, n), ("", ""))[i]
            fits = [cohort[endpoint] for cohort in cohorts]
            rows.append({"preset": preset, "n": n, "endpoint": endpoint, "goal": goal} | _row(fits))
        if preset == "null":
            fits = [cohort[endpoint] for endpoint in ENDPOINTS for cohort in cohorts]
            goal = "upper limit <= 8 %"
            rows.append({"preset": preset, "n": n, "endpoint": "both", "goal": goal} | _row(fits))
    return pd.DataFrame(rows)


def _row(fits: list[dict[str, float] | None]) -> dict[str, object]:
    tested = [fit for fit in fits if fit]
    counts = {name: sum(fit[name] <= 0.05 for fit in tested) for name in RIDGES}
    return {
        "fits": len(fits), "tested": len(tested),
        "found, of all": share(counts["found"], len(fits)),
        "of tested": share(counts["found"], len(tested)),
        "no ridge": f"{counts['no ridge'] / max(len(tested), 1):.1%}",
        "squares": f"{counts['squares'] / max(len(tested), 1):.1%}",
        "ms": f"{1000 * np.median([fit['seconds'] for fit in tested]):.0f}" if tested else "-",
    }  # fmt: skip


def share(part: int, whole: int) -> str:
    """Share with its exact 95 % interval.

    >>> share(1, 20)
    '5.0% (0.1% to 24.9%)'
    """
    if not whole:
        return "-"
    low, high = clopper_pearson(part, whole)
    return f"{part / whole:.1%} ({low:.1%} to {high:.1%})"


def main(sizes: tuple[int, ...] = SIZES, cohorts: int = COHORTS) -> None:
    """Print how often the score test finds what is there, and what is not."""
    tasks = [
        (preset, n, FIRST_SEED + k)
        for n in sizes
        for preset, times in PRESETS.items()
        for k in range(times * cohorts)
    ]
    results = cached_results("gate_test", tasks, one_cohort)
    last = FIRST_SEED + max(PRESETS.values()) * cohorts - 1
    print(f"Score test at p <= 0.05, shares with exact intervals (seeds {FIRST_SEED} to {last})")
    print(summary(results).to_string(index=False))


if __name__ == "__main__":
    command(main, SIZES, COHORTS)()
