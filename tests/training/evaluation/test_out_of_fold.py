"""Out-of-fold risks and weights: averaged over repeats, and as a table."""

from collections.abc import Callable

import numpy as np

from tests.training.evaluation.random_scores import random_scores
from training.cohort.at_risk import patients_at_risk
from training.cohort.labels import label
from training.cohort.samples import samples_from
from training.evaluation.folds import FoldPlan
from training.evaluation.out_of_fold import OutOfFold, out_of_fold_frame
from training.statistics.calibration.logistic import sigmoid


def test_risks_are_averaged_as_risks_and_weights_as_weights() -> None:
    """Two repeats of one patient: 0.2 and 0.6 give 0.4, which is not the mean of the log-odds."""
    risk, fold = np.array([[0.2], [0.6]]), np.zeros((2, 1), np.int64)
    weight = np.array([[1.0], [3.0]])
    plan = FoldPlan(fold, fold, "patient", "")
    oof = OutOfFold(np.log(risk / (1 - risk)), np.full((2, 1), 0.3), weight, plan)
    np.testing.assert_allclose(oof.risk, risk)
    np.testing.assert_allclose(oof.mean_risk, [0.4])
    np.testing.assert_allclose(oof.mean_weight, [2.0])


def test_out_of_fold_frame_has_a_row_per_patient_and_repeat(cohort: Callable) -> None:
    """Rows keep patient, fold, risk and label together."""
    table, outcomes = cohort(30)
    labels = label(patients_at_risk(outcomes, samples_from(table), 28), "relapse", 180)
    n = labels.at_risk.n
    oof = random_scores(n)
    frame = out_of_fold_frame(oof, labels)
    assert len(frame) == 2 * n
    row = frame.iloc[n + 3]
    assert (row["repeat"], row["patient_id"]) == (1, labels.at_risk.patient_id[3])
    np.testing.assert_allclose(row["risk"], sigmoid(oof.logit[1, 3:4])[0])
    np.testing.assert_allclose(
        oof.mean_risk[3], frame[frame.patient_id == row.patient_id].risk.mean()
    )
