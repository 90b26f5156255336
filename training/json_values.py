"""Results as JSON takes them."""

import math
from collections.abc import Mapping
from typing import TypedDict, TypeVar, cast

import numpy as np

Document = TypeVar("Document", bound=Mapping[str, object])


class MeasureDocument(TypedDict):
    """A measure with its 95 % interval; None where undefined."""

    value: float | None
    low: float | None
    high: float | None


def plain(value: Document) -> Document:
    """The same without numpy and NaN: numbers, None for undefined, lists, text keys.

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
