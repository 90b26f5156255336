"""Bootstrap refits of trees: fits to drawn patients, stacked behind the model."""

import numpy as np
import pytest

from models.endpoints import ENDPOINTS
from models.tree_members import TreeMembers, check_members
from tests.training.evaluation.joint.simulated_rows import everybody, three_endpoints
from training.evaluation.joint.refits import bootstrap_refits, drawn_patients, members_of
from training.evaluation.joint.resampling import FittedJoint
from training.evaluation.joint.tree_fit import fit_trees


@pytest.fixture(scope="module")
def refits() -> list[FittedJoint]:
    """Three refits."""
    return bootstrap_refits(three_endpoints(), fit_trees, 3, seed=5)


def test_members_are_the_model_and_its_refits(refits: list[FittedJoint]) -> None:
    """Stacked predictors are each fit's own to the last bit, the model first, gaps and all."""
    data = three_endpoints()
    model = fit_trees(data, everybody())
    X, day = data.rows.visits[0].X, np.full(len(data.rows.patients), 28.0)
    for endpoint in ENDPOINTS.values():
        stack = members_of(model, refits, endpoint)
        assert isinstance(stack, TreeMembers)
        check_members(stack, (4, 3, len(data.events(endpoint))), X.shape[1])
        together = stack.predictors(X, day)
        for r, one in enumerate((model, *refits)):
            alone = members_of(one, [], endpoint)
            np.testing.assert_array_equal(together[:, r], alone.predictors(X, day)[:, 0])
            np.testing.assert_array_equal(stack.intercepts[r], alone.intercepts[0])


def test_a_refit_is_the_fit_of_its_drawn_patients(refits: list[FittedJoint]) -> None:
    """Refit 1 is the fit to that sample, whatever the number of processes; refits differ."""
    data = three_endpoints()
    by_hand = fit_trees(data, drawn_patients(data, 5, 1))
    apart = bootstrap_refits(data, fit_trees, 2, seed=5, n_jobs=2)[1]
    X, day = data.rows.visits[0].X, np.full(len(data.rows.patients), 28.0)
    risks = [one.exclusive_risks(X, day) for one in (refits[1], by_hand, apart, refits[0])]
    np.testing.assert_array_equal(risks[0], risks[1])
    np.testing.assert_array_equal(risks[0], risks[2])
    assert np.abs(risks[0] - risks[3]).max() > 0.05
