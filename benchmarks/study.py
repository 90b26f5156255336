"""Power and false claims of the study on simulated cohorts with known answers.

    python -m benchmarks study
    python -m benchmarks.study --cohorts 10 --n 120

Two figures, each with its exact interval. On "seed-optimistic" cohorts of 300 patients (|log HR|
0.8 per SD) how often the two planted relapse effects, S100A8/A9 in monocytes and activation of
CD7-negative T cells, are found after correction over the whole family; goal 80 %. On "null"
cohorts how often any false claim is made; goal at most 5 %.

Which claims are null there: the seven that compare patients by their endpoint (`BY_ENDPOINT`), for
in the preset "null" no hazard depends on anything measured. The others are not: remission, the
loss of CD7-positive and the growth of CD7-negative T cells and low blood counts belong to the
simulated course in every preset. CAR, infections and what needs sums per cell type are not in a
simulated feature table; they stay in the family as not estimable. Finished cohorts are cached in
var/benchmarks.
"""

import time
from dataclasses import replace
from typing import Any

import click
import pandas as pd

from benchmarks._cohorts import synthetic_cohort
from benchmarks._results import cached_results
from features.settings import prepare_libraries
from training.cohort.protocol import Protocol
from training.statistics.significance.proportions import clopper_pearson
from training.study.claim import HOLDS, NOT_ESTIMABLE, NOT_SHOWN, OPPOSITE
from training.study.cohort import study_cohort
from training.study.questions import QUESTIONS
from training.study.study import run_study

BY_ENDPOINT = (
    "activation_relapse", "monocyte_fraction", "amc", "s100a8a9_leukocyte", "s100a8a9_monocyte",
    "s100a8a9_nonmyeloid", "s100a8a9_standardised",
)  # fmt: skip
PLANTED = ("s100a8a9_monocyte", "activation_relapse")
# No claim depends on redraws; only the lead time's interval does, which is not printed here.
PROTOCOL = replace(Protocol(), bootstraps=1)
PLANTED_COHORTS, PLANTED_SIZE = 50, 300
NULL_COHORTS, NULL_SIZES = 200, (60, 120, 300)


def one_cohort(preset: str, n: int, seed: int) -> dict[str, Any]:
    """Each claim's verdict (first words) and p on one simulated cohort."""
    start = time.perf_counter()
    cohort = synthetic_cohort(preset, n, seed)
    claims = run_study(study_cohort(cohort, PROTOCOL)).claims
    return {
        "preset": preset,
        "n": n,
        "seconds": time.perf_counter() - start,
        "verdicts": {c.question.key: c.verdict.split(" (")[0].split(":")[0] for c in claims},
        "p": {c.question.key: c.p for c in claims},
    }


def exact(hits: int, n: int) -> str:
    """A share with its exact 95 % interval.

    >>> exact(1, 20)
    '5.0% (0.1% to 24.9%)'
    """
    low, high = clopper_pearson(hits, n)
    return f"{hits / n:.1%} ({low:.1%} to {high:.1%})"


def verdict_table(results: list[dict[str, Any]]) -> pd.DataFrame:
    """Per claim how often it holds, is opposite, is not shown, is not estimable."""
    rows = []
    for key in QUESTIONS:
        words = [cohort["verdicts"][key] for cohort in results]
        n = len(words)
        rows.append(
            {
                "claim": key, "planted": "yes" if key in PLANTED else "",
                "holds here": exact(words.count(HOLDS), n),
                "opposite here": words.count(OPPOSITE),
                "not shown": words.count(NOT_SHOWN),
                "not estimable": words.count(NOT_ESTIMABLE),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def family_wise(results: list[dict[str, Any]]) -> pd.DataFrame:
    """Per size the share of cohorts with any claim among those that are null there."""
    rows = []
    for n in sorted({cohort["n"] for cohort in results}):
        cohorts = [cohort for cohort in results if cohort["n"] == n]
        n_false = sum(any(_is_claim(cohort, key) for key in BY_ENDPOINT) for cohort in cohorts)
        n_uncorrected = sum(
            any(cohort["p"][key] <= 0.05 for key in BY_ENDPOINT) for cohort in cohorts
        )
        rows.append(
            {
                "patients": n, "cohorts": len(cohorts),
                "any false claim (95 % exact)": exact(n_false, len(cohorts)),
                "any uncorrected p <= 0.05": exact(n_uncorrected, len(cohorts)),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _is_claim(cohort: dict[str, Any], key: str) -> bool:
    return cohort["verdicts"][key] in (HOLDS, OPPOSITE)


def main(
    sizes: tuple[int, ...] = NULL_SIZES, cohorts: int = NULL_COHORTS, planted: int = PLANTED_COHORTS
) -> None:
    """Print how often planted effects are found, and how often null cohorts give a claim."""
    tasks = [("seed-optimistic", PLANTED_SIZE, seed) for seed in range(planted)]
    tasks += [("null", n, seed) for n in sizes for seed in range(cohorts)]
    results = cached_results("study", tasks, one_cohort)
    seeded = [cohort for cohort in results if cohort["preset"] == "seed-optimistic"]
    null = [cohort for cohort in results if cohort["preset"] == "null"]
    print(f"Claims on {planted} cohorts of {PLANTED_SIZE}, seed-optimistic (planted: goal 80 %)")
    print(verdict_table(seeded).to_string(index=False))
    both = sum(all(cohort["verdicts"][key] == HOLDS for key in PLANTED) for cohort in seeded)
    print(f"Both planted relapse effects in the same cohort: {exact(both, len(seeded))}")
    print(f"\nFalse claims among the {len(BY_ENDPOINT)} that are null (goal: at most 5 %)")
    print(family_wise(null).to_string(index=False))
    print("\nAll claims on the null cohorts (only those by endpoint are null there)")
    print(verdict_table(null).to_string(index=False))
    print(f"{sum(cohort['seconds'] for cohort in results) / len(results):.1f} s a cohort")


@click.command()
@click.option("--cohorts", type=click.IntRange(1), default=NULL_COHORTS, show_default=True)
@click.option("--n", "sizes", type=click.IntRange(7), multiple=True, default=NULL_SIZES)
@click.option("--planted", type=click.IntRange(1), default=PLANTED_COHORTS, show_default=True)
def command(cohorts: int, sizes: tuple[int, ...], planted: int) -> None:
    """Run the benchmark on fewer or more cohorts."""
    prepare_libraries()
    main(sizes, cohorts, planted)


if __name__ == "__main__":
    command()
