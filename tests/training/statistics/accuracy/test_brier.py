"""The Brier score against scikit-learn and against complete follow-up."""

import numpy as np
from sklearn.metrics import brier_score_loss

from training.statistics.accuracy.brier import bootstrap_mean, brier, skill, squared_loss
from training.statistics.survival.censoring import censoring_weights


def test_equals_scikit_learn() -> None:
    """With weights, all labels known."""
    rng = np.random.default_rng(0)
    risk, y, weight = rng.random(50), rng.integers(0, 2, 50) * 1.0, rng.uniform(1, 3, 50)
    expected = brier_score_loss(y, risk, sample_weight=weight)
    np.testing.assert_allclose(brier(risk, y, weight), expected)


def test_weights_represent_those_lost() -> None:
    """With a third of patients lost at random, the weighted score is that of complete follow-up."""
    rng = np.random.default_rng(1)
    n = 20_000
    risk = rng.uniform(0.02, 0.4, n)
    event, censored = rng.exponential(-100 / np.log(1 - risk)), rng.exponential(80, n)
    full = np.mean(((event <= 100) - risk) ** 2)
    time, code = np.minimum(event, censored), np.where(event <= censored, 1, 0)
    y = np.where(time > 100, 0.0, np.where(code == 1, 1.0, np.nan))
    weighted = brier(risk, y, censoring_weights(time, code, 100))
    assert abs(weighted - full) < 0.005
    assert abs(brier(risk, y, np.ones(n)) - full) > 0.02


def test_bootstrap_equals_repeating_the_patients() -> None:
    """Counts of copies give the mean of the patients so repeated."""
    rng = np.random.default_rng(2)
    risk, y = rng.random((2, 9)), np.array([0, 1, np.nan, 1, 0, 0, 1, np.nan, 0.0])
    weight = rng.uniform(1, 2, (2, 9))
    index = rng.integers(0, 9, 9)
    loss, total_weight = squared_loss(risk, y, weight)
    copies = np.bincount(index, minlength=9)[None].astype(float)
    expected = brier(risk[:, index].ravel(), np.tile(y[index], 2), weight[:, index].ravel())
    np.testing.assert_allclose(bootstrap_mean(loss, total_weight, copies)[0], expected)


def test_without_labels_it_is_undefined() -> None:
    """Without a known label the score is undefined; skill over a perfect reference too."""
    assert np.isnan(brier(np.array([0.5]), np.array([np.nan]), np.ones(1)))
    assert np.isnan(skill(0.1, 0.0))
