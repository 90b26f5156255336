"""Ridge of competing hazards against general optimisers, and its prior against the truth."""

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from features.arrays import Floats, Ints
from models.accumulated_risk import hazards
from models.hazard_ridge import INTERCEPT_PRECISION, ColumnGroups, fit_hazards

FIXED = ColumnGroups(np.zeros(3, np.int64), np.array([0.4]), np.array([True]))


def drawn_events(rng: np.random.Generator, design: Floats, effects: Floats, k: int = 3) -> Ints:
    """Events of patients followed through k intervals, -1 once they had one."""
    h = hazards(np.full((k, effects.shape[1]), -1.8), design @ effects)
    event = np.full((len(design), k), -1)
    at_risk = np.ones(len(design), bool)
    for interval in range(k):
        limits = np.cumsum(h[:, interval], axis=1)
        u = rng.random(len(design))[:, None]
        happened = np.where(u < limits[:, -1:], (u >= limits).sum(axis=1, keepdims=True) + 1, 0)
        event[at_risk, interval] = happened[at_risk, 0]
        at_risk &= event[:, interval] == 0
    return event


def test_one_event_in_one_interval_is_ridge_logistic_regression() -> None:
    """scikit-learn's coefficients at the same penalty."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(150, 3))
    y = (rng.random(150) < 1 / (1 + np.exp(1 - x[:, 0]))).astype(int)
    fit = fit_hazards(x, y[:, None], np.ones((150, 1)), FIXED, 1)
    peer = LogisticRegression(C=0.4**2, tol=1e-10, max_iter=10_000).fit(x, y)
    np.testing.assert_allclose(fit.effects[:, 0], peer.coef_[0], atol=1e-4)
    assert fit.intercepts[0, 0] == pytest.approx(peer.intercept_[0], abs=1e-3)


def test_the_maximum_is_that_of_a_general_optimiser() -> None:
    """Three intervals, two events, weights: the penalised likelihood written out."""
    rng = np.random.default_rng(5)
    x, weight = rng.normal(size=(120, 3)), rng.uniform(0.5, 2, (120, 3))
    event = drawn_events(rng, x, rng.normal(0, 0.5, (3, 2)))
    fit = fit_hazards(x, event, weight, FIXED, 2)

    def loss(values: Floats) -> float:
        a, b = values[:6].reshape(3, 2), values[6:].reshape(3, 2)
        h = hazards(a, x @ b)
        p = np.concatenate([1 - h.sum(axis=2, keepdims=True), h], axis=2)
        chosen = np.take_along_axis(p, np.maximum(event, 0)[:, :, None], axis=2)[:, :, 0]
        fitted = (np.where(event >= 0, weight, 0) * np.log(chosen)).sum()
        prior = (b**2).sum() / 0.4**2 / 2 + INTERCEPT_PRECISION * (a**2).sum() / 2
        return float(prior - fitted)

    ours = np.concatenate([fit.intercepts.ravel(), fit.effects.ravel()])
    best = minimize(loss, np.zeros(12), method="BFGS", options={"gtol": 1e-8})
    assert loss(ours) <= best.fun + 1e-9
    np.testing.assert_allclose(ours, best.x, atol=1e-4)


def test_the_prior_narrows_where_nothing_acts_and_widens_where_much_does() -> None:
    """Ten columns: SDs from data with effects of 0 and of 0.8, around a start of 0.35."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(1500, 10))
    groups = ColumnGroups(np.zeros(10, np.int64), np.array([0.35]), np.array([False]))
    sd = {}
    for size in (0.0, 0.8):
        event = drawn_events(rng, x, size * rng.choice([-1, 1], (10, 1)))
        sd[size] = fit_hazards(x, event, np.ones((1500, 3)), groups, 1).prior_sd[0, 0]
    assert sd[0.0] < 0.25 < 0.5 < sd[0.8]


def test_a_row_of_weight_two_is_the_row_twice() -> None:
    """And a row that is not at risk counts nothing."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(80, 3))
    event = drawn_events(rng, x, rng.normal(0, 0.5, (3, 2)))
    twice = fit_hazards(
        np.concatenate([x, x, x]), np.concatenate([event, event, np.full_like(event, -1)]),
        np.ones((240, 3)), FIXED, 2,
    )  # fmt: skip
    heavy = fit_hazards(x, event, np.full((80, 3), 2.0), FIXED, 2)
    np.testing.assert_allclose(heavy.effects, twice.effects, atol=1e-7)


def test_the_order_of_rows_changes_nothing() -> None:
    """To 1e-8 in effects and prior."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=(90, 3))
    event = drawn_events(rng, x, rng.normal(0, 0.5, (3, 3)))
    groups = ColumnGroups(np.array([0, 0, 1]), np.array([0.35, 0.1]), np.array([False, False]))
    order = rng.permutation(90)
    one = fit_hazards(x, event, np.ones((90, 3)), groups, 3)
    other = fit_hazards(x[order], event[order], np.ones((90, 3)), groups, 3)
    np.testing.assert_allclose(one.effects, other.effects, atol=1e-8)
