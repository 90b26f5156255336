"""Small logistic regressions against scikit-learn."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from training.statistics.calibration.logistic import fit_logistic, logit, sigmoid


def test_coefficients_equal_scikit_learn() -> None:
    """Weighted, unpenalised, two predictors."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    y = (rng.random(200) < sigmoid(x[:, 0] - 0.5)).astype(float)
    weight = rng.uniform(0.5, 3, 200)
    ours = fit_logistic(np.column_stack([np.ones(200), x]), y, weight)
    theirs = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000).fit(x, y, weight)
    np.testing.assert_allclose(ours, [theirs.intercept_[0], *theirs.coef_[0]], atol=1e-5)


def test_an_offset_is_part_of_the_log_odds() -> None:
    """Log-odds minus the offset: shifting the offset shifts the intercept back."""
    y, weight = np.array([0.0, 1.0, 1.0, 0.0, 1.0]), np.ones(5)
    X = np.ones((5, 1))
    plain, shifted = fit_logistic(X, y, weight), fit_logistic(X, y, weight, np.full(5, 2.0))
    np.testing.assert_allclose(plain, logit(np.array([0.6])), atol=1e-8)
    np.testing.assert_allclose(shifted, plain - 2.0, atol=1e-8)


def test_undefined_coefficients_are_none() -> None:
    """One class, a constant column, perfect separation, no patient."""
    ones, y = np.ones(6), np.array([0.0, 0, 0, 1, 1, 1])
    line = np.column_stack([ones, np.arange(6.0)])
    assert fit_logistic(line, np.zeros(6), ones) is None
    assert fit_logistic(np.column_stack([ones, ones]), y, ones) is None
    assert fit_logistic(line, y, ones) is None
    assert fit_logistic(line, y, np.zeros(6)) is None


def test_unknown_labels_are_left_out() -> None:
    """A NaN label changes nothing."""
    rng = np.random.default_rng(1)
    X = np.column_stack([np.ones(40), rng.normal(size=40)])
    y = rng.integers(0, 2, 40).astype(float)
    weight = np.ones(40)
    more = fit_logistic(np.vstack([X, [1, 50]]), np.append(y, np.nan), np.append(weight, 1))
    np.testing.assert_allclose(more, fit_logistic(X, y, weight))
