"""Parallel jobs (joblib processes or a Dask cluster) and their progress bars."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import joblib  # type: ignore[import-untyped, unused-ignore]  # no stubs
from rich import progress
from rich.console import Console
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]  # no stubs

ALL_WORKERS = -1

# progress(step, count of finished jobs, total)
Progress = Callable[[str, int, int], None]


@contextmanager
def parallel_jobs(processes: int, scheduler: str | None = None) -> Iterator[int]:
    """The number of parallel jobs, `n_jobs`, for everything that is fitted inside.

    Without a scheduler that is `processes`; with the address of a Dask scheduler its workers take
    every job instead. They need this code and its environment. Results do not depend on either.
    Raises InputError when no scheduler answers at the address.

    >>> with parallel_jobs(2) as n_jobs:
    ...     n_jobs
    2
    """
    if scheduler is None:
        yield processes
        return
    from features.pipeline.dask_workers import connect

    with connect(scheduler), joblib.parallel_config(backend="dask"):
        yield ALL_WORKERS


def run_in_order(jobs: Iterable[Any], n_jobs: int) -> Iterator[Any]:
    """Results in the order of the jobs, each with one BLAS thread; n_jobs processes."""
    if n_jobs == 1:
        for function, args, kwargs in jobs:
            yield _single_threaded(function, args, kwargs)
    else:
        runner = joblib.Parallel(n_jobs=n_jobs, return_as="generator")
        yield from runner(
            joblib.delayed(_single_threaded)(function, args, kwargs)
            for function, args, kwargs in jobs
        )


def _single_threaded(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    with threadpool_limits(1):
        return function(*args, **kwargs)


@contextmanager
def progress_bars(prefix: str = "", console: Console | None = None) -> Iterator[Progress]:
    """A function `report(step, count, total)` that shows one bar a step on standard error.

    Without a terminal each finished step is one line, so that a log stays readable.

    >>> with progress_bars(console=Console(quiet=True)) as report:
    ...     report("refits", 1, 2)
    """
    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield _line_reporter(prefix, console)
        return
    columns = (progress.TextColumn("{task.description}"), progress.BarColumn(),
               progress.MofNCompleteColumn(), progress.TimeRemainingColumn())  # fmt: skip
    with progress.Progress(*columns, console=console) as display:
        yield _bar_reporter(prefix, display)


def _line_reporter(prefix: str, console: Console) -> Progress:
    printed: set[str] = set()

    def report(step: str, count: int, total: int) -> None:
        if count == total and step not in printed:
            printed.add(step)
            console.print(f"{prefix}{step}: {count} of {total}", highlight=False)

    return report


def _bar_reporter(prefix: str, display: progress.Progress) -> Progress:
    tasks: dict[str, progress.TaskID] = {}

    def report(step: str, count: int, total: int) -> None:
        if step not in tasks:
            tasks[step] = display.add_task(f"{prefix}{step}", total=total)
        display.update(tasks[step], completed=count, total=total)

    return report
