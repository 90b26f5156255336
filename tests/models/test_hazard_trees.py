"""The challenger: coherent risks, anchored means, a signal learned, events never seen."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.arrays import Floats
from features.errors import InputError
from models.accumulated_risk import cumulative_risks
from models.hazard_trees import PENALTY, boost, fit_hazard_trees, log_hazards
from models.tree_members import TreeMembers, check_members
from tests.models.tree_visits import Visits, against_none, booster_of, visits


def fitted(rows: Visits) -> TreeMembers:
    """The challenger of these visits."""
    return fit_hazard_trees(rows.X, rows.day, rows.event, rows.weight, incidence=rows.incidence)


def risks(model: TreeMembers, X: Floats, day: Floats) -> Floats:
    """Cumulative risks (n, K, C)."""
    return cumulative_risks(model.intercepts[0], model.predictors(X, day)[:, 0])


@pytest.fixture(scope="module")
def cohort() -> Visits:
    """250 visits."""
    return visits()


@pytest.fixture(scope="module")
def model(cohort: Visits) -> TreeMembers:
    """The challenger of them."""
    return fitted(cohort)


def test_predictors_are_lightgbms(cohort: Visits, model: TreeMembers) -> None:
    """The fit is LightGBM's own, and its arrays are in order."""
    theirs = against_none(booster_of(cohort).predict(cohort.columns(), raw_score=True))
    ours = model.predictors(cohort.X, cohort.day)[:, 0]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)
    check_members(model, (1, 3, 3), 6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100_000))
def test_no_risk_falls_and_none_adds_up_to_more_than_one(seed: int) -> None:
    """1,000 random patients a draw, far from the training ones and with gaps anywhere."""
    model = fitted(visits(120, seed=1, size=3.0))
    rng = np.random.default_rng(seed)
    X = np.where(rng.random((1000, 6)) < 0.3, np.nan, 3 * rng.normal(size=(1000, 6)))
    r = risks(model, X, rng.uniform(28, 700, 1000))
    assert (np.diff(r, axis=1) >= 0).all() and (r >= 0).all()
    assert r[:, -1].sum(axis=1).max() <= 1 + 1e-12


def test_the_mean_risk_is_the_observed_incidence(cohort: Visits, model: TreeMembers) -> None:
    """To 1e-6, each event at each horizon."""
    mean = risks(model, cohort.X, cohort.day).mean(axis=0)
    np.testing.assert_allclose(mean, cohort.incidence, rtol=0, atol=1e-6)


def test_the_mean_may_be_anchored_at_one_landmark(cohort: Visits) -> None:
    """Over the marked visits it is the incidence, over all it is another."""
    at = cohort.day == 28
    model = fit_hazard_trees(
        cohort.X, cohort.day, cohort.event, cohort.weight, incidence=cohort.incidence, at=at
    )
    r = risks(model, cohort.X, cohort.day)
    np.testing.assert_allclose(r[at].mean(axis=0), cohort.incidence, rtol=0, atol=1e-6)
    assert np.abs(r.mean(axis=0) - cohort.incidence).max() > 1e-3


def test_a_signal_is_learned() -> None:
    """AUC of relapse and infection on 1,000 new patients, by counting pairs."""
    model, new = fitted(visits(400, seed=2, size=2.0)), visits(1000, seed=3, size=2.0)
    r = risks(model, new.X, new.day)
    for c in (1, 2):
        has_event = (new.event == c).any(axis=1)
        cases, others = r[has_event, -1, c - 1], r[~has_event, -1, c - 1]
        assert (cases[:, None] > others).mean() > 0.7


def test_noise_teaches_little() -> None:
    """Without effects, new patients' risks of relapse are not ordered."""
    model, new = fitted(visits(400, seed=4, size=0.0)), visits(1000, seed=5, size=0.0)
    r, has_event = risks(model, new.X, new.day)[:, -1, 0], (new.event == 1).any(axis=1)
    assert (r[has_event][:, None] > r[~has_event]).mean() == pytest.approx(0.5, abs=0.07)


def test_first_trees_are_newton_steps_from_the_intervals_hazards(cohort: Visits) -> None:
    """By hand: a leaf is 0.1 x sum of w (y - h) over sum of w h (1 - h) x 4 / 3, M = 4 classes.

    The penalty joins the denominator.
    So trees begin at the hazard of each row's interval, and no effect stands in for the interval.
    """
    booster, h = booster_of(cohort), np.exp(log_hazards(cohort.event, cohort.weight, 3))
    visit, interval = np.nonzero(cohort.event >= 0)
    weight, event = cohort.weight[visit, interval], cohort.event[visit, interval]
    leaves = booster.predict(cohort.columns()[visit], pred_leaf=True, num_iteration=1)
    for c in range(4):
        hazard = h[interval, c]
        slope = np.bincount(leaves[:, c], weight * ((event == c) - hazard))
        curvature = np.bincount(leaves[:, c], weight * hazard * (1 - hazard) * 4 / 3)
        values = [booster.get_leaf_output(c, leaf) for leaf in range(len(slope))]
        np.testing.assert_allclose(values, 0.1 * slope / (curvature + PENALTY), rtol=1e-4)
        assert len(values) > 1


def test_constant_features_leave_single_leaves() -> None:
    """Everybody has the observed incidence, and no reasons."""
    rows = visits(200, seed=6)
    rows = rows._replace(X=np.ones((200, 2)), day=np.full(200, 28.0))
    model = fitted(rows)
    assert len(model.trees.leaf) == 6  # a single leaf for each event, and for none against each
    np.testing.assert_array_equal(model.predictors(rows.X, rows.day), 0.0)
    np.testing.assert_allclose(risks(model, rows.X, rows.day)[0], rows.incidence, atol=1e-6)
    base, terms = model.terms(rows.X[0], 28.0)
    assert not base.any() and terms.shape == (2, 3) and not terms.any()


def test_an_event_never_seen_has_no_risk() -> None:
    """Infections become none: risk 0, and the other events' risks stay anchored."""
    rows = visits(200, seed=7)
    event = np.where(rows.event == 2, 0, rows.event)
    incidence = rows.incidence * np.array([1.0, 0.0, 1.0])
    rows = rows._replace(event=event, incidence=incidence)
    r = risks(fitted(rows), rows.X, rows.day)
    assert r[:, :, 1].max() < 1e-9
    np.testing.assert_allclose(r.mean(axis=0), incidence, rtol=0, atol=1e-6)


def test_without_any_event_all_risks_are_zero() -> None:
    """A cohort that nothing happened to."""
    rows = visits(60, seed=8)
    rows = rows._replace(event=np.minimum(rows.event, 0), incidence=np.zeros((3, 3)))
    assert risks(fitted(rows), rows.X, rows.day).max() < 1e-9


def test_missing_values_go_as_in_lightgbm(cohort: Visits, model: TreeMembers) -> None:
    """Gaps where training had none, and none where it had some."""
    rng, booster = np.random.default_rng(9), booster_of(cohort)
    for columns in (slice(0, None, 2), slice(1, None, 2)):
        X = rng.normal(size=(200, 6))
        X[:, columns] = np.nan
        rows = cohort._replace(X=X, day=rng.uniform(28, 120, 200))
        theirs = against_none(booster.predict(rows.columns(), raw_score=True))
        ours = model.predictors(X, rows.day)[:, 0]
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def test_fill_stands_for_gaps_where_training_had_none(cohort: Visits) -> None:
    """With medians as fill, a patient without column 0 is one with its median."""
    medians = np.nanmedian(cohort.X, axis=0) + 0.5
    model = fit_hazard_trees(
        cohort.X, cohort.day, cohort.event, cohort.weight, incidence=cohort.incidence, fill=medians
    )
    gaps, imputed = cohort.X.copy(), cohort.X.copy()
    gaps[:, 0], imputed[:, 0] = np.nan, medians[0]
    u = model.predictors(gaps, cohort.day)
    np.testing.assert_array_equal(u, model.predictors(imputed, cohort.day))
    assert np.abs(u - fitted(cohort).predictors(gaps, cohort.day)).max() > 0.1


def test_rows_of_weight_zero_or_not_at_risk_have_no_part(cohort: Visits) -> None:
    """Whatever event they carry, the trees are those of the other rows."""
    out = np.random.default_rng(10).random(cohort.event.shape) < 0.2
    weight = np.where(out, 0.0, cohort.weight)
    flipped = np.where(out, 3, cohort.event)
    unknown = np.where(out, -1, cohort.event)
    one, two, three = (
        boost(cohort.X, cohort.day, event, w, n_events=3).model_to_string()
        for event, w in ((cohort.event, weight), (flipped, weight), (unknown, cohort.weight))
    )
    assert one == two == three


def test_the_same_visits_give_the_same_arrays(cohort: Visits, model: TreeMembers) -> None:
    """A fit is deterministic to the last bit."""
    again = fitted(cohort)
    np.testing.assert_array_equal(again.trees.leaf, model.trees.leaf)
    np.testing.assert_array_equal(again.intercepts, model.intercepts)


def test_log_hazards_are_weighted_shares() -> None:
    """By hand: weights 1 to 4, one event of weight 4; an event never seen has a small floor."""
    event, weight = np.array([[0], [0], [0], [1]]), np.array([[1.0], [2.0], [3.0], [4.0]])
    shares = np.exp(log_hazards(event, weight, 2))
    np.testing.assert_allclose(shares, np.array([[6.0, 4.0, 0.01]]) / 10.01)


@pytest.mark.parametrize("event", [-1, 0])
def test_a_fit_without_visits_is_refused(cohort: Visits, event: int) -> None:
    """Nobody at risk, or nobody whose mean risk could be the incidence."""
    at = np.full(len(cohort.X), event < 0)
    with pytest.raises(InputError, match="A fit needs visits whose patients are at risk"):
        fit_hazard_trees(
            cohort.X, cohort.day, np.full_like(cohort.event, event), cohort.weight,
            incidence=cohort.incidence, at=at,
        )  # fmt: skip


def test_without_lightgbm_one_sentence(monkeypatch: pytest.MonkeyPatch, cohort: Visits) -> None:
    """Where the package is not installed, the sentence says how to install it."""
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(InputError, match=r"install cd7watch\[training\], or declare"):
        fitted(cohort)


def test_without_openmp_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cohort: Visits
) -> None:
    """Where LightGBM's library cannot be loaded, it names libgomp1 and the way out."""
    (tmp_path / "lightgbm.py").write_text("raise OSError('libgomp.so.1: cannot open')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "lightgbm")
    with pytest.raises(InputError, match=r"libgomp1.* install it .* or declare"):
        fitted(cohort)
