"""The learning curve: nested shares, the same folds, and its end is ordinary cross-validation."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from features.schema import CORE
from models.risk_model import RiskModel
from training.cohort.at_risk import patients_at_risk
from training.cohort.labels import label
from training.cohort.samples import samples_from
from training.evaluation.cross_validation import cross_validate
from training.evaluation.design import Design, design_for
from training.evaluation.folds import fold_plan
from training.evaluation.learning_curve import REPEATS, SHARES, _members, _Task, learning_curve
from training.statistics.auc import auc

MAKE = partial(RiskModel, candidates=("core_panel",), core_panel=CORE)


def make(seed: int) -> RiskModel:
    """The core panel."""
    return MAKE(random_state=seed)


@pytest.fixture(scope="module")
def design(cohort: Callable) -> Design:
    """Relapse in 150 patients with a strong effect."""
    table, outcomes = cohort(150, seed=3, beta=1.2)
    samples = samples_from(table)
    labelled = label(patients_at_risk(outcomes, samples, 28), "relapse", 180)
    return design_for(labelled, samples, CORE, CORE)


def test_the_whole_cohort_is_ordinary_cross_validation(design: Design) -> None:
    """The last point is the AUC of the same folds without leaving anybody out."""
    told: list[tuple[str, int, int]] = []
    rows = learning_curve(design, make, 5, seed=11, progress=lambda *step: told.append(step))
    plan = fold_plan(design.y, design.site, REPEATS, 5, 11)
    oof = cross_validate(design, plan, make, seed=11)
    areas = [auc(oof.logit[r], design.y, oof.weight[r], plan.stratum[r]) for r in range(REPEATS)]
    np.testing.assert_allclose(rows[-1]["auc"], np.mean(areas), atol=0.01)
    assert [row["patients"] for row in rows] == sorted(row["patients"] for row in rows)
    assert told[-1] == ("learning curve", len(SHARES) * REPEATS * 5, len(SHARES) * REPEATS * 5)


def test_smaller_shares_are_part_of_larger_and_never_of_the_test(design: Design) -> None:
    """40 % of the training patients are among the 60 %; both classes stay; no test patient."""
    plan = fold_plan(design.y, design.site, REPEATS, 5, 11)
    for k in range(5):
        kept = [_members(design, plan, _Task(share, 0, k), 11) for share in SHARES]
        for small, large in pairwise(kept):
            assert (large | ~small).all()
        assert not (kept[-1] & (plan.fold[0] == k)).any()
        assert kept[-1].sum() == (plan.fold[0] != k).sum()
        assert set(design.y[kept[0] & design.has_label]) == {0.0, 1.0}
        assert kept[0].sum() == pytest.approx(0.4 * kept[-1].sum(), abs=3)
