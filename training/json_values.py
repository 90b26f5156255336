"""Results as JSON values, and as the flat metrics and parameters that MLflow shows."""

import math
from collections.abc import Mapping
from typing import TypeVar, cast

import numpy as np

Document = TypeVar("Document", bound=Mapping[str, object])


def plain(value: Document) -> Document:
    """The value without numpy types and NaN: numbers, None for undefined, lists, text keys.

    >>> plain({"auc": np.float64("nan"), "n": (np.int64(3),), 180: True})
    {'auc': None, 'n': [3], '180': True}
    """
    return cast(Document, {str(key): _plain(item) for key, item in value.items()})


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


def flat_numbers(nested: Mapping[str, object], prefix: str = "") -> dict[str, float]:
    """Every finite number in a nested mapping, named by its path; lists are left out.

    A mapping with the entry `value` is a measure: its value takes the mapping's own name, its other
    entries that name with a suffix. True and False are 1 and 0.

    >>> flat_numbers({"relapse": {"auc": {"value": 0.7, "low": 0.6, "high": None}, "days": [1, 2]}})
    {'relapse/auc': 0.7, 'relapse/auc_low': 0.6}
    """
    numbers: dict[str, float] = {}
    joint = "_" if "value" in nested else "/"
    for key, value in nested.items():
        path = prefix if key == "value" and prefix else f"{prefix}{joint}{key}" if prefix else key
        if isinstance(value, Mapping):
            numbers |= flat_numbers(value, path)
        elif isinstance(value, int | float) and math.isfinite(value):
            numbers[path] = float(value)
    return numbers


def flat_texts(nested: Mapping[str, object]) -> dict[str, str]:
    """Each entry as text; lists joined by commas, mappings as name=value pairs.

    >>> flat_texts({"horizons": [90, 180], "alpha": 0.05})
    {'horizons': '90, 180', 'alpha': '0.05'}
    """
    return {str(key): _text(value) for key, value in nested.items()}


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_text(entry)}" for key, entry in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_text(entry) for entry in value)
    return str(value)
