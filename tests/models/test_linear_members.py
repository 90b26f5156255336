"""Linear members: the model's own predictors, in parts, one row or many, complete or not."""

import numpy as np
import pytest

from features.arrays import Floats
from features.errors import InputError
from models.hazard_model import HazardModel, complete_inputs
from models.linear_members import LinearMembers, linear_members
from tests.models.simulated_visits import JointModel


@pytest.fixture(scope="module")
def models(joint_models: list[JointModel]) -> list[HazardModel]:
    """The model with an onset and its refits."""
    return [m.with_onset for m in joint_models]


@pytest.fixture(scope="module")
def members(models: list[HazardModel]) -> LinearMembers:
    """The same as arrays."""
    return linear_members(models)


def test_predictors_are_those_of_the_models(
    models: list[HazardModel], members: LinearMembers, at_landmark: Floats
) -> None:
    """The first one with its own completion; each refit on the same complete rows."""
    day = np.linspace(20, 500, len(at_landmark))
    ours = members.predictors(at_landmark, day)
    first = models[0].predictors(complete_inputs(at_landmark, models[0].scaling), day)
    np.testing.assert_allclose(ours[:, 0], first, atol=1e-12)
    rows = at_landmark[~np.isnan(at_landmark).any(axis=1)]
    for r, model in enumerate(models):
        z = complete_inputs(rows, model.scaling)
        expected = model.predictors(z, np.full(len(rows), 60.0))
        here = members.predictors(rows, np.full(len(rows), 60.0))
        np.testing.assert_allclose(here[:, r], expected, atol=1e-12)


def test_a_row_alone_has_the_bits_that_it_has_among_others(
    members: LinearMembers, at_landmark: Floats
) -> None:
    """Missing values or not, at any day, in any memory order."""
    day = np.linspace(20, 500, len(at_landmark))
    together = members.predictors(np.asfortranarray(at_landmark), day)
    for i, x in enumerate(at_landmark):
        np.testing.assert_array_equal(members.predictors(x[None], day[i : i + 1])[0], together[i])


def test_terms_add_up_to_the_first_predictor(members: LinearMembers, at_landmark: Floats) -> None:
    """The average patient of that day and the features, to 1e-12."""
    for x, day in zip(at_landmark[:40], np.linspace(20, 500, 40), strict=True):
        average, terms = members.terms(x, day)
        predictors = members.predictors(x[None], np.array([day]))[0, 0]
        np.testing.assert_allclose(average + terms.sum(axis=0), predictors, atol=1e-12)


def test_the_average_patient_has_no_terms(members: LinearMembers) -> None:
    """At the training means every term is 0, and so it is where nothing is measured."""
    for x in (members.centre[0], np.full(6, np.nan)):
        np.testing.assert_allclose(members.terms(x, 90.0)[1], 0.0, atol=1e-12)


def test_the_model_without_its_refits(members: LinearMembers, at_landmark: Floats) -> None:
    """One member, with the predictors that it had among the others."""
    day = np.full(len(at_landmark), 28.0)
    alone = members.first()
    assert len(alone.intercepts) == 1
    np.testing.assert_array_equal(
        alone.predictors(at_landmark, day), members.predictors(at_landmark, day)[:, :1]
    )


@pytest.mark.parametrize("shape", [(6,), (2, 5), (2, 7), (3, 6)])
def test_rows_that_do_not_fit_are_refused(members: LinearMembers, shape: tuple[int, ...]) -> None:
    """Compiled code looks at no bounds: other columns, or other days than rows, never reach it."""
    with pytest.raises(InputError, match="takes rows of 6 features and a day each"):
        members.predictors(np.zeros(shape), np.full(2, 28.0))


def test_slopes_scale_the_effects_of_their_event(
    members: LinearMembers, at_landmark: Floats
) -> None:
    """At the first landmark each event's predictors are multiplied by its slope, in all members."""
    slopes = np.linspace(0.5, -1.0, members.intercepts.shape[2])
    day = np.full(len(at_landmark), 28.0)
    np.testing.assert_allclose(
        members.scaled(slopes).predictors(at_landmark, day),
        members.predictors(at_landmark, day) * slopes,
        atol=1e-12,
    )
