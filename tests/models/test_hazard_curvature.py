"""Gradient and curvature against finite differences of the likelihood written out."""

import numpy as np

from features.arrays import Floats
from models.accumulated_risk import hazards
from models.hazard_curvature import (
    INTERCEPT_PRECISION,
    WeightedVisits,
    likelihood_moments,
    newton_system,
)
from models.visit_design import visit_design

K, C = 2, 3


def weighted_visits() -> WeightedVisits:
    """30 visits at two times, some not at risk in the second interval."""
    rng = np.random.default_rng(1)
    design = visit_design(rng.normal(size=(30, 2)), np.repeat([0.0, 0.7], 15), (1, 2))
    event = rng.integers(-1, C + 1, (30, K))
    return WeightedVisits(design, event, np.where(event >= 0, rng.uniform(0.5, 2, (30, K)), 0.0), C)


def penalised(visits: WeightedVisits, values: Floats, precision: Floats) -> float:
    """Log-likelihood less the prior, in the order of the system: event by event."""
    by_event = values.reshape(C, -1).T
    a, b = by_event[:K], by_event[K:]
    h = hazards(a, visits.design.matrix @ b)
    p = np.concatenate([1 - h.sum(axis=2, keepdims=True), h], axis=2)
    chosen = np.take_along_axis(p, np.maximum(visits.event, 0)[:, :, None], axis=2)[:, :, 0]
    prior = (precision * b**2).sum() / 2 + INTERCEPT_PRECISION * (a**2).sum() / 2
    return float((visits.weight * np.log(chosen)).sum() - prior)


def test_gradient_and_curvature_are_the_finite_differences() -> None:
    """At random values, two intervals, three events, columns in time."""
    visits, rng = weighted_visits(), np.random.default_rng(2)
    q = visits.design.matrix.shape[1]
    values, precision = rng.normal(size=C * (K + q)), rng.uniform(1, 9, (q, C))

    def system(at: Floats) -> tuple[Floats, Floats]:
        by_event = at.reshape(C, -1).T
        return newton_system(visits, by_event[:K], by_event[K:], precision)

    gradient, lower = system(values)
    curvature = np.tril(lower) + np.tril(lower, -1).T
    small = 1e-5 * np.eye(len(values))
    slopes = [
        (penalised(visits, values + e, precision) - penalised(visits, values - e, precision)) / 2e-5
        for e in small
    ]
    np.testing.assert_allclose(gradient, slopes, atol=1e-6)
    bends = [(system(values - e)[0] - system(values + e)[0]) / 2e-5 for e in small]
    np.testing.assert_allclose(curvature, bends, atol=1e-6)


def test_certain_events_do_not_overflow() -> None:
    """Predictors of 2,000: the hazards are 0 and 1 and every number is finite."""
    moments = likelihood_moments(
        np.zeros((1, 2)), np.array([[2000.0, -2000.0]]), np.array([[2]]), np.ones((1, 1))
    )
    residual, by_interval, mass = moments
    np.testing.assert_array_equal(residual, [[-1.0, 1.0]])
    np.testing.assert_array_equal(by_interval, residual)
    np.testing.assert_array_equal(mass, np.zeros((3, 1, 1)))
