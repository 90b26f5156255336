"""Type I error of the gate: how often it promotes a model in cohorts without any signal.

    python -m benchmarks null
    python -m benchmarks.null --cohorts 20 --n 60

Simulated cohorts of the preset "null", the whole protocol with all four candidates. Goal: at most
5 % of the assessable fits. Fits with under 10 events or non-events are not assessable and can
never be promoted; their share is printed beside. Finished cohorts are cached in var/benchmarks, so
an interrupted run resumes.
"""

import time
from typing import Any

import pandas as pd

from benchmarks._cohorts import quick_verdict, synthetic_cohort
from benchmarks._sizes import by_endpoint_and_size, cohorts_of_sizes, command
from models.endpoints import ENDPOINTS
from training.cohort.protocol import Protocol
from training.statistics.proportions import clopper_pearson

SIZES, COHORTS = (60, 120), 100


def one_cohort(n: int, seed: int) -> dict[str, Any]:
    """Both endpoints' verdicts on one null cohort."""
    start = time.perf_counter()
    cohort = synthetic_cohort("null", n, seed)
    verdicts: dict[str, Any] = {e: quick_verdict(cohort, e, Protocol()) for e in ENDPOINTS}
    return {"n": n, "seconds": time.perf_counter() - start, **verdicts}


def summary(results: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per size and endpoint, and one for both endpoints together."""
    rows = []
    both: dict[int, list[dict[str, Any]]] = {}
    for endpoint, n, fits in by_endpoint_and_size(results):
        rows.append(_row(n, endpoint, fits))
        both.setdefault(n, []).extend(fits)
    rows += [_row(n, "both", fits) for n, fits in both.items()]
    return pd.DataFrame(rows).sort_values("patients", kind="stable")


def _row(n: int, name: str, fits: list[dict[str, Any]]) -> dict[str, object]:
    assessable = [fit for fit in fits if fit["assessable"]]
    champions = sum(fit["state"] == "champion" for fit in assessable)
    share = "-"
    if assessable:
        low, high = clopper_pearson(champions, len(assessable))
        share = f"{champions / len(assessable):.1%} ({low:.1%} to {high:.1%})"
    significant = sum(fit["p"] is not None and fit["p"] <= 0.05 for fit in assessable)
    return {
        "patients": n, "endpoint": name, "fits": len(fits),
        "not assessable": f"{1 - len(assessable) / len(fits):.0%}", "assessable": len(assessable),
        "p <= 0.05": significant, "promoted": champions,
        "share (95 % exact)": share,
    }  # fmt: skip


def main(sizes: tuple[int, ...] = SIZES, cohorts: int = COHORTS) -> None:
    """Print how many fits were promoted on noise."""
    results = cohorts_of_sizes("null", one_cohort, sizes, cohorts)
    print("Promoted without any signal (goal: at most 5 % of assessable fits)")
    print(summary(results).to_string(index=False))
    print(f"{sum(r['seconds'] for r in results) / len(results):.1f} s a cohort")


if __name__ == "__main__":
    command(main, SIZES, COHORTS)()
