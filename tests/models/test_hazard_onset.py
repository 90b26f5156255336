"""The onset as one event more: never below the contained event, anchored, and its effect found."""

import numpy as np
import pytest

from features.arrays import Floats
from models.accumulated_risk import NO_EVENT, cumulative_risks
from models.hazard_kernel import endpoint_risks
from models.hazard_onset import MOST_LIKELY, anchored_onset, trees_with_onset, with_onset
from models.hazard_trees import fit_hazard_trees
from tests.models.simulated_visits import (
    EFFECTS,
    IS_CORE,
    JointModel,
    Patients,
    draw_patients,
    exclusive_visits,
    fit_joint,
    visits_until_onset,
)

FATAL = np.array([0.0, 1.0, 0.0])
SEVERE = np.array([0.0, 1.0, 0.0, 1.0])


@pytest.mark.parametrize("K", [1, 3, 4])
@pytest.mark.parametrize("size", [1.0, 6.0, 40.0])
def test_severe_is_never_below_fatal_in_any_model(K: int, size: float) -> None:
    """0 of 100,000 patients over random intervals, intercepts and predictors however extreme."""
    rng = np.random.default_rng(K)
    for _ in range(20):
        intercepts = rng.normal(-2, 2, (K, 4))
        u = size * rng.normal(size=(5000, 4))
        fatal = cumulative_risks(intercepts[:, :3], u[:, :3]) @ FATAL
        severe = cumulative_risks(intercepts, u) @ SEVERE
        assert (severe < fatal - 1e-12).sum() == 0
        served = endpoint_risks(np.exp(intercepts[None]), u[:, None], SEVERE)[:, 0]
        assert (served < fatal - 1e-12).sum() == 0


def test_severe_is_never_below_fatal_in_fits_and_refits(joint_models: list[JointModel]) -> None:
    """Model and refits, patients within and far beyond the training's, at any visit."""
    rng = np.random.default_rng(1)
    X, day = 5 * rng.normal(size=(3000, 6)), rng.uniform(20, 400, 3000)
    for models in joint_models:
        fatal = models.exclusive.risks(X, day) @ FATAL
        severe = models.with_onset.risks(X, day) @ SEVERE
        assert (severe < fatal - 1e-12).sum() == 0


def test_the_exclusive_hazards_stay_those_of_the_joint_fit(
    joint_models: list[JointModel],
) -> None:
    """Intercepts, effects, drift and terms in time of the first three events, to the last bit."""
    joint = joint_models[0]
    for name in ("intercepts", "effects", "drift", "time_terms", "prior_sd"):
        ours = getattr(joint.with_onset, name)
        np.testing.assert_array_equal(ours[:, :3], getattr(joint.exclusive, name))
        assert ours.shape[1] == 4


def mean_risk(joint: JointModel, patients: Patients) -> tuple[Floats, Floats]:
    """Mean severe risk over the rows, and the observed incidence."""
    rows = visits_until_onset(patients)
    risks = joint.with_onset.risks(rows.X, rows.day) @ SEVERE
    return risks.mean(axis=0), rows.incidence @ SEVERE


def test_the_mean_risk_is_the_observed_incidence(
    joint_models: list[JointModel], patients: Patients
) -> None:
    """Over all landmarks' rows, to 1e-6 at each horizon."""
    ours, observed = mean_risk(joint_models[0], patients)
    np.testing.assert_allclose(ours, observed, rtol=0, atol=1e-6)


def test_an_incidence_below_the_contained_event_leaves_no_onset(
    joint_models: list[JointModel], patients: Patients
) -> None:
    """Nobody's onset was seen: the risk is that of the contained event."""
    rows = visits_until_onset(patients)
    exclusive = joint_models[0].exclusive
    event = np.where(rows.event == 4, 0, rows.event)
    model = with_onset(
        exclusive, rows.X, rows.day, event, rows.weight,
        is_core=IS_CORE, in_endpoint=SEVERE, incidence=np.zeros(3),
    )  # fmt: skip
    assert (model.intercepts[:, 3] == NO_EVENT).all()
    severe = model.risks(rows.X, rows.day) @ SEVERE
    np.testing.assert_allclose(severe, exclusive.risks(rows.X, rows.day) @ FATAL, atol=1e-9)


def test_a_planted_effect_on_the_onset_is_found() -> None:
    """800 patients: the second feature raises it as planted, the third does nothing."""
    effects = fit_joint(draw_patients(800, seed=3)).with_onset
    planted = effects.effects[:3, 3] / effects.scaling.spread[:3]
    assert planted[1] == pytest.approx(EFFECTS[1, 3], abs=0.25)
    assert abs(planted[2]) < 0.2


def test_an_incidence_out_of_reach_makes_the_onset_certain() -> None:
    """Half have the competing event in the joint fit, yet 0.8 had the onset before it."""
    intercepts = np.array([[0.0, -4.0], [0.0, -4.0]])
    predictors, onset = np.zeros((10, 2)), np.array([0.0, 1.0])
    anchored = anchored_onset(intercepts, predictors, onset, np.array([0.4, 0.8]))
    assert anchored[1, 1] == MOST_LIKELY
    risks = cumulative_risks(anchored, predictors) @ onset
    # In interval 1 odds 1 of the competing event, 4/3 of the onset: 0.4, 0.3 and 0.3 for none.
    np.testing.assert_allclose(risks, [[0.4, 0.7]] * 10, atol=1e-9)


def test_trees_with_an_onset_keep_the_same_promises(patients: Patients) -> None:
    """Severe is never below fatal, also far from the patients; the mean risk is the incidence."""
    pytest.importorskip("lightgbm", reason="boosted trees need LightGBM")
    rows, until = exclusive_visits(patients), visits_until_onset(patients)
    joint = fit_hazard_trees(rows.X, rows.day, rows.event, rows.weight, incidence=rows.incidence)
    severe = trees_with_onset(
        joint, until.X, until.day, until.event, until.weight,
        in_endpoint=SEVERE, incidence=until.incidence,
    )  # fmt: skip
    rng = np.random.default_rng(2)
    X, day = 5 * rng.normal(size=(2000, 6)), rng.uniform(20, 400, 2000)
    risks = [
        endpoint_risks(np.exp(model.intercepts), model.predictors(X, day), in_endpoint)[:, 0]
        for model, in_endpoint in ((joint, FATAL), (severe, SEVERE))
    ]
    assert (risks[1] < risks[0] - 1e-12).sum() == 0
    mean = endpoint_risks(
        np.exp(severe.intercepts), severe.predictors(until.X, until.day), SEVERE
    ).mean(axis=(0, 1))
    np.testing.assert_allclose(mean, until.incidence @ SEVERE, rtol=0, atol=1e-6)
