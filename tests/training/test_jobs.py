"""Parallel jobs: a Dask cluster equals one process; progress is bars or lines."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from distributed import LocalCluster
from rich.console import Console

from features.errors import InputError
from features.schema import CORE
from models.risk_model import RiskModel
from training.cohort.at_risk import patients_at_risk
from training.cohort.labels import label
from training.cohort.samples import samples_from
from training.evaluation.cross_validation import cross_validate
from training.evaluation.design import design_for
from training.evaluation.folds import fold_plan
from training.jobs import parallel_jobs, progress_bars


def make(seed: int) -> RiskModel:
    """The core panel."""
    return RiskModel(candidates=("core_panel",), core_panel=CORE, random_state=seed)


def test_a_cluster_gives_the_same_scores(cohort: Callable) -> None:
    """Folds scored by Dask's workers equal those scored here, in the same order."""
    table, outcomes = cohort(40, seed=1)
    samples = samples_from(table)
    labelled = label(patients_at_risk(outcomes, samples, 28), "relapse", 180)
    design = design_for(labelled, samples, CORE, CORE)
    plan = fold_plan(design.y, design.site, 2, 5, 0)
    here = cross_validate(design, plan, make, seed=0)
    cluster = LocalCluster(2, threads_per_worker=1, processes=False, dashboard_address=":0")
    with cluster, parallel_jobs(1, cluster.scheduler_address) as n_jobs:
        there = cross_validate(design, plan, make, seed=0, n_jobs=n_jobs)
    np.testing.assert_array_equal(here.logit, there.logit)
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
