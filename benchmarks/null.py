"""Type I error of the gate: how often it promotes a model in cohorts without any signal.

    python -m benchmarks null
    python -m benchmarks.null --cohorts 20 --n 60
    python -m benchmarks.null --count-files 40

Simulated cohorts of the preset "null", one declared look at p <= 0.05, the verdict by the ridge.
Goal: the upper limit of the exact interval at most 8 % of the assessable fits. Fits with under 5
events or others have no model; they are counted beside. Relapse and fatal infection exclude each
other and are added up; severe infection contains fatal infection and is counted apart. With
`--count-files` cohorts of 60 go through count files and the feature pipeline as well. Finished
cohorts are cached in var/benchmarks, so an interrupted run resumes.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import pandas as pd

from benchmarks._cohorts import synthetic_cohort
from benchmarks._fits import fit_case, verdicts
from benchmarks._results import cached_results
from benchmarks._shares import share
from benchmarks._sizes import FIRST_SEED, by_endpoint_and_size, cohorts_of_sizes, seeds_sentence
from features.settings import prepare_libraries
from features.table.feature_table import read_table
from models.endpoints import EXCLUSIVE_ENDPOINTS
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.infections import read_infections
from training.cohort.outcomes import read_outcomes
from training.simulation.simulate import simulate_cohort

SIZES, COHORTS, COUNT_FILE_PATIENTS = (60, 120, 300), 600, 60
GOAL = "upper limit <= 8 %"
BEFORE = {60: "1.0 % of 102", 120: "0.7 % of 143"}  # both exclusive endpoints, 10 events and more


def one_cohort(n: int, seed: int) -> dict[str, Any]:
    """Each endpoint's verdict on one null cohort."""
    return {"n": n, **verdicts(fit_case(synthetic_cohort("null", n, seed)))}


def one_cohort_of_count_files(n: int, seed: int) -> dict[str, Any]:
    """Each endpoint's verdict on one null cohort that was written and read as count files."""
    return {"n": n, **verdicts(fit_case(cohort_of_count_files(n, seed)))}


def cohort_of_count_files(n: int, seed: int) -> Cohort:
    """Simulate count files and read them back through the command of the feature table."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, table = Path(scratch) / "cohort", Path(scratch) / "features.parquet"
        simulate_cohort(folder, "null", n=n, seed=seed)
        command_line = [sys.executable, "-m", "features", str(folder / "samples.csv")]
        subprocess.run([*command_line, "-o", str(table)], check=True, capture_output=True)
        return cohort_of(
            read_table(table), read_outcomes(folder / "outcomes.csv"),
            infections=read_infections(folder / "infections.csv"),
        )  # fmt: skip


def summary(results: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per size and endpoint, and one for both that exclude each other together."""
    rows = []
    both: dict[int, list[dict[str, Any]]] = {}
    for endpoint, n, fits in by_endpoint_and_size(results):
        rows.append(_row(n, endpoint, fits))
        if endpoint in EXCLUSIVE_ENDPOINTS:
            both.setdefault(n, []).extend(fits)
    rows += [_row(n, "relapse and fatal", fits) | {"before": BEFORE.get(n, "-")}
             for n, fits in both.items()]  # fmt: skip
    return pd.DataFrame(rows).fillna("-").sort_values("n", kind="stable")


def _row(n: int, name: str, fits: list[dict[str, Any]]) -> dict[str, object]:
    assessable = [fit for fit in fits if fit["assessable"]]
    champions = sum(fit["states"][0] == "champion" for fit in assessable)
    return {
        "n": n, "endpoint": name, "fits": len(fits), "assessable": len(assessable),
        "p <= 0.05": share(sum(fit["p"] <= 0.05 for fit in assessable), len(assessable)),
        "promoted": champions, "goal": GOAL,
        "share promoted": share(champions, len(assessable)),
    }  # fmt: skip


def main(
    sizes: tuple[int, ...] = SIZES, cohorts: int = COHORTS, first_seed: int = FIRST_SEED
) -> None:
    """Print how many fits were promoted on noise."""
    results = cohorts_of_sizes("null", one_cohort, sizes, cohorts=cohorts, first_seed=first_seed)
    print(f"Promoted without any signal, {seeds_sentence(cohorts, first_seed)}, one declared look")
    print(summary(results).to_string(index=False))


def main_of_count_files(cohorts: int, first_seed: int) -> None:
    """Print the same for cohorts that went through count files."""
    tasks = [(COUNT_FILE_PATIENTS, first_seed + k) for k in range(cohorts)]
    results = cached_results("null_count_files", tasks, one_cohort_of_count_files)
    print(f"Through count files, {seeds_sentence(cohorts, first_seed)}, one declared look")
    print(summary(results).to_string(index=False))


@click.command()
@click.option("--cohorts", type=click.IntRange(1), default=COHORTS, show_default=True)
@click.option("--n", "sizes", type=click.IntRange(7), multiple=True, default=SIZES)
@click.option("--first-seed", type=click.IntRange(0), default=FIRST_SEED, show_default=True)
@click.option("--count-files", type=click.IntRange(1), help="so many cohorts, of count files")
def command(cohorts: int, sizes: tuple[int, ...], first_seed: int, count_files: int | None) -> None:
    """Type I error of the gate on null cohorts."""
    prepare_libraries()
    if count_files:
        main_of_count_files(count_files, first_seed)
    else:
        main(sizes, cohorts, first_seed)


if __name__ == "__main__":
    command()
