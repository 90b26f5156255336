"""Integrals of the latent causes against closed forms."""

import numpy as np

from training.simulation.courses.cause_paths import (
    cause_paths,
    cumulative,
    latent_survival,
    middle,
    transplant_plan,
)
from training.simulation.courses.clinical_course import PROFILES, Cause


def test_the_transplant_plan_runs_from_nobody_to_the_planned_share() -> None:
    """Nobody before month 1, all the planned 0.38 / 0.89 of responders by month 10.6."""
    plan = transplant_plan(PROFILES["phase2"], np.array([0.5, 1.5, 10.6]))
    np.testing.assert_allclose(plan, [0.0, 0.5 * 0.38 / 0.89, 0.38 / 0.89])


def test_latent_survival_is_the_weibulls() -> None:
    """Half of the susceptible have had the event at 1 + the median, for every hazard ratio."""
    survival = latent_survival(Cause(0.6, 1.3, 4.0), np.log([1.0, 2.0]), np.array([1.0, 5.0]))
    np.testing.assert_allclose(survival, [[1.0, 0.7], [1.0, 0.49]])


def test_paths_are_integrals_of_exponential_survival() -> None:
    """With rates a, b, c the shares are a / (a + ...) (1 - exp(-(a + ...) t)), to 1e-5."""
    t = np.linspace(0.0, 2.0, 2001)
    a, b, c = 0.5, 0.3, 0.9
    survival, first, second = (np.exp(-rate * t)[None, :] for rate in (a, b, c))
    paths = cause_paths(survival, first, second)
    for path, total in (
        (paths.none, a), (paths.first, a + b), (paths.second, a + c), (paths.both, a + b + c),
    ):  # fmt: skip
        np.testing.assert_allclose(path[0], a / total * -np.expm1(-total * t), atol=1e-5)


def test_running_sums_of_midpoints_are_trapezoids() -> None:
    """The integral of x from 0 to 3 by trapezoids is 4.5."""
    x = np.array([[0.0, 1.0, 3.0]])
    assert cumulative(middle(x) * np.diff(x))[0].tolist() == [0.0, 0.5, 4.5]
