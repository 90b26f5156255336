"""Who had the event and who had not, before any model: medians and quartiles side by side."""

import numpy as np
import pandas as pd

from features.arrays import Floats

# Quartiles of fewer patients would be the patients themselves.
LEAST = 5


def by_outcome(frame: pd.DataFrame, names: tuple[str, ...], y: Floats) -> list[dict[str, object]]:
    """Median, quartiles and known values of each named column, with and without the event.

    `frame` has one row a patient in the order of `y` (1, 0, NaN: left out). Numbers are None for
    groups of under 5 known values; no test is made: the tests that count are out of fold.

    >>> frame = pd.DataFrame({"amc": [1.0, 2.0, 3.0, 4.0, 5.0, 9.0]})
    >>> by_outcome(frame, ("amc",), np.array([1, 1, 1, 1, 1, 0.0]))[0]["with_event"]
    {'known': 5, 'median': 3.0, 'low': 2.0, 'high': 4.0}
    """
    return [
        {
            "feature": name,
            "with_event": _summary(frame.loc[y == 1, name].to_numpy(float)),
            "without_event": _summary(frame.loc[y == 0, name].to_numpy(float)),
        }
        for name in names
        if name in frame
    ]


def _summary(values: Floats) -> dict[str, object]:
    known = values[np.isfinite(values)]
    if len(known) < LEAST:
        return {"known": len(known), "median": None, "low": None, "high": None}
    low, median, high = (float(q) for q in np.quantile(known, [0.25, 0.5, 0.75]))
    return {"known": len(known), "median": median, "low": low, "high": high}
