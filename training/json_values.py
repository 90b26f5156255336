"""Results as JSON takes them."""

import math
from collections.abc import Mapping

import numpy as np


def plain(value: Mapping[str, object]) -> dict[str, object]:
    """The same without numpy and NaN: numbers, None for undefined, lists, text keys.

    >>> plain({"auc": np.float64("nan"), "n": (np.int64(3),), 180: True})
    {'auc': None, 'n': [3], '180': True}
    """
    return {str(key): _plain(item) for key, item in value.items()}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return plain(value)
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
