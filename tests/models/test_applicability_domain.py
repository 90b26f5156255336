"""In or out of the training population."""

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf

from models.applicability_domain import (
    ABSTAIN_RATIO,
    distance,
    has_few_measurements,
    learn_domain,
    out_of_range,
    outside_population,
    reason_to_abstain,
    shrunken_covariance,
)


@pytest.mark.parametrize(("n", "p"), [(200, 5), (30, 12), (8, 20)])
def test_covariance_is_ledoit_and_wolf_s(n: int, p: int) -> None:
    """The shrunken covariance equals scikit-learn's, also with fewer patients than features."""
    z = np.random.default_rng(n).normal(size=(n, p)) @ np.random.default_rng(p).normal(size=(p, p))
    z -= z.mean(axis=0)
    np.testing.assert_allclose(
        shrunken_covariance(z), ledoit_wolf(z, assume_centered=True)[0], rtol=1e-9, atol=1e-12
    )


def test_a_row_of_weight_two_counts_as_two() -> None:
    """The weighted covariance is that of the repeated rows; weight 0 leaves a row out."""
    rng = np.random.default_rng(1)
    z, times = rng.normal(size=(40, 6)), rng.integers(0, 4, 40)
    repeated = np.repeat(z, times, axis=0)
    np.testing.assert_allclose(
        shrunken_covariance(z, times.astype(float)), shrunken_covariance(repeated), rtol=1e-10,
        atol=1e-12,
    )  # fmt: skip
    np.testing.assert_allclose(
        shrunken_covariance(z, times.astype(float)),
        ledoit_wolf(repeated, assume_centered=True)[0], rtol=1e-9, atol=1e-12,
    )  # fmt: skip


def correlated(n: int, seed: int) -> np.ndarray:
    """Two features that go together, one on its own, one constant."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=n)
    second = first + 0.1 * rng.normal(size=n)
    return np.stack([first, second, 50 + 10 * rng.normal(size=n), np.full(n, 3.0)], axis=1)


def test_new_patients_of_the_population_are_rarely_flagged() -> None:
    """About one in a hundred patients like those in training is flagged, none abstained from."""
    domain = learn_domain(correlated(300, 0))
    new = correlated(2000, 1)
    far = np.array([distance(domain, x) for x in new])
    assert 0.001 < np.mean(far > domain.limit) < 0.03
    assert all(reason_to_abstain(domain, x, d) is None for x, d in zip(new, far, strict=True))
    assert 0.5 < np.median(far) < 1.1


def test_unusual_combination_is_flagged() -> None:
    """Two values, each usual, that never come together lie outside; ranges do not see it."""
    domain = learn_domain(correlated(300, 0))
    x = np.array([1.5, -1.5, 50.0, 3.0])
    assert len(out_of_range(domain, x)) == 0
    assert distance(domain, x) > domain.limit


def test_far_away_the_model_abstains() -> None:
    """A patient far outside gets a sentence that names the rule and no value of theirs."""
    domain = learn_domain(correlated(300, 0))
    x = np.array([40.0, -40.0, 777.0, 3.0])
    sentence = reason_to_abstain(domain, x, distance(domain, x))
    assert sentence is not None
    assert f"over {ABSTAIN_RATIO:g} times as far" in sentence
    assert "777" not in sentence


def test_missing_features_shorten_nothing() -> None:
    """The distance is over the measured features: that of a smaller model on them alone."""
    X = correlated(300, 0)
    domain, smaller = learn_domain(X), learn_domain(X[:, :2])
    x = np.array([0.5, 0.9, np.nan, np.nan])
    assert distance(domain, x) == pytest.approx(distance(smaller, x[:2]), rel=0.05)
    assert distance(domain, np.full(4, np.nan)) == 0.0


def test_three_usual_features_are_enough_and_few_are_flagged() -> None:
    """Of 30 features two give no risk, three a flagged one, ten a plain one."""
    X = np.random.default_rng(7).normal(size=(80, 30))
    domain = learn_domain(X)
    for measured, is_answered, is_few in ((2, False, True), (3, True, True), (10, True, False)):
        x = np.where(np.arange(30) < measured, 0.1, np.nan)
        assert (reason_to_abstain(domain, x, 0.0) is None) is is_answered
        assert has_few_measurements(domain, x) is is_few
    assert "needs 3 of the 30 features" in str(reason_to_abstain(domain, np.full(30, np.nan), 0.0))


def test_too_little_measured_the_model_abstains() -> None:
    """A model of three features needs one of them; rare ones do not count."""
    X = correlated(100, 0)
    X[:90, 3] = np.nan
    domain = learn_domain(X)
    none, one = np.array([np.nan, np.nan, np.nan, 3.0]), np.array([0.1, np.nan, np.nan, np.nan])
    assert "needs 1 of the 3 features" in str(reason_to_abstain(domain, none, 0.0))
    assert reason_to_abstain(domain, one, 0.0) is None


def test_ranges() -> None:
    """Values beyond training's minimum or maximum are named, missing ones are not."""
    X = np.array([[1.0, 0.0], [2.0, np.nan], [3.0, np.nan], [4.0, np.nan]])
    domain = learn_domain(X)
    assert out_of_range(domain, np.array([4.0, 0.0])).tolist() == []
    assert out_of_range(domain, np.array([0.99, 0.1])).tolist() == [0, 1]
    assert out_of_range(domain, np.array([np.nan, np.nan])).tolist() == []
    assert domain.usual_low[0] == pytest.approx(1.15)


def test_many_values_out_of_range_are_outside() -> None:
    """Beyond the range in over a tenth of the measured features is outside, however near."""
    X = np.random.default_rng(5).normal(size=(50, 30))
    domain = learn_domain(X)
    x = np.zeros(30)
    for count, outside in ((0, False), (3, False), (4, True)):
        x[:count] = domain.high[:count] + 1e-6
        assert outside_population(domain, x, 0.0) is outside
    assert outside_population(domain, np.zeros(30), domain.limit * 1.01)


def test_feature_nobody_had_is_out_of_range() -> None:
    """A value of a feature without any training value is outside, and no distance is made of it."""
    X = correlated(60, 3)
    X[:, 0] = np.nan
    domain = learn_domain(X)
    x = np.array([0.0, 0.0, 50.0, 3.0])
    assert out_of_range(domain, x).tolist() == [0]
    assert np.isfinite(distance(domain, x))


@pytest.mark.parametrize("n", [2, 7])
def test_tiny_cohorts_have_a_domain(n: int) -> None:
    """Two or seven patients give finite distances and limits."""
    domain = learn_domain(correlated(n, 4))
    assert np.isfinite(domain.limit)
    assert np.isfinite(distance(domain, np.array([1.0, 1.0, 60.0, 3.0])))


@pytest.mark.parametrize("seed", range(5))
def test_distance_is_the_formula(seed: int) -> None:
    """sqrt(z' C^-1 z / k) over the measured features, written out with NumPy's inverse."""
    rng = np.random.default_rng(seed)
    domain = learn_domain(rng.normal(size=(40, 12)) @ rng.normal(size=(12, 12)))
    x = np.where(rng.random(12) < 0.3, np.nan, rng.normal(size=12) * 3)
    seen = np.flatnonzero(~np.isnan(x))
    z = ((x - domain.centre) / domain.scale)[seen]
    inverse = np.linalg.inv(domain.correlation[np.ix_(seen, seen)])
    assert distance(domain, x) == pytest.approx(np.sqrt(z @ inverse @ z / len(seen)), rel=1e-12)
