"""Compiled loops of a mixture with fixed components: likelihoods of cells, score and curvature."""

import numpy as np
from numba import njit, types

from features.arrays import Floats, Ints, Ints32

# A cell that no component explains moves the shares little: its least relative likelihood.
LEAST_LIKELIHOOD = 1e-9

_COUNTS, _LONGS = types.int32[:, ::1], types.int64[::1]
_TABLE, _MATRIX, _VECTOR = types.float64[:, :, ::1], types.float64[:, ::1], types.float64[::1]


@njit(  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
    types.void(_COUNTS, _LONGS, _TABLE, _MATRIX, _TABLE, _MATRIX), cache=True, nogil=True
)
def fill_likelihoods(
    counts: Ints32, knot: Ints, per_umi: Floats, at_zero: Floats, constants: Floats, out: Floats
) -> None:
    """Likelihood of each cell under each component, the greatest 1, into `out` (cells, components).

    `counts` (cells, sets) of each gene set, `knot` (cells,) each cell's depth in the tables
    `per_umi` (knots, sets, components) and `at_zero` (knots, components); `constants` (sets, k,
    components) depends on the count alone.
    """
    n, n_sets = counts.shape
    n_components = out.shape[1]
    for cell in range(n):
        row, j = out[cell], knot[cell]
        for c in range(n_components):
            row[c] = at_zero[j, c]
        for s in range(n_sets):
            k = counts[cell, s]
            if k > 0:
                for c in range(n_components):
                    row[c] += k * per_umi[j, s, c] + constants[s, k, c]
        maximum = row.max()
        for c in range(n_components):
            row[c] = np.exp(row[c] - maximum) + LEAST_LIKELIHOOD


@njit(  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
    types.float64(_MATRIX, _VECTOR, _VECTOR, _MATRIX), cache=True, nogil=True
)
def score_and_curvature(
    likelihoods: Floats, shares: Floats, score: Floats, curvature: Floats
) -> float:
    """Mean log likelihood; its gradient in the shares and minus its second derivative are filled.

    With f = sum_c pi_c f_c: `score` (c,) = mean f_c / f, `curvature` (c, c) = mean f_c f_d / f^2.
    """
    n, n_components = likelihoods.shape
    score[:], curvature[:], total = 0.0, 0.0, 0.0
    ratio = np.empty(n_components)
    for cell in range(n):
        f = 0.0
        for c in range(n_components):
            f += shares[c] * likelihoods[cell, c]
        total += np.log(f)
        for c in range(n_components):
            ratio[c] = likelihoods[cell, c] / f
            score[c] += ratio[c]
            for d in range(c + 1):
                curvature[c, d] += ratio[c] * ratio[d]
    for c in range(n_components):
        score[c] /= n
        for d in range(c + 1):
            curvature[c, d] /= n
            curvature[d, c] = curvature[c, d]
    return float(total / n)


@njit(  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
    types.void(_COUNTS, _LONGS, _TABLE, _MATRIX, _MATRIX, _VECTOR, _MATRIX),
    cache=True,
    nogil=True,
)
def score_rate_derivative(
    counts: Ints32,
    knot: Ints,
    saturation: Floats,
    sizes: Floats,
    likelihoods: Floats,
    shares: Floats,
    out: Floats,
) -> None:
    """Derivative of the score by the log rate of each gene set in all components together.

    With l = d log f_c / d log rate = k - (k + size) m / (size + m) and r_c = f_c / f, `out` (sets,
    c) = mean r_c (l_c - sum_d pi_d r_d l_d). `saturation` (knots, sets, c) holds m / (size + m).
    """
    n, n_sets = counts.shape
    n_components = likelihoods.shape[1]
    out[:] = 0.0
    ratio, slope = np.empty(n_components), np.empty(n_components)
    for cell in range(n):
        f = 0.0
        for c in range(n_components):
            f += shares[c] * likelihoods[cell, c]
        for c in range(n_components):
            ratio[c] = likelihoods[cell, c] / f
        for s in range(n_sets):
            k, mean = counts[cell, s], 0.0
            for c in range(n_components):
                slope[c] = k - (k + sizes[s, c]) * saturation[knot[cell], s, c]
                mean += shares[c] * ratio[c] * slope[c]
            for c in range(n_components):
                out[s, c] += ratio[c] * (slope[c] - mean)
    for s in range(n_sets):
        for c in range(n_components):
            out[s, c] /= n
