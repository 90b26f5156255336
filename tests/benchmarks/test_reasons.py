"""The function that shap explains is the model's, and reasons agree with its values."""

import numpy as np
import pytest

from benchmarks import reasons
from benchmarks._cohorts import synthetic_cohort
from benchmarks._fits import fit_case, served_model
from models.endpoints import ENDPOINTS
from models.hazard_model import complete_inputs
from training.statistics.calibration.logistic import logit


def test_the_explained_function_is_the_risk_that_is_served() -> None:
    """Log-odds of inputs equal those of the joint model's risk."""
    case = fit_case(synthetic_cohort("seed-optimistic", 80, 3))
    endpoint = ENDPOINTS["relapse"]
    data, model = served_model(case)
    one = reasons.explained(case, endpoint)
    X = data.rows.visits[0].X[:6]
    risk = model.risks(data, endpoint, X, np.full(6, 28.0))[:, case.column]
    log_odds = reasons.log_odds_function(one)(complete_inputs(X, one.model.scaling))
    assert np.abs(log_odds - logit(risk)).max() < 1e-9


def test_comparison_by_hand() -> None:
    """The largest difference of a patient, and whether the first three are the same features."""
    ours = np.array([[3.0, 2.0, 1.0, 0.5], [3.0, 2.0, 1.0, 0.9]])
    theirs = np.array([[3.1, 2.0, 1.0, 0.5], [3.0, 2.0, 0.8, 0.9]])
    both = reasons.compare(ours, theirs)
    assert both.largest == pytest.approx([0.1, 0.2])
    assert both.same.tolist() == [True, False]


def test_reasons_agree_with_shap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handful of patients: within 0.02 of both explainers, sums exact."""
    monkeypatch.setattr("benchmarks._new_patients.NEW", 100)
    monkeypatch.setattr(reasons, "SIZES", (80,))
    monkeypatch.setattr(reasons, "ORDERS", 10)
    reasons.new_patients.cache_clear()
    table = reasons.comparisons(ENDPOINTS["severe_infection"], 1, 4)
    reasons.new_patients.cache_clear()
    assert table["shap"].tolist() == list(reasons.SHAP_KINDS)
    assert (table["largest"].astype(float) < 0.02).all()
    assert (table["sum"].astype(float) < 1e-9).all()
    assert (table["patients"] == 4).all()
