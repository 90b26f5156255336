"""The super-model is the hazard model of one event; with few events it is the incidence."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # ships no types

from models.log_odds import risk_of
from training.surveillance.visit_model import VisitRows, fewest_patients, visit_logits


def serial_rows(n: int, seed: int = 0) -> VisitRows:
    """Patients at three landmarks, whose first feature raises the event's log-odds by 1 per SD."""
    rng = np.random.default_rng(seed)
    patient, day = np.repeat(np.arange(n), 3), np.tile([28.0, 60.0, 90.0], n)
    X = rng.normal(size=(3 * n, 2))
    y = (rng.random(3 * n) < risk_of(X[:, 0] - 1.0)).astype(float)
    return VisitRows(
        X, day, y, np.ones(3 * n), patient, np.array([True, False]), incidence=float(y.mean())
    )


def test_the_planted_effect_is_recovered() -> None:
    """Beside an unpenalised logistic regression of scikit-learn on the same rows."""
    rows = serial_rows(800)
    low, high = visit_logits(rows, np.array([[-1.0, 0.0], [1.0, 0.0]]), np.full(2, 28.0))
    plain = LogisticRegression(C=np.inf).fit(rows.X, rows.y)
    assert (high - low) / 2 == pytest.approx(plain.coef_[0, 0], abs=0.1)


def test_the_mean_risk_is_the_incidence() -> None:
    """Over the rows it learned from, rows of unknown outcome included."""
    rows = serial_rows(200)
    unknown = np.arange(600) % 5 == 0
    rows = replace(rows, y=np.where(unknown, np.nan, rows.y), incidence=0.2)
    assert risk_of(visit_logits(rows, rows.X, rows.day)).mean() == pytest.approx(0.2, abs=1e-6)


def test_few_patients_with_the_event_all_get_the_incidence() -> None:
    """Under five no feature counts, and an incidence of 0 stays a risk above 0."""
    rows = serial_rows(100)
    few = replace(rows, y=np.where(rows.patient < 4, rows.y, 0.0))
    assert fewest_patients(few) < 5
    few = replace(few, incidence=0.02)
    logits = visit_logits(few, rows.X, rows.day)
    assert len(set(logits)) == 1
    assert risk_of(logits)[0] == pytest.approx((300 * 0.02 + 0.5) / 301)
    never = replace(few, y=np.zeros(300), incidence=0.0)
    assert np.isfinite(visit_logits(never, rows.X, rows.day)).all()


def test_a_patient_seen_more_often_gives_the_same_effect_once() -> None:
    """Every row three times over, as of one patient, changes the effect by less than 0.001."""
    rows = serial_rows(100)
    one = replace(rows, patient=np.arange(300))
    three = VisitRows(
        *(np.concatenate([part] * 3) for part in (one.X, one.day, one.y, one.weight, one.patient)),
        is_core=one.is_core, incidence=one.incidence,
    )  # fmt: skip
    at, day = np.array([[-1.0, 0.0], [1.0, 0.0]]), np.full(2, 28.0)
    np.testing.assert_allclose(visit_logits(three, at, day), visit_logits(one, at, day), atol=1e-3)
