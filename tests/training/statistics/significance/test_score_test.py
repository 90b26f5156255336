"""Score test: against brute force, a logistic likelihood's slope, and cohorts without signal."""

from itertools import permutations, product

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import kstest

from features.arrays import Floats, Ints
from training.statistics.significance.proportions import clopper_pearson
from training.statistics.significance.score_test import (
    ScoreTest,
    score_residuals,
    score_test,
    set_statistic,
)

SETS = [[0], [0, 1], [0, 1, 2, 3]]


def patients(
    seed: int, n: int, events: float = 0.3, effect: float = 0.0
) -> tuple[Floats, Floats, Floats, Ints]:
    """Features (n, 4), the first with an effect; labels at 3 horizons, a fifth censored; sites."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4))
    x[:, 1] += 0.7 * x[:, 0]
    rank = np.argsort(np.argsort(effect * x[:, 0] + rng.logistic(size=n)))
    has_event = rank >= n - round(events * n)
    y = (has_event[:, None] & (rng.random((n, 1)) < [0.5, 0.8, 1.0])).astype(float)
    weight = np.ones((n, 3)) + rng.integers(0, 3, (n, 1)) / 4
    weight[rng.random(n) < 0.2, 1:] = 0.0
    return x, y, weight, rng.integers(0, 3, n).astype(np.int64)


def naive_scores(x: Floats, site: Ints, r: Floats) -> tuple[list[Floats], Floats]:
    """Scores (q,) of every different permutation within sites, the observed first; their V."""
    by_site, v = [], np.zeros((x.shape[1], x.shape[1]))
    for s in sorted(set(site.tolist())):
        inside = np.flatnonzero(site == s)
        orders = list(permutations(r[inside].tolist()))
        scores = [sum(x[i] * value for i, value in zip(inside, o, strict=True)) for o in orders]
        v += np.cov(np.array(scores).T, ddof=0)
        by_site.append(dict(zip(orders, scores, strict=True)))
    return [sum(parts) for parts in product(*(list(d.values()) for d in by_site))], v


def naive_test(x: Floats, site: Ints, r: Floats) -> tuple[float, list[float]]:
    """p of the test and of each set of SETS, by complete enumeration."""
    scores, v = naive_scores(x, site, r)
    shares = []
    for columns in SETS:
        sd = np.sqrt(np.diag(v)[columns])
        inner = np.linalg.inv(v[np.ix_(columns, columns)] / np.outer(sd, sd) + np.eye(len(sd)))
        statistic = [float((u[columns] / sd) @ inner @ (u[columns] / sd)) for u in scores]
        shares.append(reached(statistic))
    tangents = [np.tan((0.5 - np.array(p) + 0.5 / len(p)) * np.pi) for p in shares]
    return reached(np.sum(tangents, axis=0).tolist())[0], [p[0] for p in shares]


def reached(statistic: list[float]) -> list[float]:
    """Share of the statistics that are as large as each."""
    return [
        sum(other >= value - 1e-9 * abs(value) for other in statistic) / len(statistic)
        for value in statistic
    ]


def run(data: tuple[Floats, Floats, Floats, Ints], **options: int) -> ScoreTest:
    """The test of SETS."""
    x, y, weight, site = data
    return score_test(x, y, weight, site=site, sets=SETS, **options)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_it_is_complete_enumeration_on_few_patients(seed: int) -> None:
    """p of the test and of every set are those of all permutations written out."""
    x, y, weight, _ = patients(seed, 8, 0.4)
    site = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    r = score_residuals(y, weight, site)
    result = run((x, y, weight, site), permutations=5000)
    p, set_p = naive_test(x, site, r)
    assert result.is_exact
    assert result.set_p == pytest.approx(set_p)
    assert result.p == pytest.approx(p)


def test_random_permutations_come_near_all_of_them() -> None:
    """1,999 draws differ from complete enumeration by no more than chance."""
    x, y, weight, _ = patients(5, 12, 0.5)
    weight[:] = 1.0
    data = (x, y, weight, np.zeros(12, np.int64))
    exact, drawn = run(data, permutations=10**5), run(data)
    assert exact.is_exact and not drawn.is_exact
    assert drawn.permutations == 1999
    assert abs(drawn.p - exact.p) < 4 * np.sqrt(exact.p * (1 - exact.p) / 1999)


def test_the_score_is_the_slope_of_a_logistic_likelihood() -> None:
    """x'r is the derivative of the weighted log-likelihood at no effect, horizons added up."""
    x, y, weight, site = patients(6, 60)

    def log_likelihood(effect: Floats) -> float:
        total = 0.0
        for k in range(3):
            w = weight[:, k]
            mean = np.array([np.average(y[site == s, k], weights=w[site == s]) for s in site])
            eta = np.log(mean / (1 - mean)) + x @ effect
            total += float(np.sum(w * (y[:, k] * eta - np.log1p(np.exp(eta)))))
        return total

    slope = approx_fprime(np.zeros(4), log_likelihood, 1e-6)
    assert x.T @ score_residuals(y, weight, site) == pytest.approx(slope, abs=1e-3)


def test_p_is_uniform_without_signal() -> None:
    """400 cohorts of 45 with censoring, three horizons, sites: uniform p, 5 % at 0.05."""
    p = np.array([run(patients(100 + seed, 45), permutations=199).p for seed in range(400)])
    assert kstest(p, "uniform").pvalue > 0.01
    low, high = clopper_pearson(int(np.sum(p <= 0.05)), 400, 0.99)
    assert low <= 0.05 <= high


def test_sites_that_differ_are_no_signal() -> None:
    """Features and risks that differ by site alone: found without sites, at the level with them."""
    within, across = [], []
    for seed in range(150):
        x, y, weight, site = patients(600 + seed, 60, 0.3)
        rng = np.random.default_rng(seed)
        has_event = rng.random(60) < np.array([0.1, 0.3, 0.6])[site]
        y = np.repeat(has_event[:, None], 3, axis=1).astype(np.float64)
        x = x + 2 * site[:, None]
        within.append(run((x, y, weight, site), permutations=199).p)
        across.append(run((x, y, weight, np.zeros_like(site)), permutations=199).p)
    assert np.mean(np.array(across) <= 0.05) > 0.7
    assert clopper_pearson(int(np.sum(np.array(within) <= 0.05)), 150, 0.99)[0] <= 0.05


def test_the_order_of_patients_and_the_names_of_sites_change_nothing() -> None:
    """The random numbers come from the data: shuffled and renamed, the same verdict."""
    x, y, weight, site = patients(7, 80, 0.3, 0.4)
    original = run((x, y, weight, site))
    order = np.random.default_rng(8).permutation(80)
    renamed = np.array([9, 4, 6])[site]
    assert run((x[order], y[order], weight[order], renamed[order])) == original
    assert not original.is_exact


def test_units_signs_and_the_level_of_a_site_change_nothing() -> None:
    """Two-sided and free of scale: p is the same to the last arrangement."""
    x, y, weight, _ = patients(9, 14, 0.3, 1.0)
    weight[:] = 1.0
    site = np.repeat([0, 1], 7)
    original = run((x, y, weight, site), permutations=10**5)
    changed = x * np.array([-1.0, 100.0, 0.01, -3.0]) + 5.0 * site[:, None]
    other = run((changed, y, weight, site), permutations=10**5)
    assert original.is_exact
    assert other.set_p[0] == pytest.approx(original.set_p[0])
    assert other.set_p[1] == pytest.approx(original.set_p[1])
    assert other.p == pytest.approx(original.p)


def test_unknown_labels_have_no_say() -> None:
    """What stands where the weight is 0, NaN included, changes nothing."""
    x, y, weight, site = patients(10, 50)
    unknown = weight == 0
    assert unknown.any()
    assert run((x, np.where(unknown, np.nan, y), weight, site)) == run((x, y, weight, site))


def test_a_stronger_signal_has_a_smaller_p() -> None:
    """Medians of 25 cohorts fall with the effect, down to the smallest p."""
    medians = [
        np.median([run(patients(s, 100, 0.3, effect), permutations=499).p for s in range(25)])
        for effect in (0.0, 0.5, 1.0, 3.0)
    ]
    assert medians == sorted(medians, reverse=True)
    assert medians[0] > 0.2
    assert medians[-1] == 1 / 500


def test_five_events_are_enough_for_a_clear_signal() -> None:
    """5 events of 60 with a feature 3 SD higher are found; without it the level is 5 %."""
    p: dict[float, list[float]] = {0.0: [], 3.0: []}
    for seed in range(200):
        x, _, _, _ = patients(1000 + seed, 60)
        y = np.repeat((np.arange(60) < 5)[:, None], 3, axis=1).astype(np.float64)
        for shift, values in p.items():
            moved = x + shift * y[:, :1] * np.array([1.0, 0.0, 0.0, 0.0])
            values.append(run((moved, y, np.ones_like(y), np.arange(60) % 2), permutations=199).p)
    low, high = clopper_pearson(int(np.sum(np.array(p[0.0]) <= 0.05)), 200, 0.99)
    assert low <= 0.05 <= high
    assert np.mean(np.array(p[3.0]) <= 0.05) > 0.95


def test_what_cannot_be_compared_gives_no_evidence() -> None:
    """One patient a site, or no event: one arrangement, p 1, and no smaller one possible."""
    x, y, weight, _ = patients(11, 20)
    alone = run((x, y, weight, np.arange(20)))
    without = run((x, np.zeros_like(y), weight, np.zeros(20, np.int64)))
    for result in (alone, without):
        assert (result.p, result.smallest_p, result.arrangements) == (1.0, 1.0, 1)


def test_declaring_a_set_three_times_is_declaring_it_once() -> None:
    """Sets that are alike cost nothing: p is that of the set."""
    x, y, weight, site = patients(12, 80, 0.3, 0.5)
    result = score_test(x, y, weight, site=site, sets=[[0, 1]] * 3)
    assert result.p == pytest.approx(result.set_p[0])


def test_the_ridge_lies_between_two_known_statistics() -> None:
    """Without it U'V^-1U; a large one orders as the sum of squared standardised scores."""
    rng = np.random.default_rng(13)
    root = rng.normal(size=(3, 3))
    v, u = root @ root.T, rng.normal(size=(50, 3)) @ root.T
    quadratic = [float(row @ np.linalg.inv(v) @ row) for row in u]
    assert set_statistic(u, v, [0, 1, 2], 0.0) == pytest.approx(quadratic)
    squares = (u**2 / np.diag(v)).sum(axis=1)
    assert 1e6 * set_statistic(u, v, [0, 1, 2], 1e6) == pytest.approx(squares, rel=1e-5)


def test_a_constant_feature_adds_nothing() -> None:
    """A column without spread inside sites leaves the statistic as it is without it."""
    x, y, weight, site = patients(14, 70, 0.3, 0.5)
    constant = x.copy()
    constant[:, 3] = site
    other = score_test(constant, y, weight, site=site, sets=[[0, 1], [0, 1, 3]])
    assert other.set_p[0] == other.set_p[1]
