"""Benchmarks over simulated cohorts of several sizes: the cohorts, the table, the command line."""

from collections.abc import Callable, Iterator
from typing import Any

import click

from benchmarks._results import cached_results
from features.settings import prepare_libraries
from models.endpoints import ENDPOINTS

CohortResult = dict[str, Any]
FIRST_SEED = 9801  # of cohorts on which nothing was chosen


def cohorts_of_sizes(
    name: str, one_cohort: Callable[[int, int], CohortResult], sizes: tuple[int, ...],
    *, cohorts: int, first_seed: int,
) -> list[CohortResult]:  # fmt: skip
    """`one_cohort(n, seed)` for every size and seed; finished ones are cached under `name`.

    All sizes of a seed come before the next seed, so that an interrupted run has some cohorts of
    every size.
    """
    seeds = range(first_seed, first_seed + cohorts)
    return cached_results(name, [(n, seed) for seed in seeds for n in sizes], one_cohort)


def by_endpoint_and_size(
    results: list[CohortResult],
) -> Iterator[tuple[str, int, list[CohortResult]]]:
    """Each endpoint, each size, and the results of that endpoint in the cohorts of that size.

    A cohort without a result for an endpoint is left out.

    >>> [row for row in by_endpoint_and_size([{"n": 9, "relapse": {"p": 1}}]) if row[2]]
    [('relapse', 9, [{'p': 1}])]
    """
    for endpoint in ENDPOINTS:
        for n in sorted({result["n"] for result in results}):
            of_size = [result for result in results if result["n"] == n]
            yield endpoint, n, [result[endpoint] for result in of_size if endpoint in result]


def seeds_sentence(cohorts: int, first_seed: int) -> str:
    """Which cohorts a table is about.

    >>> seeds_sentence(100, 9801)
    'seeds 9801 to 9900'
    """
    return f"seeds {first_seed} to {first_seed + cohorts - 1}"


def command(
    main: Callable[[tuple[int, ...], int, int], None], sizes: tuple[int, ...], cohorts: int
) -> click.Command:
    """A command line for `main(sizes, cohorts, first_seed)`; --n may be given several times."""

    @click.command(help=main.__doc__)
    @click.option("--cohorts", type=click.IntRange(1), default=cohorts, show_default=True)
    @click.option("--n", "sizes", type=click.IntRange(7), multiple=True, default=sizes)
    @click.option("--first-seed", type=click.IntRange(0), default=FIRST_SEED, show_default=True)
    def run(cohorts: int, sizes: tuple[int, ...], first_seed: int) -> None:
        prepare_libraries()
        main(sizes, cohorts, first_seed)

    return run
