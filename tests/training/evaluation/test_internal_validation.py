"""Out-of-fold predictions and selection shares."""

import numpy as np

from tests.training.evaluation.random_scores import random_scores
from training.cohort.at_risk import patients_at_risk
from training.cohort.labels import label
from training.cohort.samples import samples_from
from training.evaluation.internal_validation import (
    out_of_fold_frame,
    selection_shares,
)
from training.statistics.logistic import sigmoid


def test_out_of_fold_frame_has_a_row_per_patient_and_repeat(cohort) -> None:
    """Rows keep patient, fold, risk and label together."""
    table, outcomes = cohort(30)
    labels = label(patients_at_risk(outcomes, samples_from(table), 28), "relapse", 180)
    n = labels.at_risk.n
    oof = random_scores(n)
    frame = out_of_fold_frame(oof, labels.at_risk, labels.y)
    assert len(frame) == 2 * n
    row = frame.iloc[n + 3]
    assert (row["repeat"], row["patient_id"]) == (1, labels.at_risk.patient_id[3])
    np.testing.assert_allclose(row["risk"], sigmoid(oof.logit[1, 3:4])[0])
    np.testing.assert_allclose(
        oof.mean_risk[3], frame[frame.patient_id == row.patient_id].risk.mean()
    )


def test_selection_shares_add_up() -> None:
    """Eight of ten folds chose the biomarker."""
    assert selection_shares(random_scores(10)) == {"biomarker": 0.8, "core_panel": 0.2}
