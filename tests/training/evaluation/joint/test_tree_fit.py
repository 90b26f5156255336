"""Joint fit of trees: coherent, anchored, and learned from the training patients alone."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from features.arrays import Floats, Ints
from models.endpoints import ENDPOINTS
from tests.training.evaluation.joint.simulated_rows import everybody, three_endpoints
from training.evaluation.joint.fit import JointData, fit_joint
from training.evaluation.joint.rows import JointRows, training_visits
from training.evaluation.joint.tree_fit import JointTrees, column_medians, fit_trees

RELAPSE, FATAL, SEVERE = ENDPOINTS.values()


@pytest.fixture(scope="module")
def data() -> JointData:
    """120 simulated patients with three endpoints."""
    return three_endpoints()


@pytest.fixture(scope="module")
def trees(data: JointData) -> JointTrees:
    """The fit to all patients."""
    return fit_trees(data, everybody())


def strangers(data: JointData, n: int) -> tuple[Floats, Floats]:
    """Patients far from the training ones, with gaps anywhere, on any day."""
    rng, X = np.random.default_rng(1), data.rows.visits[0].X
    size = np.nanstd(X, axis=0)
    rows = np.nanmean(X, axis=0) + 3 * size * rng.normal(size=(n, X.shape[1]))
    rows[rng.random(rows.shape) < 0.3] = np.nan
    return rows, rng.uniform(28, 400, n)


def test_no_risk_falls_and_none_adds_up_to_more_than_one(
    data: JointData, trees: JointTrees
) -> None:
    """10,000 strangers, each event and each endpoint."""
    X, day = strangers(data, 10_000)
    exclusive = trees.exclusive_risks(X, day)
    assert (np.diff(exclusive, axis=1) >= 0).all() and (exclusive >= 0).all()
    assert exclusive[:, -1].sum(axis=1).max() <= 1 + 1e-12
    for endpoint in data.endpoints:
        risk = trees.risks(data, endpoint, X, day)
        assert (np.diff(risk, axis=1) >= 0).all()
        assert risk.min() >= 0 and risk.max() <= 1 + 1e-12


def test_severe_is_never_below_fatal_infection(data: JointData, trees: JointTrees) -> None:
    """10,000 strangers and the training patients, at every horizon, to the last bits."""
    visits = data.rows.visits[0]
    X, day = strangers(data, 10_000)
    for rows, at in ((X, day), (visits.X, np.full(len(visits.X), 28.0))):
        severe, fatal = (trees.risks(data, e, rows, at) for e in (SEVERE, FATAL))
        assert (severe - fatal).min() > -1e-12
        assert (severe - fatal).max() > 0.01


def test_hazards_of_the_exclusive_events_stay_those_of_the_joint_fit(
    data: JointData, trees: JointTrees
) -> None:
    """The onset is one event more: predictors and intercepts of the others keep their bits."""
    visits = data.rows.visits[0]
    day = np.full(len(visits.X), 28.0)
    both, exclusive = trees.of(SEVERE), trees.of(RELAPSE)
    assert exclusive is trees.of(FATAL)
    n_events = exclusive.intercepts.shape[2]
    assert both.intercepts.shape[2] == n_events + 1
    np.testing.assert_array_equal(both.intercepts[:, :, :-1], exclusive.intercepts)
    np.testing.assert_array_equal(
        both.predictors(visits.X, day)[:, :, :-1], exclusive.predictors(visits.X, day)
    )


def test_mean_risks_are_the_observed_incidences(data: JointData, trees: JointTrees) -> None:
    """Of each exclusive event, and of severe infection over the rows until its onset."""
    rows = training_visits(data.rows, everybody())
    mean = trees.exclusive_risks(rows.X, rows.day).mean(axis=0)
    np.testing.assert_allclose(mean, rows.incidence, rtol=0, atol=1e-6)
    until = training_visits(data.onset_rows["severe_infection"], everybody())
    severe = trees.risks(data, SEVERE, until.X, until.day).mean(axis=0)
    expected = until.incidence @ data.in_endpoint(SEVERE)
    np.testing.assert_allclose(severe, expected, rtol=0, atol=1e-6)


def scrambled(rows: JointRows, patients: Ints) -> JointRows:
    """The same rows with other features and outcomes for these patients."""
    visits = rows.visits[0]
    X, code, time = visits.X.copy(), visits.code.copy(), visits.time.copy()
    at = np.isin(visits.patient, patients)
    X[at], code[at], time[at] = 1e6, 1, 1.0
    return replace(rows, visits=(replace(visits, X=X, code=code, time=time),))


def test_a_fit_learns_from_its_patients_alone(data: JointData) -> None:
    """Whatever the others have, the fit is the same to the last bit."""
    train, others = everybody()[::2], everybody()[1::2]
    elsewhere = replace(
        data,
        rows=scrambled(data.rows, others),
        onset_rows={name: scrambled(rows, others) for name, rows in data.onset_rows.items()},
    )
    X, day = strangers(data, 200)
    one, two = fit_trees(data, train), fit_trees(elsewhere, train)
    for endpoint in data.endpoints:
        np.testing.assert_array_equal(
            one.risks(data, endpoint, X, day), two.risks(elsewhere, endpoint, X, day)
        )


def test_missing_inputs_count_as_medians_where_training_had_none(
    data: JointData, trees: JointTrees
) -> None:
    """A column without gaps in training: leaving it out is the risk at its median."""
    X = training_visits(data.rows, everybody()).X
    complete = np.flatnonzero(~np.isnan(X).any(axis=0))
    gaps, medians = X.copy(), X.copy()
    gaps[:, complete], medians[:, complete] = np.nan, np.median(X[:, complete], axis=0)
    day = np.full(len(X), 28.0)
    np.testing.assert_array_equal(
        trees.exclusive_risks(gaps, day), trees.exclusive_risks(medians, day)
    )
    assert len(complete) > 5


def test_a_column_without_values_has_median_zero_and_no_warning() -> None:
    """As when a group measured a feature in no patient."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        medians = column_medians(np.array([[np.nan, 1.0, 4.0], [np.nan, np.nan, 2.0]]))
    np.testing.assert_array_equal(medians, [0.0, 1.0, 3.0])


def test_risks_are_near_those_of_the_ridge(data: JointData, trees: JointTrees) -> None:
    """Both kinds of model see the same rows: their risks of relapse are ordered alike."""
    visits = data.rows.visits[0]
    day = np.full(len(visits.X), 28.0)
    ridge = fit_joint(data, everybody())
    ours, theirs = (m.risks(data, RELAPSE, visits.X, day)[:, 1] for m in (trees, ridge))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.6
