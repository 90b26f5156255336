"""Missing inputs: what the measured ones tell of them, under a normal distribution.

Inputs are standardised, S a shrunken covariance of all of them. Given the measured ones z_o the
missing are normal with mean S_mo S_oo^-1 z_o and covariance S_mm - S_mo S_oo^-1 S_om. A model
takes the mean: to integrate the risk over the distribution (Gauss-Hermite) was no better on new
patients with half of the panel missing.
"""

import numpy as np
from numba import njit

from features.arrays import Bools, Floats, Ints


@njit(cache=True, nogil=True)
def completed(z: Floats, correlation: Floats) -> Floats:
    """Missing inputs of z (n, p) at their expected value given the measured ones of the row.

    Row by row, so that a row alone gives the same bits as among others. One loop computes the
    Cholesky factor S_oo = L L' and solves L y = z_o; then L' v = y, and the mean is S_mo v.

    >>> completed(np.array([[2.0, np.nan]]), np.array([[1.0, 0.5], [0.5, 1.0]])).tolist()
    [[2.0, 1.0]]
    """
    n, p = z.shape
    out = z.copy()
    measured = np.empty(p, np.intp)
    factor, v = np.empty((p, p)), np.empty(p)
    for row in range(n):
        k = _find_measured(z[row], measured)
        if k == p:
            continue
        _solve(z[row], correlation, measured[:k], factor, v)
        for j in range(p):
            if np.isnan(z[row, j]):
                out[row, j] = 0.0
                for i in range(k):
                    out[row, j] += correlation[j, measured[i]] * v[i]
    return out


@njit(cache=True, nogil=True)
def _find_measured(z: Floats, measured: Ints) -> int:
    """Write the positions of the measured inputs of z (p,) into `measured`; how many they are."""
    k = 0
    for j in range(len(z)):
        if not np.isnan(z[j]):
            measured[k] = j
            k += 1
    return k


@njit(cache=True, nogil=True)
def _solve(z: Floats, correlation: Floats, measured: Ints, factor: Floats, v: Floats) -> None:
    """Write S_oo^-1 z_o into `v`; `factor` (p, p) is room for the Cholesky factor of S_oo."""
    k = len(measured)
    for i in range(k):
        rest = z[measured[i]]
        for j in range(i + 1):
            pivot = correlation[measured[i], measured[j]]
            for m in range(j):
                pivot -= factor[i, m] * factor[j, m]
            factor[i, j] = np.sqrt(pivot) if i == j else pivot / factor[j, j]
            if j < i:
                rest -= factor[i, j] * v[j]
        v[i] = rest / factor[i, i]
    for i in range(k - 1, -1, -1):
        for m in range(i + 1, k):
            v[i] -= factor[m, i] * v[m]
        v[i] /= factor[i, i]


def conditional_normal(z: Floats, correlation: Floats) -> tuple[Floats, Floats]:
    """Mean (m,) and covariance (m, m) of the missing inputs of z (p,) given the measured ones."""
    missing = np.isnan(z)
    slopes = _slopes(missing, correlation)
    across = correlation[np.ix_(~missing, missing)]
    rest = correlation[np.ix_(missing, missing)] - across.T @ slopes
    return np.asarray(z[~missing] @ slopes), np.asarray((rest + rest.T) / 2)


def _slopes(missing: Bools, correlation: Floats) -> Floats:
    """Effects (o, m) of the measured inputs on the expected missing ones."""
    across = correlation[np.ix_(~missing, missing)]
    return np.asarray(np.linalg.solve(correlation[np.ix_(~missing, ~missing)], across))
