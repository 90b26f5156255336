"""A Dask cluster gives what one process gives; a wrong address one sentence."""

from collections.abc import Callable

import numpy as np
import pytest
from distributed import LocalCluster

from features.errors import InputError
from features.schema import CORE
from models.risk_model import RiskModel
from training.cohort.labels import at_risk, label
from training.cohort.samples import samples_from
from training.evaluation.cross_validation import cross_validate
from training.evaluation.design import design_for
from training.evaluation.folds import fold_plan
from training.jobs import at_work


def make(seed: int) -> RiskModel:
    """The core panel."""
    return RiskModel(candidates=("core_panel",), core_panel=CORE, random_state=seed)


def test_a_cluster_gives_the_same_scores(cohort: Callable) -> None:
    """Folds scored by Dask's workers equal those scored here, in the same order."""
    table, outcomes = cohort(40, seed=1)
    samples = samples_from(table)
    labelled = label(at_risk(outcomes, samples, 28), "relapse", 180)
    design = design_for(labelled, samples, CORE, CORE)
    plan = fold_plan(design.y, design.site, 2, 5, 0)
    here = cross_validate(design, plan, make, seed=0)
    cluster = LocalCluster(2, threads_per_worker=1, processes=False, dashboard_address=":0")
    with cluster, at_work(1, cluster.scheduler_address) as n_jobs:
        there = cross_validate(design, plan, make, seed=0, n_jobs=n_jobs)
    np.testing.assert_array_equal(here.logit, there.logit)
    assert n_jobs == -1


def test_no_scheduler_is_one_sentence() -> None:
    """The rule, what came, the way out."""
    with (
        pytest.raises(InputError, match=r"none answers at tcp://127.0.0.1:9 .*start one with"),
        at_work(1, "tcp://127.0.0.1:9"),
    ):
        pass
