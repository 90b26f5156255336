"""Net benefit against the reference implementation dcurves."""

import warnings

import numpy as np
import pandas as pd

from training.statistics.accuracy.decision_curve import (
    decision_curve,
    net_benefit,
    net_benefit_intervals,
)
from training.statistics.bootstrap import bootstrap_copies


def test_equals_dcurves() -> None:
    """Model, treat all and treat none at every threshold, weights 1."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of packages that dcurves imports
        from dcurves import dca
    rng = np.random.default_rng(0)
    risk = rng.random(150)
    y = (rng.random(150) < risk).astype(float)
    thresholds = (0.1, 0.2, 0.35, 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas deprecations inside dcurves
        table = dca(
            data=pd.DataFrame({"y": y, "risk": risk}), outcome="y", modelnames=["risk"],
            thresholds=list(thresholds),
        )  # fmt: skip
    ours = decision_curve({"risk": risk}, y, np.ones(150), thresholds)
    for row in ours:
        for name, theirs in (("risk", "risk"), ("treat_all", "all"), ("treat_none", "none")):
            at = table[
                (table["model"] == theirs) & np.isclose(table["threshold"], row["threshold"])
            ]
            np.testing.assert_allclose(row[name], at["net_benefit"].iloc[0], atol=1e-12)


def test_weights_count_patients_more_than_once() -> None:
    """Weight 2 is the same as the patient twice; unknown labels do not count."""
    risk, y = np.array([0.9, 0.4, 0.6]), np.array([1.0, 0.0, np.nan])
    doubled = net_benefit(np.array([0.9, 0.9, 0.4]), np.array([1.0, 1.0, 0.0]), np.ones(3), 0.3)
    assert net_benefit(risk, y, np.array([2.0, 1.0, 5.0]), 0.3) == doubled


def test_nobody_known_is_undefined() -> None:
    """Without labels there is no net benefit."""
    assert np.isnan(net_benefit(np.ones(2), np.full(2, np.nan), np.ones(2), 0.5))


def test_intervals_are_those_of_repeated_patients() -> None:
    """Each bootstrap sample by indexing; gain against the better of all and none in each."""
    rng = np.random.default_rng(1)
    n, thresholds = 80, (0.1, 0.3)
    risk = rng.random(n)
    y = np.where(rng.random(n) < 0.1, np.nan, (rng.random(n) < risk) * 1.0)
    weight = rng.uniform(1, 2, n)
    copies = bootstrap_copies(n, 60, 0)
    for row in net_benefit_intervals(risk, y, weight, copies, thresholds):
        model, every, gain = [], [], []
        for count in copies.astype(int):
            i = np.repeat(np.arange(n), count)
            model.append(net_benefit(risk[i], y[i], weight[i], row["threshold"]))
            every.append(net_benefit(np.ones(n), y[i], weight[i], row["threshold"]))
            gain.append(model[-1] - max(every[-1], 0.0))
        for name, draws in (("model", model), ("treat_all", every), ("gain", gain)):
            ends = [row[name]["low"], row[name]["high"]]
            np.testing.assert_allclose(ends, np.percentile(draws, [2.5, 97.5]), atol=1e-12)
        expected = net_benefit(risk, y, weight, row["threshold"])
        np.testing.assert_allclose(row["model"]["value"], expected, atol=1e-12)


def test_repeats_are_pooled() -> None:
    """Two repeats of different risks give their mean, and treating all does not depend on them."""
    rng = np.random.default_rng(2)
    risk, y, weight = rng.random((2, 50)), (rng.random(50) < 0.4) * 1.0, np.ones((2, 50))
    copies = bootstrap_copies(50, 20, 0)
    (row,) = net_benefit_intervals(risk, y, weight, copies, (0.25,))
    mean = np.mean([net_benefit(r, y, weight[0], 0.25) for r in risk])
    np.testing.assert_allclose(row["model"]["value"], mean)
    (one,) = net_benefit_intervals(risk[0], y, weight[0], copies, (0.25,))
    assert row["treat_all"] == one["treat_all"]


def test_noise_gains_nothing_and_a_useful_risk_does() -> None:
    """At the prevalence all and none are equal: a true risk is above both, noise is not."""
    rng = np.random.default_rng(3)
    risk = rng.beta(1, 2, 3000)
    y = (rng.random(3000) < risk) * 1.0
    copies = bootstrap_copies(3000, 200, 0)
    for score, useful in ((risk, True), (rng.permutation(risk), False)):
        (row,) = net_benefit_intervals(score, y, np.ones(3000), copies, (0.33,))
        assert (row["gain"]["low"] > 0) == useful


def test_without_labels_nothing_is_defined() -> None:
    """No value and no interval."""
    (row,) = net_benefit_intervals(
        np.ones(3), np.full(3, np.nan), np.ones(3), np.ones((5, 3)), (0.2,)
    )
    assert row["model"] == row["gain"] == {"value": None, "low": None, "high": None}
