"""Ridge logistic regression of bootstrap samples against a general optimiser."""

import numpy as np
from scipy.optimize import minimize

from training.statistics.calibration.bootstrap_logistic import fit_samples, predict_samples
from training.statistics.calibration.logistic import fit_logistic

MEAN, PRECISION = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.25, 4.0])


def naive_fit(X, y, weight):
    """The penalised likelihood, maximised without derivatives of ours."""

    def loss(beta):
        eta = X @ beta
        fit = np.sum(weight * (y * eta - np.log1p(np.exp(eta))))
        return -fit + np.sum(PRECISION * (beta - MEAN) ** 2) / 2

    return minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-8}).x


def test_every_sample_is_its_own_fit() -> None:
    """All samples at once equal one after the other by scipy."""
    rng = np.random.default_rng(0)
    X = np.column_stack([np.ones(60), rng.normal(size=(60, 2))])
    y = (rng.random(60) < 0.3) * 1.0
    weight = rng.multinomial(60, np.full(60, 1 / 60), size=8) * rng.uniform(1, 2, 60)
    beta = fit_samples(X, y, weight, prior_mean=MEAN, precision=PRECISION)
    for row, w in zip(beta, weight, strict=True):
        np.testing.assert_allclose(row, naive_fit(X, y, w), atol=1e-4)


def test_with_hardly_any_prior_it_is_maximum_likelihood() -> None:
    """A precision of 1e-9 gives the unpenalised fit."""
    rng = np.random.default_rng(1)
    X = np.column_stack([np.ones(200), rng.normal(size=200)])
    y = (rng.random(200) < 0.4) * 1.0
    beta = fit_samples(X, y, np.ones((1, 200)), prior_mean=np.zeros(2),
                       precision=np.array([0.0, 1e-9]))  # fmt: skip
    np.testing.assert_allclose(beta[0], fit_logistic(X, y, np.ones(200)), atol=1e-6)


def test_separated_classes_have_a_fit_and_one_class_has_none() -> None:
    """The prior holds the slope; without an event there is nothing to fit, and no warning."""
    X = np.column_stack([np.ones(8), np.arange(8.0) - 3.5, np.zeros(8)])
    y = (np.arange(8) >= 4) * 1.0
    weight = np.stack([np.ones(8), 1 - y])
    beta = fit_samples(X, y, weight, prior_mean=MEAN, precision=PRECISION)
    assert 1 < beta[0, 1] < 10
    np.testing.assert_allclose(beta[0], naive_fit(X, y, weight[0]), atol=1e-4)
    assert np.isnan(beta[1]).all()


def test_probabilities_of_each_sample() -> None:
    """One row a sample, by the logistic function, far ends included."""
    p = predict_samples(np.array([[1.0, 0.0], [1.0, 900.0]]), np.array([[0.0, 1.0], [-1.0, -1.0]]))
    np.testing.assert_allclose(p, [[0.5, 1.0], [1 / (1 + np.e), 0.0]], atol=1e-12)
