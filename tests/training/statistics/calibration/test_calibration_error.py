"""Smooth calibration against known miscalibration, repeated patients and splines by hand."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from features.arrays import Floats
from training.statistics.bootstrap import bootstrap_copies
from training.statistics.calibration.calibration_error import (
    calibration_error,
    smooth_calibration,
    spline_term,
)
from training.statistics.calibration.logistic import logit, sigmoid


def cohort(n: int, seed: int, shift: float = 0.0, slope: float = 1.0) -> tuple[Floats, Floats]:
    """Risks and labels whose true log-odds are shift + slope x logit risk."""
    rng = np.random.default_rng(seed)
    eta = rng.normal(-1.2, 1.0, n)
    return sigmoid(eta), (rng.random(n) < sigmoid(shift + slope * eta)) * 1.0


def test_right_risks_have_no_error() -> None:
    """40,000 patients with true risks: all three errors under 0.006."""
    risk, y = cohort(40_000, 0)
    error = calibration_error(risk, y, np.ones(len(y)), bootstrap_copies(len(y), 2, 0))
    assert max(error[k]["value"] for k in ("ici", "e50", "e90")) < 0.006


@pytest.mark.parametrize(("shift", "slope"), [(0.7, 1.0), (-0.4, 0.5)])
def test_known_miscalibration_is_measured(shift: float, slope: float) -> None:
    """The errors are those of the true curve, and the curve's band holds it."""
    risk, y = cohort(40_000, 1, shift, slope)
    copies = bootstrap_copies(len(y), 60, 0)
    true = np.abs(sigmoid(shift + slope * logit(risk)) - risk)
    error = calibration_error(risk, y, np.ones(len(y)), copies)
    for name, value in (
        ("ici", true.mean()), ("e50", np.median(true)), ("e90", np.quantile(true, 0.9)),
    ):  # fmt: skip
        assert error[name]["value"] == pytest.approx(value, abs=0.008)
        assert error[name]["low"] - 0.004 < value < error[name]["high"] + 0.004
    curve = smooth_calibration(risk, y, np.ones(len(y)), copies)
    assert not curve["uncertain"]
    for point in curve["points"]:
        observed = sigmoid(np.array([shift + slope * logit(np.array([point["risk"]]))[0]]))[0]
        assert point["observed"] == pytest.approx(observed, abs=0.02)


def test_the_curve_bends_where_the_truth_bends() -> None:
    """True log-odds curved in the logit: the spline is within 0.03, a line is not."""
    rng = np.random.default_rng(2)
    eta = rng.normal(-1, 1, 20_000)
    y = (rng.random(len(eta)) < sigmoid(-2 + 0.5 * (eta + 1) ** 2)) * 1.0
    curve = smooth_calibration(sigmoid(eta), y, np.ones(len(y)), bootstrap_copies(len(y), 4, 0))
    assert curve["terms"] == "spline"
    for point in curve["points"]:
        x = logit(np.array([point["risk"]]))
        assert point["observed"] == pytest.approx(sigmoid(-2 + 0.5 * (x + 1) ** 2)[0], abs=0.05)


def test_a_bootstrap_sample_is_its_patients_repeated() -> None:
    """The drawn curve of counts is that of fitting the repeated rows, on the same knots."""
    risk, y = cohort(300, 3)
    copies = bootstrap_copies(300, 40, 1)
    curve = smooth_calibration(risk, y, np.ones(300), copies)
    draws = []
    for count in copies:
        # The same patients and knots, with the counts as weights of a fit without bootstrap.
        single = smooth_calibration(risk, y, np.maximum(count, 1e-12), copies[:1])
        draws.append([point["observed"] for point in single["points"]])
    low, high = np.percentile(draws, [2.5, 97.5], axis=0)
    np.testing.assert_allclose([p["low"] for p in curve["points"]], low, atol=5e-3)
    np.testing.assert_allclose([p["high"] for p in curve["points"]], high, atol=5e-3)


def test_errors_are_weighted_for_censoring() -> None:
    """Labels lost for nine in ten of the high risks: weights of 10 give the error of all."""
    risk, y = cohort(40_000, 4, shift=0.7)
    is_lost = (risk > 0.3) & (np.random.default_rng(5).random(len(y)) < 0.9)
    weight = np.where(is_lost, 0.0, np.where(risk > 0.3, 10.0, 1.0))
    lost_y = np.where(is_lost, np.nan, y)
    copies = bootstrap_copies(len(y), 2, 0)
    whole = calibration_error(risk, y, np.ones(len(y)), copies)
    weighted = calibration_error(risk, lost_y, weight, copies)
    dropped = calibration_error(risk, lost_y, (weight > 0) * 1.0, copies)
    assert weighted["ici"]["value"] == pytest.approx(whole["ici"]["value"], abs=0.01)
    assert abs(dropped["ici"]["value"] - whole["ici"]["value"]) > 0.012


def test_repeats_are_pooled_and_add_no_patients() -> None:
    """Ten equal repeats of out-of-fold risks give what one gives."""
    risk, y = cohort(200, 6)
    weight = np.random.default_rng(7).uniform(1, 2, 200)
    copies = bootstrap_copies(200, 50, 0)
    once = calibration_error(risk, y, weight, copies)
    tenfold = calibration_error(np.tile(risk, (10, 1)), y, np.tile(weight, (10, 1)), copies)
    for name in ("ici", "e50", "e90"):
        assert tenfold[name] == pytest.approx(once[name], abs=1e-6)


def test_few_events_make_an_uncertain_line_and_under_five_nothing() -> None:
    """30 events: a line, uncertain, with a wide band. Four: the reason."""
    risk, y = cohort(120, 8)
    curve = smooth_calibration(risk, y, np.ones(120), bootstrap_copies(120, 200, 0))
    assert curve["uncertain"]
    assert curve["terms"] == "line"
    assert len(curve["points"]) == 25
    assert all(0 <= p["low"] < p["observed"] < p["high"] <= 1 for p in curve["points"])
    assert max(p["high"] - p["low"] for p in curve["points"]) > 0.2
    y = np.where(np.cumsum(y) > 4, 0.0, y)
    few = smooth_calibration(risk, y, np.ones(120), bootstrap_copies(120, 20, 0))
    assert few["points"] == []
    assert "4 patients with and 116 without" in str(few["reason"])
    assert calibration_error(risk, y, np.ones(120), bootstrap_copies(120, 20, 0))["ici"] == {
        "value": None, "low": None, "high": None,
    }  # fmt: skip


def test_separated_classes_and_constant_risks_have_a_curve() -> None:
    """A perfect score and a prevalence both give finite numbers."""
    y = np.repeat([0.0, 1.0], 60)
    copies = bootstrap_copies(120, 100, 0)
    for risk in (np.linspace(0.01, 0.99, 120), np.full(120, 0.5)):
        error = calibration_error(risk, y, np.ones(120), copies)
        assert all(np.isfinite(error[k]["high"]) for k in ("ici", "e50", "e90"))


def test_the_spline_is_cubic_between_its_knots_and_linear_outside() -> None:
    """A natural cubic spline through its own values at the knots is the term itself."""
    knots = np.array([-2.0, 0.5, 1.5])
    natural = CubicSpline(knots, spline_term(knots, knots), bc_type="natural")
    inside = np.linspace(-2, 1.5, 50)
    np.testing.assert_allclose(spline_term(inside, knots), natural(inside), atol=1e-12)
    outside = np.array([2.0, 3.0, 4.0])
    slopes = np.diff(spline_term(outside, knots))
    np.testing.assert_allclose(slopes, natural(1.5, 1), atol=1e-12)
    assert spline_term(np.array([-3.0]), knots) == 0
