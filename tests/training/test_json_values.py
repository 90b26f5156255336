"""Results become JSON without loss of meaning."""

import json

import numpy as np

from training.json_values import plain


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
