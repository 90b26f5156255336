"""What a model's training cohort looked like, feature by feature, for later comparison."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from features.arrays import Floats

LEVELS: Floats = np.linspace(0.0, 1.0, 51)


def training_quantiles(names: Sequence[str], X: Floats) -> dict[str, Any]:
    """Quantiles and share of missing values of each column of X (n, p), as JSON takes them.

    A feature nobody had gets no quantiles.

    >>> training_quantiles(["a"], np.array([[0.0], [1.0]]))["features"]["a"]["missing"]
    0.0
    """
    columns = {}
    for name, column in zip(names, X.T, strict=True):
        known = column[np.isfinite(column)]
        columns[name] = {
            "missing": 1 - known.size / column.size,
            "quantiles": np.quantile(known, LEVELS).tolist() if known.size else None,
        }
    return {"n": len(X), "levels": LEVELS.tolist(), "features": columns}


def unpacked(stored: Mapping[str, Any]) -> tuple[list[str], int, Floats, Floats, Floats]:
    """Names, n, levels (k,), quantiles (p, k; NaN where nobody had it) and missing shares (p,)."""
    names = list(stored["features"])
    levels = np.array(stored["levels"], float)
    nothing = [float("nan")] * levels.size
    columns = [stored["features"][name] for name in names]
    quantiles = np.array([column["quantiles"] or nothing for column in columns], float)
    missing = np.array([column["missing"] for column in columns], float)
    return names, int(stored["n"]), levels, quantiles, missing
