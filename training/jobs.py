"""Fits shared out to processes on this machine, or to a Dask cluster."""

from collections.abc import Iterator
from contextlib import contextmanager

import joblib  # type: ignore[import-untyped, unused-ignore]  # no stubs

ALL_WORKERS = -1


@contextmanager
def at_work(processes: int, scheduler: str | None = None) -> Iterator[int]:
    """Give the number of jobs at a time, `n_jobs`, for everything that is fitted inside.

    Without a scheduler that is `processes`; with the address of a Dask scheduler its workers take
    every job instead. They need this code and its environment. Results do not depend on either.
    Raises InputError when no scheduler answers at the address.

    >>> with at_work(2) as n_jobs:
    ...     n_jobs
    2
    """
    if scheduler is None:
        yield processes
        return
    from features.pipeline.dask_workers import connect

    with connect(scheduler), joblib.parallel_config(backend="dask"):
        yield ALL_WORKERS
