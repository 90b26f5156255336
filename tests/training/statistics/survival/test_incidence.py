"""Aalen-Johansen against lifelines and by hand; its interval against the textbook's."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter

from training.statistics.survival.incidence import cumulative_incidence, loglog_interval


def test_equals_lifelines() -> None:
    """Estimate and variance at every event time, for each cause, without ties.

    lifelines jitters ties at random, so times here are distinct.
    """
    rng = np.random.default_rng(0)
    time, code = rng.permutation(np.arange(1.0, 81.0)), rng.integers(0, 4, 80)
    for cause in (1, 2, 3):
        fitter = AalenJohansenFitter(calculate_variance=True).fit(time, code, cause)
        ours = cumulative_incidence(time, code, cause)
        expected = fitter.cumulative_density_.iloc[1:, 0]
        at = [ours.at(t) for t in expected.index]
        np.testing.assert_allclose([p for p, _ in at], expected, atol=1e-12)
        variance = fitter.variance_.iloc[1:-1].to_numpy()  # NaN there once nobody is at risk
        np.testing.assert_allclose([s**2 for _, s in at[:-1]], variance, atol=1e-10)


def test_causes_and_survival_add_up_to_one() -> None:
    """With ties: the causes' incidences and the event-free share make 1 at any time."""
    rng = np.random.default_rng(1)
    time, code = rng.integers(1, 30, 200).astype(float), rng.integers(0, 3, 200)
    free = np.prod([1 - np.sum((time == t) & (code > 0)) / np.sum(time >= t)
                    for t in np.unique(time[time <= 20])])  # fmt: skip
    total = sum(cumulative_incidence(time, code, c).at(20)[0] for c in (1, 2))
    np.testing.assert_allclose(total + free, 1.0)


def test_without_censoring_it_is_the_share() -> None:
    """Everyone followed: events so far over patients, with the binomial variance."""
    time, code = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 2, 1, 2])
    curve = cumulative_incidence(time, code, 1)
    assert curve.at(3.5)[0] == 0.5
    assert curve.at(0.5) == (0.0, 0.0)
    np.testing.assert_allclose(curve.at(3.5)[1] ** 2, 0.5 * 0.5 / 4)


def test_registry_of_transplants(ebmt: Path) -> None:
    """8,966 transplants: causes add up, and lifelines agrees on fatal infection at 5 years."""
    frame = pd.read_csv(ebmt)
    codes = {"Alive": 0, "Relapse": 1, "Bacterial": 2, "Viral": 2, "Fungal": 2}
    code = frame["cod"].map(codes).fillna(3).astype(int).to_numpy()
    time = frame["time"].to_numpy(float)
    assert len(frame) == 8966
    assert int((code == 1).sum()) == 1098
    assert int((code == 2).sum()) == 151 + 147 + 156
    ours = cumulative_incidence(time, code, 2).at(60)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifelines says that it jitters the registry's ties
        fitter = AalenJohansenFitter(calculate_variance=False, seed=0).fit(time, code, 2)
    theirs = float(fitter.cumulative_density_.loc[:60].iloc[-1, 0])
    np.testing.assert_allclose(ours, theirs, rtol=1e-3)


def test_interval_stays_within_bounds() -> None:
    """Whatever the error, the interval holds its value and stays between 0 and 1."""
    p, se = np.meshgrid(np.linspace(0, 1, 21), [0.0, 0.01, 0.3])
    low, high = loglog_interval(p.ravel(), se.ravel())
    assert ((low >= 0) & (low <= p.ravel()) & (p.ravel() <= high) & (high <= 1)).all()


def test_interval_is_symmetric_in_log_minus_log() -> None:
    """On the scale of log(-log F) both ends are 1.96 standard errors away (delta method)."""
    low, high = loglog_interval(np.array([0.3]), np.array([0.05]))
    middle, se = np.log(-np.log(0.3)), 0.05 / (0.3 * abs(np.log(0.3)))
    ends = np.log(-np.log([low[0], high[0]]))
    assert ends == pytest.approx([middle + 1.96 * se, middle - 1.96 * se])
