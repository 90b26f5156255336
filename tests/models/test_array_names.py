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


def test_there_and_back(models_of_fit: dict[str, FrozenModel]) -> None:
    """A model packed and unpacked has the same arrays under the same names, onset or not."""
    for model in models_of_fit.values():
        before = arrays_of(model)
        after = arrays_of(model_of(model.manifest.copy(), copies(model)))
        assert before.keys() == after.keys()
        for name in before:
            np.testing.assert_array_equal(before[name], after[name])


FORGERIES = [
    lambda a: a.update({"members.effects": a["members.effects"][:, :5]}),
    lambda a: a.update({"members.low": a["members.low"][:-1]}),
    lambda a: a.update({"members.spread": a["members.spread"].astype(np.float32)}),
    lambda a: a.update({"members.intercepts": a["members.intercepts"][:, :2]}),
    lambda a: a.update({name: a[name][:1] for name in a if name.startswith("members.")}),
    lambda a: a.update({"members.time_terms": a["members.time_terms"][:, :, :2]}),
    lambda a: a.update({"members.correlation": np.eye(5)}),
    lambda a: a.update({"members.correlation": a["members.correlation"] * np.nan}),
    lambda a: a.update({"members.intercepts": a["members.intercepts"] * np.nan}),
    lambda a: a.update({"members.intercepts": a["members.intercepts"] * 0 + 1e300}),
    lambda a: a.update({"members.effects": a["members.effects"] * 1e308}),
    lambda a: a.update({"members.drift": a["members.drift"] * np.nan}),
    lambda a: a.update({"members.time_terms": a["members.time_terms"] + 500.0}),
    lambda a: a.update({"members.spread": np.zeros_like(a["members.spread"])}),
    lambda a: a.update({"members.low": a["members.low"] - 1e300}),
    lambda a: a.pop("members.drift"),
    lambda a: a.update({"in_endpoint": np.ones(2)}),
    lambda a: a.update({"in_endpoint": np.zeros_like(a["in_endpoint"])}),
    lambda a: a.update({"in_endpoint": a["in_endpoint"][::-1].copy()}),
    lambda a: a.update({"in_endpoint": a["in_endpoint"] * np.nan}),
    lambda a: a.update({"domain.scale": np.ones(3)}),
    lambda a: a.update({"domain.limit": np.ones(1)}),
    lambda a: a.update({"cohort.prevalence": np.ones(2)}),
    lambda a: a.update({"cohort.training_risks": np.zeros((3, 0))}),
    lambda a: a.update({"cohort.training_risks": np.zeros((2, 9))}),
    lambda a: a.update({"cohort.prevalence": -a["cohort.prevalence"]}),
    lambda a: a.update({"cohort.prevalence": a["cohort.prevalence"][::-1].copy()}),
    lambda a: a.update({"cohort.training_risks": a["cohort.training_risks"] * np.nan}),
]


@pytest.mark.parametrize("change", FORGERIES)
def test_arrays_out_of_bounds_are_refused(
    frozen: FrozenModel, change: Callable[[Arrays], object]
) -> None:
    """Arrays that would lead compiled code astray, or are not there, never become a model."""
    arrays = copies(frozen)
    change(arrays)
    with pytest.raises((ValueError, KeyError)):
        model_of(frozen.manifest.copy(), arrays)
