"""Net benefit against the reference implementation dcurves."""

import warnings

import numpy as np
import pandas as pd

from training.statistics.decision_curve import decision_curve, net_benefit


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
