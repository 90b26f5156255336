"""Results become JSON, or flat names and numbers, without loss of meaning."""

import json
import math

import numpy as np

from training.json_values import flat_numbers, flat_texts, plain


def test_numpy_and_nan_become_json() -> None:
    """Nested numpy numbers and arrays, NaN and infinity, tuples and integer keys."""
    value = {
        "a": {180: np.float32(0.5)}, "b": (np.int64(1), [float("inf"), np.nan]),
        "c": np.array([1.0, 2.0]), "d": np.bool_(True), "e": None, "f": "text",
    }  # fmt: skip
    result = plain(value)
    assert result == {
        "a": {"180": 0.5}, "b": [1, [None, None]], "c": [1.0, 2.0], "d": True, "e": None,
        "f": "text",
    }  # fmt: skip
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_only_finite_numbers_survive() -> None:
    """None, NaN, infinities, texts and lists leave no metric; yes and no are 1 and 0."""
    nested = {"a": {"value": 1, "low": None, "high": math.inf}, "b": [1, 2], "c": "x", "d": True}
    assert flat_numbers(nested) == {"a": 1.0, "d": 1.0}


def test_names_give_the_path() -> None:
    """Parts are joined by a slash, a measure's companions by an underscore."""
    nested = {"easix": {"auc": 0.5, "brier_difference": {"value": -0.1, "low": -0.2, "high": 0.0}}}
    assert flat_numbers({"comparators": nested}) == {
        "comparators/easix/auc": 0.5,
        "comparators/easix/brier_difference": -0.1,
        "comparators/easix/brier_difference_low": -0.2,
        "comparators/easix/brier_difference_high": 0.0,
    }


def test_texts_of_a_mapping() -> None:
    """A mapping inside becomes name=value pairs."""
    assert flat_texts({"biomarker": {"relapse": "a", "fatal_infection": "b"}}) == {
        "biomarker": "relapse=a, fatal_infection=b"
    }
