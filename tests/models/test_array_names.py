"""Arrays under flat names, and what is refused when they come back."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from models.array_names import arrays_of, model_of
from models.frozen import FrozenModel

Arrays = dict[str, Any]


def copies(model: FrozenModel) -> Arrays:
    """The model's arrays, free to be changed."""
    return {name: np.array(array) for name, array in arrays_of(model).items()}


def test_there_and_back(frozen: FrozenModel) -> None:
    """A model packed and unpacked has the same arrays under the same names."""
    before = arrays_of(frozen)
    after = arrays_of(model_of(dict(frozen.manifest), copies(frozen)))
    assert before.keys() == after.keys()
    for name in before:
        np.testing.assert_array_equal(before[name], after[name])


FORGERIES = [
    lambda a: a["180.stack.trees.feature"].__setitem__((0, 0), 60000),
    lambda a: a["180.stack.trees.route"].__setitem__((0, 0), 200),
    lambda a: a["180.stack.trees.left"].__setitem__((0, 0), 50),
    lambda a: a["180.refits.tree_start"].__setitem__(1, 10**6),
    lambda a: a.update({"90.stack.coef": a["90.stack.coef"].astype(np.float32)}),
    lambda a: a.pop("90.refits.fill"),
    lambda a: a.update({"90.stack.intercept": np.zeros(2)}),
    lambda a: a.update({"domain.scale": np.ones(3)}),
    lambda a: a.update({"90.background.centre": np.ones(3)}),
]


@pytest.mark.parametrize("change", FORGERIES)
def test_arrays_out_of_bounds_are_refused(
    frozen: FrozenModel, change: Callable[[Arrays], object]
) -> None:
    """Arrays that would lead compiled code astray, or are not there, never become a model."""
    arrays = copies(frozen)
    change(arrays)
    with pytest.raises((ValueError, KeyError)):
        model_of(dict(frozen.manifest), arrays)
