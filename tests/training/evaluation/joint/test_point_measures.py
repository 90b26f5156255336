"""AUC, Brier score and skill as numbers: by counting pairs and by hand."""

import numpy as np
import pytest

from training.evaluation.folds import FoldPlan
from training.evaluation.joint.point_measures import point_measures
from training.evaluation.out_of_fold import OutOfFold
from training.statistics.calibration.logistic import logit


def oof(risk: list[list[float]], prevalence: float, stratum: list[list[int]]) -> OutOfFold:
    """Scores of one or more repeats, all weights 1."""
    risks, strata = np.array(risk), np.array(stratum)
    plan = FoldPlan(strata, strata, "patient", "")
    base = np.full(risks.shape, prevalence)
    return OutOfFold(logit(risks), base, np.ones(risks.shape), plan)


def test_measures_by_hand() -> None:
    """Two strata: pairs across them do not count, and the unknown label counts for nothing."""
    y = np.array([1.0, 0.0, 0.0, 1.0, 0.0, np.nan])
    scores = oof([[0.6, 0.2, 0.7, 0.3, 0.3, 0.9]], 0.4, [[0, 0, 0, 1, 1, 1]])
    measures = point_measures(scores, y)
    assert measures.auc == pytest.approx((1 + 0 + 0.5) / 3)
    brier = (0.16 + 0.04 + 0.49 + 0.49 + 0.09) / 5
    assert measures.brier == pytest.approx(brier)
    assert measures.brier_skill == pytest.approx(1 - brier / ((2 * 0.36 + 3 * 0.16) / 5))


def test_repeats_are_pooled() -> None:
    """Pairs and losses of both repeats count alike."""
    y = np.array([1.0, 0.0])
    scores = oof([[0.9, 0.1], [0.2, 0.6]], 0.5, [[0, 0], [0, 0]])
    assert point_measures(scores, y) == pytest.approx((0.5, 0.255, 1 - 0.255 / 0.25))


def test_without_a_pair_there_is_no_auc() -> None:
    """Events alone cannot be ordered against anybody."""
    assert point_measures(oof([[0.9, 0.1]], 0.5, [[0, 0]]), np.ones(2)).auc is None
