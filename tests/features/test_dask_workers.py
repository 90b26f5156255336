"""Dask workers that die half-way: nothing is lost."""

import os
import signal
import time

from distributed import LocalCluster

from features.dask_workers import run_on_dask
from features.problem import BadInput


def work(task: int) -> int:
    """A short task; number 3 is refused."""
    if task == 3:
        raise BadInput("three is refused")
    time.sleep(0.3)
    return os.getpid()


def test_a_killed_worker_loses_nothing() -> None:
    """One of two workers is killed after its first answer; every task is still answered."""
    with LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        outcomes = run_on_dask(work, range(8), cluster.scheduler_address)
        answers = [next(outcomes)]
        while answers[-1].result is None:
            answers.append(next(outcomes))
        victim = answers[-1].result
        os.kill(victim, signal.SIGKILL)
        answers += list(outcomes)
    assert sorted(o.number for o in answers) == list(range(8))
    assert {o.number: o.reason for o in answers if o.reason} == {3: "three is refused"}
    assert sum(o.result == victim for o in answers) < 7
