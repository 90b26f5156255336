"""The super-model's design, its choice, and that it finds an effect that turns with time."""

import numpy as np
import pytest

from features.errors import InputError
from models.super_model import fit_super_model, landmark_columns

DAYS = np.array([28.0, 118.0, 208.0])


def stacked(n: int, seed: int, p: int) -> tuple[np.ndarray, ...]:
    """Values, days and patients of n patients at three landmarks."""
    x = np.random.default_rng(seed).normal(size=(3 * n, p))
    return x, np.tile(DAYS, n), np.repeat(np.arange(n), 3)


def drawn(logit: np.ndarray, seed: int) -> np.ndarray:
    """Labels with these log-odds."""
    return (np.random.default_rng(seed).random(len(logit)) < 1 / (1 + np.exp(-logit))).astype(float)


def test_columns_are_values_time_and_products() -> None:
    """At day 28 all time terms vanish; a missing value stays missing in its product."""
    values = np.array([[1.0, 2.0], [np.nan, 3.0]])
    at_28 = landmark_columns(values, np.full(2, 28.0), 2)
    np.testing.assert_array_equal(at_28[0], [1.0, 2.0, 0.0, 0.0, 0.0, 0.0])
    later = landmark_columns(values, np.full(2, 73.0), 1)
    np.testing.assert_array_equal(later[1], [np.nan, np.nan, 0.5, 0.25, 3.0])


def test_days_beyond_a_year_are_read_as_a_year() -> None:
    """A visit years later does not throw the square far away."""
    one, two = (landmark_columns(np.ones((1, 1)), np.array([d]), 1) for d in (365.0, 1200.0))
    np.testing.assert_array_equal(one, two)


def test_days_and_rows_go_together() -> None:
    """A length that does not fit is refused."""
    with pytest.raises(InputError, match="one day a row"):
        landmark_columns(np.ones((2, 1)), np.ones(3), 1)


def test_an_effect_that_turns_with_time_is_found() -> None:
    """Harmful at day 28 and protective at day 208: the fitted slopes have those signs."""
    x, day, patient = stacked(400, 0, 1)
    y = drawn(-1 + (1.2 - 1.2 * (day - 28) / 90) * x[:, 0], 1)
    model = fit_super_model(x, day, y, np.ones(len(y)), patient, 1, 0)
    for at, expected in zip(DAYS, (1.2, 0.0, -1.2), strict=True):
        low, high = model.logit(np.array([[-1.0], [1.0]]), np.full(2, at))
        assert (high - low) / 2 == pytest.approx(expected, abs=0.3)


def test_history_is_used_where_it_helps_and_left_where_it_does_not() -> None:
    """The second column is history: chosen when it drives the event, else the simpler model."""
    x, day, patient = stacked(300, 2, 2)
    for column, chosen in ((0, "current"), (1, "history")):
        y = drawn(-1 + 1.5 * x[:, column], 3)
        model = fit_super_model(x, day, y, np.ones(len(y)), patient, 1, 0)
        assert model.candidate == chosen
    moved = model.logit(np.array([[0.0, -1.0], [0.0, 1.0]]), np.full(2, 28.0))
    assert moved[1] - moved[0] > 1.5


def test_a_copied_patient_adds_no_patients() -> None:
    """Four patients with the event in twelve rows are too few for a model: prevalence."""
    x, day, patient = stacked(40, 4, 1)
    y = (patient < 4).astype(float)
    model = fit_super_model(x, day, y, np.ones(len(y)), patient, 1, 0)
    assert model.candidate == "prevalence"
    logit = model.logit(x, day)
    assert len(set(logit)) == 1
    assert 1 / (1 + np.exp(-logit[0])) == pytest.approx((12 + 0.5) / 121)


def test_missing_values_are_imputed_with_an_indicator() -> None:
    """Rows with gaps get finite log-odds, and a gap that means the event raises them."""
    x, day, patient = stacked(200, 5, 1)
    gone = np.random.default_rng(6).random(len(x)) < 0.3
    x[gone] = np.nan
    y = drawn(-1.0 + 2.0 * gone, 7)
    model = fit_super_model(x, day, y, np.ones(len(y)), patient, 1, 0)
    logit = model.logit(x, day)
    assert np.isfinite(logit).all()
    assert logit[gone].mean() - logit[~gone].mean() > 1.0
