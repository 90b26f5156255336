"""Centred log-ratios (CLR) of all cell types: a sample's whole composition with errors.

Fractions add up to one, so that one type's loss raises all others. The logarithm of each share less
the mean logarithm of all is free of that, for whoever compares whole compositions (Aitchison, The
Statistical Analysis of Compositional Data, 1986).
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from features.arrays import Floats, Ints
from features.celltypes.cell_types import Typing
from features.celltypes.type_profiles import BLASTS
from features.further_columns import CLR_PARTS
from features.measures.pooled_expression import MISSING, Estimate, estimate_columns

# Types of a part that is not a type itself. Blasts of all lineages are one part, since a patient's
# leukaemia is of one lineage and the others' parts would be empty.
PART_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType({"blast": BLASTS})
PSEUDOCOUNT = 0.5


def centred_log_ratios(counts: Ints | Floats) -> tuple[Floats, Floats]:
    """CLR of counts of k types, shape (..., k), and their standard errors.

    clr_i = ln(n_i + 0.5) - mean_j ln(n_j + 0.5). In a multinomial draw var ln n_i = 1 / n_i up to a
    constant that all pairs share and the centring cancels, so that
    var clr_i = (1 - 2 / k) v_i + sum_j v_j / k^2 with v = 1 / (n + 0.5).

    >>> values, errors = centred_log_ratios(np.array([100, 100]))
    >>> values.tolist(), errors.round(3).tolist()
    ([0.0, 0.0], [0.071, 0.071])
    """
    k = counts.shape[-1]
    logs, variances = np.log(counts + PSEUDOCOUNT), 1 / (counts + PSEUDOCOUNT)
    errors = np.sqrt((1 - 2 / k) * variances + variances.sum(axis=-1, keepdims=True) / k**2)
    return logs - logs.mean(axis=-1, keepdims=True), errors


def log_ratio_features(typing: Typing, enrichment: str | None) -> dict[str, float]:
    """The columns `clr_*` with standard errors.

    Missing unless `enrichment` is "none", without any cell of these types, and where the user's
    labels do not tell CD14 from CD16 monocytes.
    """
    counts = np.array(
        [typing.type_mask(*PART_TYPES.get(name, (name,))).sum() for name, _ in CLR_PARTS], np.int64
    )
    levels = [MISSING] * len(CLR_PARTS)
    if enrichment == "none" and counts.sum() > 0 and typing.has_split_monocytes:
        levels = [
            Estimate(float(value), float(error))
            for value, error in zip(*centred_log_ratios(counts), strict=True)
        ]
    names = [f"clr_{name}" for name, _ in CLR_PARTS]
    return estimate_columns(dict(zip(names, levels, strict=True)))
