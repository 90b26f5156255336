"""Nested results as the flat names and numbers that MLflow's tables show."""

import math
from collections.abc import Mapping
from typing import Any


def numbers(nested: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Every finite number in a nested mapping, named by its path; lists are left out.

    A mapping with the entry `value` is a measure: the value takes the mapping's own name, its
    companions that name with an ending. Yes and no are 1 and 0.

    >>> numbers({"relapse": {"auc": {"value": 0.7, "low": 0.6, "high": None}, "curve": [1, 2]}})
    {'relapse/auc': 0.7, 'relapse/auc_low': 0.6}
    """
    found: dict[str, float] = {}
    joint = "_" if "value" in nested else "/"
    for key, value in nested.items():
        path = prefix if key == "value" and prefix else f"{prefix}{joint}{key}" if prefix else key
        if isinstance(value, Mapping):
            found |= numbers(value, path)
        elif isinstance(value, int | float) and math.isfinite(value):
            found[path] = float(value)
    return found


def words(nested: Mapping[str, Any]) -> dict[str, str]:
    """Each entry as text; lists joined by commas, mappings as name=value pairs.

    >>> words({"horizons": [90, 180], "alpha": 0.05})
    {'horizons': '90, 180', 'alpha': '0.05'}
    """
    return {str(key): _word(value) for key, value in nested.items()}


def _word(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_word(entry)}" for key, entry in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_word(entry) for entry in value)
    return str(value)
