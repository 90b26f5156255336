"""What is shown of a cohort: right numbers, and nobody to be read off."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from lifelines import AalenJohansenFitter
from scipy.stats import binomtest

from models.endpoints import ENDPOINTS
from tests.training.evaluation.at_risk_by_hand import at_risk_of
from tests.training.one_fit import QUICK, fit_one
from training.cohort.labels import EndpointLabels, labels
from training.evaluation.disclosure import LEAST, incidence, wilson
from training.evaluation.fit_cohort import FittedEndpoint


def followed(time: np.ndarray, code: np.ndarray) -> EndpointLabels:
    """Labels of relapse in 180 days of patients with these times and events."""
    return EndpointLabels(
        at_risk_of(time, code), ENDPOINTS["relapse"], 180, labels(time, code, 1, 180)
    )


@pytest.fixture(scope="module")
def fitted(cohort: Callable) -> FittedEndpoint:
    """Relapse in 90 patients: under 100 events."""
    return fit_one(cohort(90, seed=1, beta=1.2))


def test_wilson_equals_scipy() -> None:
    """Also for no event and for nothing but events."""
    for events, n in ((0, 9), (3, 20), (50, 100), (7, 7)):
        expected = binomtest(events, n).proportion_ci(method="wilson")
        np.testing.assert_allclose(wilson(events / n, n), expected, atol=1e-7)


def test_thirds_equal_lifelines() -> None:
    """Share and interval of each third at each shown day, from distinct times."""
    rng = np.random.default_rng(2)
    time, code = rng.permutation(np.arange(1.0, 541.0, 3.0)), rng.integers(0, 3, 180)
    risk = rng.random(180)
    found = incidence(risk, followed(time, code), 365)["groups"]
    for group, members in zip(found, np.array_split(np.argsort(risk), 3), strict=True):
        fitter = AalenJohansenFitter(calculate_variance=True)
        fitter.fit(time[members], code[members], 1)
        assert group["n"] == 60 and group["days"][-1] == 365
        for i, day in enumerate(group["days"]):
            expected = fitter.cumulative_density_.loc[:day].iloc[-1, 0] if day else 0.0
            np.testing.assert_allclose(group["share"][i], expected, atol=1e-12)
            assert group["followed"][i] == int((time[members] >= day).sum())
            assert group["low"][i] <= group["share"][i] <= group["high"][i]


def test_no_curve_of_fewer_than_five() -> None:
    """A third of four patients is none, and a curve ends where fewer than five are followed."""
    time, code = np.full(12, 200.0), np.zeros(12, dtype=np.int64)
    few = incidence(np.arange(12.0), followed(time, code), 365)
    assert few["groups"] == [] and "4 patients" in few["reason"]
    time = np.array([100.0] * 12 + [400.0] * 12)
    groups = incidence(np.tile(np.arange(12.0), 2), followed(time, np.zeros(24, int)), 365)[
        "groups"
    ]
    for group in groups:
        assert min(group["followed"]) >= LEAST and group["days"][-1] <= 100


def test_days_shown_are_nobodys_own() -> None:
    """Two cohorts whose events lie on other days of the same months look the same."""
    rng = np.random.default_rng(3)
    time = rng.integers(0, 12, 60) * 30 + 10.0
    code, risk = np.ones(60, dtype=np.int64), rng.random(60)
    shown = [incidence(risk, followed(time + shift, code), 330) for shift in (0, 12)]
    assert shown[0] == shown[1]


def test_the_manifest_carries_it(fitted: FittedEndpoint) -> None:
    """The frozen model's manifest holds it as JSON, with the evaluation's own numbers."""
    assert fitted.model is not None
    shown = fitted.model.manifest["cohort"]
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    assert shown["patients"] == fitted.evaluation["counts"]["at_risk"]
    assert shown["warned"]["events"] == fitted.evaluation["counts"]["events"]
    assert shown["calibration"]["suppressed"] and shown["calibration"]["groups"] == []
    overall = shown["calibration"]["overall"]
    ratio = fitted.evaluation["metrics"]["observed_over_expected"]["value"]
    assert overall["low"] < overall["observed"] < overall["high"]
    np.testing.assert_allclose(overall["observed"] / overall["risk"], ratio, rtol=0.05)
    assert [len(g["days"]) > 6 for g in shown["incidence"]["groups"]] == [True] * 3


def test_groups_are_shown_from_a_hundred_events(cohort: Callable) -> None:
    """With enough events every group of the curve has an interval around what was observed."""
    protocol = replace(QUICK, refits=1, bootstraps=10, horizons=(180,), later_landmarks=())
    many = fit_one(cohort(320, seed=5, relapse=0.006), protocol)
    assert many.model is not None
    curve = many.model.manifest["cohort"]["calibration"]
    assert not curve["suppressed"] and len(curve["groups"]) == 10
    for group in curve["groups"]:
        assert group["n"] >= LEAST and group["low"] <= group["observed"] <= group["high"]
