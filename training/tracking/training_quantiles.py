"""Training quantiles: each feature's distribution in the training cohort, for drift monitoring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.arrays import Floats

LEVELS: Floats = np.linspace(0.0, 1.0, 51)


@dataclass(frozen=True)
class TrainingQuantiles:
    """Quantiles (p, k) of p features at k levels and shares of missing values (p,), n patients.

    Quantiles are NaN for a feature without any value.
    """

    names: tuple[str, ...]
    n: int
    levels: Floats
    quantiles: Floats
    missing: Floats


def training_quantiles(names: Sequence[str], X: Floats) -> dict[str, Any]:
    """Quantiles and share of missing values of each column of X (n, p), as JSON takes them.

    A feature without any value gets no quantiles.

    >>> training_quantiles(["a"], np.array([[0.0], [1.0]]))["features"]["a"]["missing"]
    0.0
    """
    columns = {}
    for name, column in zip(names, X.T, strict=True):
        finite = column[np.isfinite(column)]
        columns[name] = {
            "missing": 1 - finite.size / column.size,
            "quantiles": np.quantile(finite, LEVELS).tolist() if finite.size else None,
        }
    return {"n": len(X), "levels": LEVELS.tolist(), "features": columns}


def read_quantiles(record: Mapping[str, Any]) -> TrainingQuantiles:
    """The quantiles as arrays, from the JSON that `training_quantiles` makes."""
    names = tuple(record["features"])
    levels = np.array(record["levels"], float)
    no_quantiles = [float("nan")] * levels.size
    columns = [record["features"][name] for name in names]
    quantiles = np.array([column["quantiles"] or no_quantiles for column in columns], float)
    missing = np.array([column["missing"] for column in columns], float)
    return TrainingQuantiles(names, int(record["n"]), levels, quantiles, missing)
