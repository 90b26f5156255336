"""Ridge of competing hazards against general optimisers, and its prior against the truth."""

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from features.arrays import Floats, Ints
from models.accumulated_risk import hazards
from models.hazard_curvature import INTERCEPT_PRECISION
from models.hazard_ridge import ColumnGroups, HazardFit, fit_hazards
from models.visit_design import visit_design

FIXED = ColumnGroups(np.zeros(3, np.int64), np.array([0.4]), np.array([True]))


def fit(
    x: Floats, event: Ints, weight: Floats, groups: ColumnGroups = FIXED, n_events: int = 1
) -> HazardFit:
    """Fit to columns x at one time."""
    design = visit_design(x, np.zeros(len(x)))
    return fit_hazards(design, event, weight, groups=groups, n_events=n_events)


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
    ours = fit(x, y[:, None], np.ones((150, 1)))
    peer = LogisticRegression(C=0.4**2, tol=1e-10, max_iter=10_000).fit(x, y)
    np.testing.assert_allclose(ours.effects[:, 0], peer.coef_[0], atol=1e-4)
    assert ours.intercepts[0, 0] == pytest.approx(peer.intercept_[0], abs=1e-3)


def test_the_maximum_is_that_of_a_general_optimiser() -> None:
    """Three intervals, two events, weights: the penalised likelihood written out."""
    rng = np.random.default_rng(5)
    x, weight = rng.normal(size=(120, 3)), rng.uniform(0.5, 2, (120, 3))
    event = drawn_events(rng, x, rng.normal(0, 0.5, (3, 2)))
    maximum = fit(x, event, weight, FIXED, 2)

    def loss(values: Floats) -> float:
        a, b = values[:6].reshape(3, 2), values[6:].reshape(3, 2)
        h = hazards(a, x @ b)
        p = np.concatenate([1 - h.sum(axis=2, keepdims=True), h], axis=2)
        chosen = np.take_along_axis(p, np.maximum(event, 0)[:, :, None], axis=2)[:, :, 0]
        fitted = (np.where(event >= 0, weight, 0) * np.log(chosen)).sum()
        prior = (b**2).sum() / 0.4**2 / 2 + INTERCEPT_PRECISION * (a**2).sum() / 2
        return float(prior - fitted)

    ours = np.concatenate([maximum.intercepts.ravel(), maximum.effects.ravel()])
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
        sd[size] = fit(x, event, np.ones((1500, 3)), groups).prior_sd[0, 0]
    assert sd[0.0] < 0.25 < 0.5 < sd[0.8]


def test_a_row_of_weight_two_is_the_row_twice() -> None:
    """And a row that is not at risk counts nothing."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=(80, 3))
    event = drawn_events(rng, x, rng.normal(0, 0.5, (3, 2)))
    twice = fit(
        np.concatenate([x, x, x]), np.concatenate([event, event, np.full_like(event, -1)]),
        np.ones((240, 3)), FIXED, 2,
    )  # fmt: skip
    heavy = fit(x, event, np.full((80, 3), 2.0), FIXED, 2)
    np.testing.assert_allclose(heavy.effects, twice.effects, atol=1e-7)


def test_the_order_of_rows_changes_nothing() -> None:
    """To 1e-8 in effects and prior."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=(90, 3))
    event = drawn_events(rng, x, rng.normal(0, 0.5, (3, 3)))
    groups = ColumnGroups(np.array([0, 0, 1]), np.array([0.35, 0.1]), np.array([False, False]))
    order = rng.permutation(90)
    one = fit(x, event, np.ones((90, 3)), groups, 3)
    other = fit(x[order], event[order], np.ones((90, 3)), groups, 3)
    np.testing.assert_allclose(one.effects, other.effects, atol=1e-8)


def test_evidence_settles_where_its_step_changes_nothing() -> None:
    """s^2 = (4 s_0^2 + sum (b^2 + var b)) / (4 + columns), var from the Hessian by differences."""
    rng = np.random.default_rng(9)
    x = rng.normal(size=(200, 4))
    event = drawn_events(rng, x, rng.normal(0, 0.6, (4, 1)), k=1)
    groups = ColumnGroups(np.zeros(4, np.int64), np.array([0.35]), np.array([False]))
    ours = fit(x, event, np.ones((200, 1)), groups)
    p = 1 / (1 + np.exp(-ours.intercepts[0, 0] - x @ ours.effects[:, 0]))
    columns = np.column_stack([np.ones(200), x])
    precision = np.array([INTERCEPT_PRECISION, *[1 / ours.prior_sd[0, 0] ** 2] * 4])
    hessian = (columns * (p * (1 - p))[:, None]).T @ columns + np.diag(precision)
    variance = np.diag(np.linalg.inv(hessian))[1:]
    step = (4 * 0.35**2 + (ours.effects[:, 0] ** 2 + variance).sum()) / 8
    assert step == pytest.approx(ours.prior_sd[0, 0] ** 2, rel=0.02)
