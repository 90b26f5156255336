"""Bootstrap refits of either kind of model: what is drawn, and how they are stacked."""

from dataclasses import replace

import numpy as np
import pytest

from features.arrays import Ints
from models.endpoints import ENDPOINTS
from models.linear_members import LinearMembers
from models.tree_members import TreeMembers
from training.evaluation.joint.fit import JointData, fit_joint
from training.evaluation.joint.refits import bootstrap_refits, drawn_patients, members_of
from training.evaluation.joint.resampling import FitJoint
from training.evaluation.joint.tree_fit import fit_trees

KINDS = pytest.mark.parametrize(
    ("fit", "members"), [(fit_joint, LinearMembers), (fit_trees, TreeMembers)]
)


@KINDS
def test_members_are_the_model_and_its_refits(
    three_endpoints: JointData, everybody: Ints, fit: FitJoint, members: type
) -> None:
    """Stacked predictors are each fit's own, the model first, for every endpoint."""
    model = fit(three_endpoints, everybody)
    refits = bootstrap_refits(three_endpoints, fit, 3, seed=5)
    X = three_endpoints.rows.visits[0].X[:20]
    day = np.full(20, 28.0)
    complete = np.where(np.isnan(X), np.nanmedian(X, axis=0), X)
    for endpoint in ENDPOINTS.values():
        stack = members_of(model, refits, endpoint)
        assert isinstance(stack, members) and len(stack.intercepts) == 4
        together = stack.predictors(complete, day)
        for r, one in enumerate((model, *refits)):
            alone = members_of(one, [], endpoint).predictors(complete, day)[:, 0]
            np.testing.assert_allclose(together[:, r], alone, rtol=0, atol=1e-12)
            assert np.array_equal(stack.intercepts[r], members_of(one, [], endpoint).intercepts[0])


@KINDS
def test_refits_are_fits_to_the_drawn_patients(
    three_endpoints: JointData, fit: FitJoint, members: type
) -> None:
    """Refit 1 of a seed is the fit to that sample, and does not depend on how many there are."""
    second = bootstrap_refits(three_endpoints, fit, 2, seed=5)[1]
    by_hand = fit(three_endpoints, drawn_patients(three_endpoints, 5, 1))
    X, day = three_endpoints.rows.visits[0].X, np.full(len(three_endpoints.rows.patients), 28.0)
    np.testing.assert_array_equal(second.exclusive_risks(X, day), by_hand.exclusive_risks(X, day))
    assert isinstance(members_of(by_hand, [], ENDPOINTS["relapse"]), members)


def test_a_sample_is_drawn_with_replacement(three_endpoints: JointData) -> None:
    """As many patients as there are; about 63 % of them at least once; each number another one."""
    n = len(three_endpoints.rows.patients)
    samples = [drawn_patients(three_endpoints, 1, number) for number in range(30)]
    assert all(len(sample) == n for sample in samples)
    share = np.mean([len(np.unique(sample)) / n for sample in samples])
    assert share == pytest.approx(1 - np.exp(-1), abs=0.03)
    assert len({tuple(sample) for sample in samples}) == 30


def test_a_patient_drawn_twice_counts_as_two(three_endpoints: JointData, everybody: Ints) -> None:
    """Everybody twice is the ridge of two such cohorts: less shrunken than of one."""
    only = replace(three_endpoints, endpoints=())
    one, two = (fit_joint(only, np.repeat(everybody, k)).exclusive for k in (1, 2))
    assert np.abs(two.effects[:, 0]).sum() > np.abs(one.effects[:, 0]).sum()
