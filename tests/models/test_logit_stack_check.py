"""Arrays that compiled code may be given."""

from dataclasses import replace

import numpy as np
import pytest

from models.logit_stack import Stack
from models.logit_stack_check import check_stack
from models.risk_model import RiskModel


def test_fitted_stacks_pass(fitted: dict[str, RiskModel]) -> None:
    """Every model and every refit that we fit is in order."""
    for model in fitted.values():
        assert isinstance(model.refits_, Stack)
        check_stack(model.stack_, 6)
        check_stack(model.refits_, 6)


def test_each_fault_is_reported(fitted: dict[str, RiskModel]) -> None:
    """A wrong shape, type or place is refused with the array's name."""
    stack = fitted["lightgbm"].stack_
    trees = stack.trees
    faults = {
        "coef": replace(stack, coef=np.zeros((1, 5))),
        "fill": replace(stack, fill=stack.fill.astype(np.float32)),
        "tree_start": replace(stack, tree_start=np.array([0, 41], np.int32)),
        "feature": replace(stack, trees=replace(trees, feature=trees.feature + np.uint16(6))),
        "route": replace(stack, trees=replace(trees, route=trees.route + np.uint8(4))),
        "right": replace(stack, trees=replace(trees, right=trees.right - np.int32(4))),
        "threshold": replace(stack, trees=replace(trees, threshold=trees.threshold[:, :2])),
    }
    for name, faulty in faults.items():
        with pytest.raises(ValueError, match=name):
            check_stack(faulty, 6)
