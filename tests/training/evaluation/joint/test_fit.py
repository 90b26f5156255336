"""The joint fit: anchored at the incidence, coherent between endpoints, of its patients alone."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.endpoints import ENDPOINTS, Endpoint, Onset
from tests.training.evaluation.joint.conftest import FEATURES, HORIZONS, PANEL
from tests.training.evaluation.joint.test_rows import repeated_rows
from training.cohort.cohort import Cohort
from training.evaluation.joint.fit import JointData, fit_joint, joint_data
from training.evaluation.joint.rows import joint_rows, training_visits

RELAPSE, FATAL, SEVERE = ENDPOINTS.values()
DEATH = Endpoint("death", "death", "deaths", ("fatal_infection", "other_death"))
ANY = Endpoint("any", "event", "events", ("relapse", "fatal_infection", "other_death"))
VIRAL = Endpoint(
    "viral", "viral infection", "viral infections", (), Onset(3, "viral"), excludes_earlier=True
)


def all_patients(data: JointData) -> np.ndarray:
    """Numbers of all patients."""
    return np.arange(len(data.rows.patients))


def random_patients(n: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Invented patients far and near, a third of the values missing, on days 1 to 400."""
    rng = np.random.default_rng(0)
    X = rng.normal(scale=3, size=(n, len(FEATURES)))
    X[rng.random(X.shape) < 0.3] = np.nan
    return X, rng.uniform(1, 400, n)


def test_mean_risk_is_the_observed_incidence(data: JointData) -> None:
    """Of each event, and of the endpoint with an onset, over the training rows, to 1e-6."""
    model = fit_joint(data, all_patients(data))
    visits = training_visits(data.rows, all_patients(data))
    risks = model.exclusive_risks(visits.X, visits.day)
    np.testing.assert_allclose(risks.mean(axis=0), visits.incidence, atol=1e-6)
    until = training_visits(data.onset_rows["severe_infection"], all_patients(data))
    severe = model.risks(data, SEVERE, until.X, until.day)
    observed = until.incidence @ data.in_endpoint(SEVERE)
    np.testing.assert_allclose(severe.mean(axis=0), observed, atol=1e-6)


def test_risks_never_fall_never_exceed_one_and_contain_their_parts(data: JointData) -> None:
    """For anybody, on any day, with anything missing: severe is never below fatal infection."""
    model = fit_joint(data, all_patients(data))
    X, day = random_patients()
    exclusive = model.exclusive_risks(X, day)
    assert exclusive.min() >= 0 and exclusive.sum(axis=2).max() <= 1
    assert np.diff(exclusive, axis=1).min() >= 0
    severe, fatal = model.risks(data, SEVERE, X, day), model.risks(data, FATAL, X, day)
    assert np.all(severe >= fatal) and np.all(severe <= 1) and np.diff(severe, axis=1).min() >= 0
    np.testing.assert_array_equal(fatal, exclusive[:, :, 1])


def test_an_endpoint_of_several_events_is_their_sum(serial: Callable[..., Cohort]) -> None:
    """To 1e-12: death = fatal infection + other death; everything together = all of them."""
    cohort = serial(80, 4)
    rows = joint_rows(cohort, (28, 60), HORIZONS, features=FEATURES, core_panel=PANEL)
    data = joint_data(cohort, rows, (RELAPSE, FATAL, DEATH, ANY, SEVERE, VIRAL))
    assert data.events(DEATH) == rows.events and data.events(VIRAL) == (*rows.events, "onset")
    assert data.in_endpoint(DEATH).tolist() == [0, 1, 1]
    assert data.in_endpoint(SEVERE).tolist() == [0, 1, 0, 1]
    assert data.in_endpoint(VIRAL).tolist() == [0, 0, 0, 1]
    model = fit_joint(data, all_patients(data))
    X, day = random_patients()
    risk = {e.name: model.risks(data, e, X, day) for e in data.endpoints}
    events = model.exclusive_risks(X, day)
    np.testing.assert_allclose(risk["death"], events[:, :, 1] + events[:, :, 2], atol=1e-12)
    np.testing.assert_allclose(risk["any"], events.sum(axis=2), atol=1e-12)
    np.testing.assert_allclose(risk["any"], risk["death"] + risk["relapse"], atol=1e-12)
    assert np.all((risk["viral"] > 0) & (risk["viral"] < 1))


def test_other_endpoints_do_not_change_a_model(data: JointData) -> None:
    """Relapse alone, or beside severe infection: the same arrays."""
    alone = fit_joint(replace(data, endpoints=(RELAPSE,), onset_rows={}), all_patients(data))
    beside = fit_joint(data, all_patients(data))
    np.testing.assert_array_equal(alone.exclusive.effects, beside.exclusive.effects)
    np.testing.assert_array_equal(alone.exclusive.intercepts, beside.exclusive.intercepts)
    of_severe = beside.of(SEVERE)
    np.testing.assert_array_equal(of_severe.effects[:, :3], beside.exclusive.effects)


def test_judged_are_the_patients_at_risk_of_the_endpoint(serial: Callable[..., Cohort]) -> None:
    """All of them; without those with an earlier infection where the endpoint excludes them."""
    cohort = serial(80, 2)
    rows = joint_rows(cohort, (28, 60), HORIZONS, features=FEATURES, core_panel=PANEL)
    data = joint_data(cohort, rows, (RELAPSE, SEVERE, VIRAL))
    first = rows.visits[0]
    for endpoint in data.endpoints:
        positions = data.at_endpoint_risk(endpoint)
        expected = cohort.at_risk_of(endpoint).patient_id.tolist()
        assert rows.patients[first.patient[positions]].tolist() == expected
    assert (
        len(data.at_endpoint_risk(VIRAL)) < len(data.at_endpoint_risk(SEVERE)) == len(first.patient)
    )


def test_a_bootstrap_is_a_fit_to_repeated_rows(data: JointData) -> None:
    """Drawn twice is the same as standing twice in the table, for both kinds of model."""
    patients = np.sort(np.random.default_rng(3).integers(0, len(data.rows.patients), 90))
    drawn = fit_joint(data, patients)
    repeated = replace(
        data,
        rows=repeated_rows(data.rows, patients),
        onset_rows={n: repeated_rows(rows, patients) for n, rows in data.onset_rows.items()},
    )
    again = fit_joint(repeated, np.arange(len(patients)))
    for endpoint in (RELAPSE, SEVERE):
        one, other = drawn.of(endpoint), again.of(endpoint)
        for name in ("intercepts", "effects", "drift", "time_terms", "prior_sd"):
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-8)
