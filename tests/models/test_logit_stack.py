"""Stacked logit functions against a slow walk through the trees."""

import numpy as np
import pytest

from features.errors import InputError
from models.logit_stack import Stack, calibrated, concatenate, linear_member, routes
from models.risk_model import RiskModel


def slow_logit(stack: Stack, member: int, x: np.ndarray) -> float:
    """One member on one patient, node by node, as the arrays' description says."""
    missing = np.isnan(x)
    value = np.where(missing, stack.fill[member], x)
    total = stack.intercept[member] + np.sum(stack.missing_coef[member][missing])
    used = stack.coef[member] != 0
    total += stack.coef[member][used] @ value[used]
    trees = stack.trees
    for t in range(stack.tree_start[member], stack.tree_start[member + 1]):
        node = 0
        while node >= 0:
            v = value[trees.feature[t, node]]
            left = trees.default_left[t, node] if np.isnan(v) else v <= trees.threshold[t, node]
            node = trees.left[t, node] if left else trees.right[t, node]
        total += trees.leaf[t, ~node]
    return total


def test_kernel_equals_a_slow_walk(fitted: dict[str, RiskModel]) -> None:
    """Linear members and trees give what walking them one by one gives, missing values too."""
    rng = np.random.default_rng(0)
    X = np.where(rng.random((15, 6)) < 0.3, np.nan, rng.normal(size=(15, 6)))
    stack = concatenate([fitted["core_panel"].refits_, fitted["lightgbm"].refits_])
    slow = [[slow_logit(stack, r, x) for r in range(len(stack.intercept))] for x in X]
    np.testing.assert_allclose(stack.logits(X), slow, rtol=1e-12, atol=1e-12)


def test_one_row_alone_gives_the_same_bits(fitted: dict[str, RiskModel]) -> None:
    """A patient's logit does not depend on who else is in the table."""
    X = np.random.default_rng(1).normal(size=(20, 6))
    stack = fitted["lightgbm"].refits_
    together = stack.logits(X)
    alone = np.concatenate([stack.logits(row[None]) for row in X])
    np.testing.assert_array_equal(together, alone)


def test_calibrated_is_affine(fitted: dict[str, RiskModel]) -> None:
    """Calibrating a stack maps every logit to intercept + slope x logit."""
    X = np.random.default_rng(2).normal(size=(5, 6))
    X[0, 0] = np.nan
    for name in ("core_panel", "lightgbm"):
        stack = fitted[name].refits_
        np.testing.assert_allclose(
            calibrated(stack, 0.3, 0.7).logits(X), 0.3 + 0.7 * stack.logits(X), atol=1e-12
        )


def test_concatenate_keeps_members_in_order(fitted: dict[str, RiskModel]) -> None:
    """Stacks of different kinds put together answer as they did apart."""
    X = np.random.default_rng(3).normal(size=(4, 6))
    stacks = [fitted[name].refits_ for name in ("lightgbm", "prevalence", "core_panel")]
    np.testing.assert_array_equal(
        concatenate(stacks).logits(X), np.concatenate([s.logits(X) for s in stacks], axis=1)
    )


def test_routes_of_a_chain_and_a_balanced_tree() -> None:
    """Every set of answers leads to the leaf that following the children leads to."""
    left = np.array([[1, 2, -1], [1, -1, -3]], np.int32)
    right = np.array([[-2, -3, -4], [2, -2, -4]], np.int32)
    table = routes(left, right)
    assert table[0].tolist() == [1, 2, 1, 3, 1, 2, 1, 0]
    assert table[1].tolist() == [3, 1, 3, 0, 2, 1, 2, 0]


@pytest.mark.parametrize("shape", [(3,), (2, 5), (2, 2)])
def test_wrong_width_is_refused(shape: tuple[int, ...]) -> None:
    """Compiled code looks at no bounds, so rows of another width never reach it."""
    member = linear_member(0.0, np.ones(3), np.zeros(3), np.zeros(3))
    with pytest.raises(InputError, match="takes rows of 3 features"):
        member.logits(np.zeros(shape))
