"""The optimism table, and what an evaluation reports, by hand."""

import numpy as np
import pytest

from benchmarks.optimism import reported_scores, summary
from training.evaluation.folds import FoldPlan
from training.evaluation.out_of_fold import OutOfFold
from training.statistics.calibration.logistic import logit


def test_means_and_errors() -> None:
    """+0.1 and -0.1 are 0 with error 0.1; an endpoint without models has no figures."""
    results = [
        {"n": 60, "relapse": {"auc": x, "brier": 0.0, "oe": 0.2, "slope": 3 * x}}
        for x in (0.1, -0.1)
    ]
    table = summary(results).set_index("endpoint")
    assert table.loc["relapse", "auc"] == "+0.000 (0.100)"
    assert table.loc["relapse", "oe"] == "+0.200 (0.000)"
    assert table.loc["relapse", "goal, AUC"] == "within 0.03"
    assert table.loc["fatal_infection", "models"] == 0


def test_reported_scores_by_hand() -> None:
    """Two repeats of four patients: pairs of one fold only, losses of both repeats."""
    risk = np.array([[0.8, 0.4, 0.6, 0.2], [0.8, 0.4, 0.6, 0.2]])
    fold = np.array([[0, 0, 1, 1], [0, 1, 0, 1]])
    y = np.array([1.0, 0.0, 1.0, 0.0])
    oof = OutOfFold(logit(risk), np.full((2, 4), 0.5), np.ones((2, 4)),
                    FoldPlan(fold, fold, "patient", ""))  # fmt: skip
    scores = reported_scores(oof, y)
    assert scores["auc"] == 1.0  # the second repeat has no pair within a fold
    assert scores["brier"] == pytest.approx((0.04 + 0.16 + 0.16 + 0.04) / 4)
    assert scores["oe"] == pytest.approx(1.0)
