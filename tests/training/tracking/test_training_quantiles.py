"""Stored quantiles against numpy's."""

import json

import numpy as np

from training.tracking.training_quantiles import LEVELS, read_quantiles, training_quantiles


def test_round_trip_through_json() -> None:
    """What is stored comes back as numpy's quantiles of the known values."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    X[:20, 1] = np.nan
    X[:, 2] = np.nan
    text = json.dumps(training_quantiles(["a", "b", "c"], X))
    stored = read_quantiles(json.loads(text))
    assert (stored.names, stored.n) == (("a", "b", "c"), 80)
    np.testing.assert_allclose(stored.quantiles[0], np.quantile(X[:, 0], LEVELS))
    np.testing.assert_allclose(stored.quantiles[1], np.quantile(X[20:, 1], stored.levels))
    assert np.isnan(stored.quantiles[2]).all()
    np.testing.assert_allclose(stored.missing, [0, 0.25, 1])
