"""Tree members against LightGBM's raw scores, its pred_contrib, and the shap package."""

import warnings
from dataclasses import replace
from types import ModuleType

import lightgbm
import numpy as np
import pytest

from features.errors import InputError
from models.tree_members import (
    TreeMembers,
    check_members,
    concatenate,
    tree_member,
    with_last_event,
    with_time,
)
from tests.models.tree_visits import INTERCEPTS, Visits, against_none, booster_of, visits


@pytest.fixture(scope="module")
def shap() -> ModuleType:
    """The shap package, which on import uses what matplotlib has begun to give up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        import shap
    return shap


@pytest.fixture(scope="module")
def cohort() -> Visits:
    """250 visits."""
    return visits()


@pytest.fixture(scope="module")
def booster(cohort: Visits) -> lightgbm.Booster:
    """LightGBM's model of them."""
    return booster_of(cohort)


@pytest.fixture(scope="module")
def member(booster: lightgbm.Booster) -> TreeMembers:
    """The same model as arrays."""
    return tree_member(booster, INTERCEPTS)


def test_predictors_are_lightgbms_scores_against_none(
    cohort: Visits, booster: lightgbm.Booster, member: TreeMembers
) -> None:
    """Raw score of each event less that of none, to 1e-9, on these visits and new ones."""
    for rows in (cohort, visits(200, seed=1)):
        theirs = against_none(booster.predict(rows.columns(), raw_score=True))
        ours = member.predictors(rows.X, rows.day)
        assert ours.shape == (len(rows.X), 1, 3)
        np.testing.assert_allclose(ours[:, 0], theirs, rtol=0, atol=1e-9)


def test_terms_are_lightgbms_contributions_against_none(
    cohort: Visits, booster: lightgbm.Booster, member: TreeMembers
) -> None:
    """`pred_contrib` of each event less that of none; time and expectation are in the base."""
    theirs = booster.predict(cohort.columns(), pred_contrib=True).reshape(-1, 4, 8)
    for x, day, contribution in zip(cohort.X, cohort.day, theirs, strict=True):
        base, terms = member.terms(x, day)
        events = contribution[1:] - contribution[0]
        np.testing.assert_allclose(terms, events[:, :6].T, rtol=0, atol=1e-9)
        np.testing.assert_allclose(base, events[:, 6:].sum(axis=1), rtol=0, atol=1e-9)
    assert np.abs(theirs[:, :, 6]).max() > 0.1  # time has effects


def test_terms_are_those_of_shap(
    shap: ModuleType, cohort: Visits, booster: lightgbm.Booster, member: TreeMembers
) -> None:
    """The shap package's path-dependent explainer, class by class, to 1e-9."""
    explainer = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
    values = explainer(cohort.columns()[:40]).values
    expected = np.asarray(explainer.expected_value)
    for i in range(40):
        base, terms = member.terms(cohort.X[i], cohort.day[i])
        events = values[i, :, 1:] - values[i, :, :1]
        np.testing.assert_allclose(terms, events[:6], rtol=0, atol=1e-9)
        np.testing.assert_allclose(base, expected[1:] - expected[0] + events[6], atol=1e-9)


def test_base_and_terms_add_up(member: TreeMembers) -> None:
    """To the predictors, for strange patients too: far away, nothing measured, years later."""
    rows = visits(30, seed=2)
    X = np.concatenate([rows.X, 100 * rows.X, np.full((1, 6), np.nan)])
    day = np.concatenate([rows.day, rows.day, [4000.0]])
    predictors = member.predictors(X, day)[:, 0]
    for x, at, u in zip(X, day, predictors, strict=True):
        base, terms = member.terms(x, at)
        np.testing.assert_allclose(base + terms.sum(axis=0), u, rtol=0, atol=1e-9)


def test_members_together_give_what_each_gives_alone(member: TreeMembers) -> None:
    """Refits of other visits, put together, keep their order, intercepts and bits."""
    other = tree_member(booster_of(visits(120, seed=3)), INTERCEPTS + 1)
    together, rows = concatenate([member, other, member]), visits(30, seed=4)
    alone = [m.predictors(rows.X, rows.day) for m in (member, other, member)]
    np.testing.assert_array_equal(
        together.predictors(rows.X, rows.day), np.concatenate(alone, axis=1)
    )
    np.testing.assert_array_equal(together.intercepts[1], INTERCEPTS + 1)
    check_members(together, (3, 3, 3), 6)


def test_one_event_alone() -> None:
    """With one event the predictor is its log-odds against none."""
    rows = visits(150, seed=5)
    rows = rows._replace(event=np.minimum(rows.event, 1))
    booster = booster_of(rows, n_events=1)
    member = tree_member(booster, INTERCEPTS[:, :1])
    theirs = against_none(booster.predict(rows.columns(), raw_score=True))
    np.testing.assert_allclose(member.predictors(rows.X, rows.day)[:, 0], theirs, atol=1e-9)


def test_the_first_of_several_members_is_the_model(member: TreeMembers) -> None:
    """Reasons and `first` are those of the model, not of its refits."""
    other = tree_member(booster_of(visits(120, seed=3)), INTERCEPTS + 1)
    together, rows = concatenate([member, other]), visits(5, seed=6)
    for x, day in zip(rows.X, rows.day, strict=True):
        for part, alone in zip(together.terms(x, day), member.terms(x, day), strict=True):
            np.testing.assert_array_equal(part, alone)
    first = together.first()
    check_members(first, (1, 3, 3), 6)
    np.testing.assert_array_equal(
        first.predictors(rows.X, rows.day), member.predictors(rows.X, rows.day)
    )


def test_the_last_event_of_another_member_joins(member: TreeMembers) -> None:
    """Its predictor and intercept come last; those of the other events keep their bits."""
    other = tree_member(booster_of(visits(120, seed=3)), INTERCEPTS + 1)
    both, rows = with_last_event(member, other), visits(5, seed=6)
    check_members(both, (1, 3, 4), 6)
    u = both.predictors(rows.X, rows.day)
    np.testing.assert_array_equal(u[:, :, :3], member.predictors(rows.X, rows.day))
    np.testing.assert_array_equal(u[:, :, 3], other.predictors(rows.X, rows.day)[:, :, 2])
    np.testing.assert_array_equal(both.intercepts[0, :, 3], INTERCEPTS[:, 2] + 1)


def test_members_of_other_features_are_refused(member: TreeMembers) -> None:
    """They would read each other's columns."""
    with pytest.raises(ValueError, match=r"not \[5, 6\] of them"):
        concatenate([member, replace(member, n_features=5)])


@pytest.mark.parametrize("shape", [(6,), (2, 5), (2, 7)])
def test_wrong_width_is_refused(member: TreeMembers, shape: tuple[int, ...]) -> None:
    """Compiled code looks at no bounds, so rows of another width never reach it."""
    with pytest.raises(InputError, match="takes rows of 6 features and a day each"):
        member.predictors(np.zeros(shape), np.full(shape[0], 28.0))


def test_a_day_for_each_row_is_asked_for() -> None:
    """One day for two patients is refused."""
    with pytest.raises(InputError, match="one day per row"):
        with_time(np.zeros((2, 6)), np.array([28.0]), 6)


def test_each_fault_is_reported(member: TreeMembers) -> None:
    """A wrong shape, type or bound is refused with the array's name."""
    check_members(member, (1, 3, 3), 6)
    shifted = member.tree_start + np.int32(1)
    faults = {
        "intercepts": replace(member, intercepts=member.intercepts.astype(np.float32)),
        "tree_start": replace(member, tree_start=shifted),
        "n_features": replace(member, n_features=7),
        "leaf": replace(member, trees=replace(member.trees, leaf=member.trees.leaf[:, :3])),
    }
    for name, faulty in faults.items():
        with pytest.raises(ValueError, match=name):
            check_members(faulty, (1, 3, 3), 6)


def test_slopes_scale_the_trees_of_their_event(member: TreeMembers) -> None:
    """Predictors of each event are multiplied by its slope, in every member; intercepts stay."""
    both = concatenate([member, member])
    slopes = np.linspace(0.5, -1.0, member.intercepts.shape[2])
    X = np.random.default_rng(1).normal(size=(30, member.n_features))
    day = np.full(30, 60.0)
    np.testing.assert_allclose(
        both.scaled(slopes).predictors(X, day), both.predictors(X, day) * slopes, atol=1e-12
    )
    np.testing.assert_array_equal(both.scaled(slopes).intercepts, both.intercepts)
