"""The permutation test is valid on noise, sees signal, and repeats the whole selection."""

import numpy as np
import pandas as pd
import pytest

from training.evaluation.design import Design
from training.evaluation.permutation import p_value, permutation_test, within_groups


class Pick:
    """Selects the column that goes best with the label: a selection worth repeating."""

    def fit(self, X, y, sample_weight=None, groups=None):
        """Choose by absolute weighted covariance."""
        centred = y - np.average(y, weights=sample_weight)
        covariance = (X.to_numpy() * (centred * sample_weight)[:, None]).sum(axis=0)
        self.best = int(np.argmax(np.abs(covariance)))
        self.sign = np.sign(covariance[self.best])
        return self

    def logit(self, X):
        """The chosen column with its sign."""
        return self.sign * X.to_numpy()[:, self.best]


def a_design(seed: int, effect: float = 0.0, sites: int = 1, n: int = 40) -> Design:
    """Eight columns of noise, the first shifted by `effect` where the label is 1."""
    rng = np.random.default_rng(seed)
    y = (np.arange(n) % 2).astype(float)
    X = rng.normal(size=(n, 8))
    X[:, 0] += effect * y
    site = np.array([f"s{i % sites}" for i in rng.permutation(n)], dtype=object)
    return Design(pd.DataFrame(X), y, np.where(y == 1, 50.0, 200.0), y.astype(int), site, 180)


def make(seed: int) -> Pick:
    """A fresh classifier."""
    return Pick()


def test_noise_is_called_noise() -> None:
    """In 40 null cohorts p is at most 0.1 in about a tenth, although a column was picked."""
    p = [permutation_test(a_design(s), make, 5, permutations=19, seed=s).p for s in range(40)]
    assert 1 <= sum(value <= 0.1 for value in p) <= 10
    assert 0.3 < np.mean(p) < 0.7


def test_signal_is_detected_and_all_permutations_run() -> None:
    """A strong effect: the smallest p that 99 permutations can give."""
    result = permutation_test(a_design(0, effect=2.5), make, 5, permutations=99, seed=0)
    assert result.p == pytest.approx(0.01)
    assert (result.permutations, result.exceedances, result.stopped_early) == (99, 0, False)


def test_it_stops_after_ten_exceedances() -> None:
    """Noise is given up early, with p = 10 over the permutations drawn."""
    result = permutation_test(a_design(3), make, 5, permutations=500, seed=0)
    assert result.stopped_early
    assert result.exceedances == 10
    assert result.p == 10 / result.permutations
    assert p_value(500, 10, stopped_early=False) == 11 / 501


def test_labels_and_weights_move_together_within_sites() -> None:
    """An order never leaves its site, and applies to label and weight alike."""
    site = np.array(["a"] * 5 + ["b"] * 7, dtype=object)
    for seed in range(20):
        order = within_groups(site, np.random.default_rng(seed))
        assert sorted(order.tolist()) == list(range(12))
        np.testing.assert_array_equal(site[order], site)


def test_a_site_that_equals_the_label_gives_no_gain() -> None:
    """A feature that knows the site looks perfect; compared within sites it is undefined."""
    design = a_design(0)
    site = np.where(design.y == 1, "a", "b").astype(object)
    X = design.X.assign(**{"0": design.y * 10})
    trap = Design(X, design.y, design.time, design.code, site, 180)
    result = permutation_test(trap, make, 5, permutations=39, seed=0)
    assert result.p is None
    assert result.statistic is None
