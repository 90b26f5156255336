"""Speed of a whole fit by the default protocol, beside the engine before on the same cohorts.

    python -m benchmarks protocol_speed

Simulated cohorts of 60, 120 and 300 patients, one process. A whole fit: the joint fit of three
endpoints, LightGBM as its challenger, 10 x 5 folds of both, every site left out, learning curve,
200 bootstrap refits, score test, gate, evaluation and frozen models; with the samples of the
landmark alone, and with visits on days 60 to 180 beside it. The engine before fitted two endpoints
to the landmark alone (10 x 5 nested folds, up to 200 permutations, 200 refits). CPU seconds, which
depend less on a busy machine. Goal: no more time than before.
"""

import time

import pandas as pd
import psutil

from benchmarks._cohorts import synthetic_cohort
from models.endpoints import ENDPOINTS, LATER_LANDMARKS
from training.cohort.protocol import Protocol
from training.evaluation.fit_cohort import fit_cohort

PRESET, SEED, SIZES = "seed-optimistic", 9801, (60, 120, 300)
# CPU seconds at commit 7ec5807, same seed; at 60 fatal infection had no model.
BEFORE: dict[int, float] = {60: 3.2, 120: 28.8}


def cpu_seconds() -> float:
    """CPU time so far of this process and its children."""
    process = psutil.Process()
    times = [member.cpu_times() for member in (process, *process.children(recursive=True))]
    return float(sum(t.user + t.system for t in times))


def fit_seconds(n: int, visits: tuple[int, ...], protocol: Protocol) -> tuple[float, float]:
    """CPU and wall seconds of a whole fit of one cohort."""
    cohort = synthetic_cohort(PRESET, n, SEED, visits)
    start, cpu_start = time.perf_counter(), cpu_seconds()
    for _ in fit_cohort(cohort, protocol, list(ENDPOINTS)):
        pass
    return cpu_seconds() - cpu_start, time.perf_counter() - start


def table(sizes: tuple[int, ...] = SIZES, protocol: Protocol | None = None) -> pd.DataFrame:
    """One row per size and kind of visits."""
    chosen = protocol or Protocol()
    fit_seconds(min(sizes), (), chosen)  # compiles what is not yet compiled
    rows = []
    for n in sizes:
        for name, visits in (("landmark", ()), ("six", LATER_LANDMARKS)):
            cpu, wall = fit_seconds(n, visits, chosen)
            before = None if visits else BEFORE.get(n)
            rows.append({
                "n": n, "visits": name, "CPU s": f"{cpu:.1f}", "wall s": f"{wall:.1f}",
                "before, CPU s": "-" if before is None else f"{before:.0f}",
                "times faster": "-" if before is None else f"{before / cpu:.1f}",
            })  # fmt: skip
    return pd.DataFrame(rows)


def main() -> None:
    """Print seconds of a whole fit."""
    print(f"Whole fits of three endpoints, {PRESET}, seed {SEED}, one process")
    print(table().to_string(index=False))


if __name__ == "__main__":
    main()
