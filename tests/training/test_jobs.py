"""Parallel jobs: a Dask cluster equals one process; progress is bars or lines."""

import io

import joblib
import numpy as np
import pytest
from distributed import LocalCluster
from rich.console import Console

from features.errors import InputError
from tests.training.evaluation.joint.visit_data import fold_plan, visit_data
from training.evaluation.joint.fit import fit_joint
from training.evaluation.joint.resampling import cross_validate_joint
from training.jobs import parallel_jobs, progress_bars, run_in_order


def test_a_cluster_gives_the_same_scores() -> None:
    """Folds scored by Dask's workers equal those scored here, in the same order."""
    data = visit_data(60, 1, effect="interaction")
    plan = fold_plan(data)
    here = cross_validate_joint(data, plan, fit_joint)
    cluster = LocalCluster(2, threads_per_worker=1, processes=False, dashboard_address=":0")
    with cluster, parallel_jobs(1, cluster.scheduler_address) as n_jobs:
        there = cross_validate_joint(data, plan, fit_joint, n_jobs=n_jobs)
    np.testing.assert_array_equal(here.exclusive, there.exclusive)
    assert n_jobs == -1


def test_no_scheduler_is_one_sentence() -> None:
    """The rule, what came, the way out."""
    with (
        pytest.raises(InputError, match=r"none answers at tcp://127.0.0.1:9 .*start one with"),
        parallel_jobs(1, "tcp://127.0.0.1:9"),
    ):
        pass


def test_a_log_gets_one_line_a_step() -> None:
    """Without a terminal a finished step is one line, however often it is reported."""
    log = io.StringIO()
    with progress_bars("relapse: ", Console(file=log)) as report:
        for done in (1, 2, 3, 3):
            report("folds", done, 3)
        report("refits", 1, 2)
    assert log.getvalue() == "relapse: folds: 3 of 3\n"


def test_a_terminal_gets_a_bar() -> None:
    """On a terminal the step's name and count are drawn."""
    screen = io.StringIO()
    with progress_bars(console=Console(file=screen, force_terminal=True, width=80)) as report:
        report("folds", 3, 3)
    assert "folds" in screen.getvalue()
    assert "3/3" in screen.getvalue()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_results_come_in_the_order_of_the_jobs(n_jobs: int) -> None:
    """Whatever finishes first."""
    jobs = [joblib.delayed(pow)(base, 2) for base in range(20)]
    assert list(run_in_order(jobs, n_jobs)) == [base**2 for base in range(20)]
