"""Missing inputs: what the measured ones tell of them, under a normal distribution.

Inputs are standardised, S a shrunken covariance of all of them. Given the measured ones z_o the
missing are normal with mean S_mo S_oo^-1 z_o and covariance S_mm - S_mo S_oo^-1 S_om. A model
takes the mean: to integrate the risk over the distribution (Gauss-Hermite) was no better on new
patients with half of the panel missing.
"""

import numpy as np

from features.arrays import Bools, Floats


def completed(z: Floats, correlation: Floats) -> Floats:
    """Missing inputs of z (n, p) at their expected value given the measured ones of the row.

    >>> completed(np.array([[2.0, np.nan]]), np.array([[1.0, 0.5], [0.5, 1.0]])).tolist()
    [[2.0, 1.0]]
    """
    filled = z.copy()
    if len(z) == 1:  # one patient, for whom the search for patterns would take longest
        patterns, pattern_of_row = np.isnan(z), np.zeros(1, dtype=np.intp)
    else:
        patterns, pattern_of_row = np.unique(np.isnan(z), axis=0, return_inverse=True)
    for number, missing in enumerate(patterns):
        rows = np.flatnonzero(pattern_of_row.ravel() == number)
        if missing.any():
            measured = z[rows][:, ~missing]
            filled[np.ix_(rows, missing)] = measured @ _slopes(missing, correlation)
    return filled


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
