"""Out-of-fold risks and weights, averaged over repeats."""

import numpy as np

from training.evaluation.folds import FoldPlan
from training.evaluation.out_of_fold import OutOfFold


def test_risks_are_averaged_as_risks_and_weights_as_weights() -> None:
    """Two repeats of one patient: 0.2 and 0.6 give 0.4, which is not the mean of the log-odds."""
    risk, fold = np.array([[0.2], [0.6]]), np.zeros((2, 1), np.int64)
    weight = np.array([[1.0], [3.0]])
    plan = FoldPlan(fold, fold, "patient", "")
    oof = OutOfFold(np.log(risk / (1 - risk)), np.full((2, 1), 0.3), weight, plan)
    np.testing.assert_allclose(oof.risk, risk)
    np.testing.assert_allclose(oof.mean_risk, [0.4])
    np.testing.assert_allclose(oof.mean_weight, [2.0])
