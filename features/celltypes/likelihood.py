"""Log likelihood of each cell under each expression profile, by interpolation in a table.

A count k of a gene with rate r per 10,000 in a cell of depth d (in 10,000 UMIs) is negative
binomial with size 1 and mean m = d r, so log p(k) = k log(m / (1 + m)) - log(1 + m). Both terms
are smooth in log d; they are tabulated on a grid of depths and interpolated linearly. Only the
non-zero counts of a cell are visited; the zeros are covered by a term that depends on depth alone.
The interpolation error is at most 5e-4 per UMI (checked by a test).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit, types

from features.arrays import Floats, Floats32, Ints, Ints32

KNOTS = 64
LOWEST_DEPTH = 0.01  # 100 UMIs of the depth genes
LANES = 8  # rows that a processor adds at once: the last ones of 31, one by one, took a sixth
HIGHEST_DEPTH = 15.0  # 150,000 UMIs; depths outside are read at the nearer end
NEGLIGIBLE = -104.0  # exp of it is zero in single precision


@dataclass(frozen=True)
class DepthTable:
    """Tabulated terms: `per_umi` (knots, genes, places) and `at_zero` (knots, places).

    The first `n_rows` places are the rows; zeros fill them up to a multiple of `LANES`.
    """

    per_umi: Floats32
    at_zero: Floats32
    n_rows: int


def tabulate(rates: Floats) -> DepthTable:
    """Tables for profiles `rates`, shape (genes, rows), UMIs per 10,000, all positive.

    One logarithm an entry: log(m / (1 + m)) = -log1p(1 / m), and log(1 + m) is log m minus that.
    """
    depths = np.exp(np.linspace(np.log(LOWEST_DEPTH), np.log(HIGHEST_DEPTH), KNOTS))
    inverse = (1 / rates).astype(np.float32)
    n_genes, n_rows = rates.shape
    places = np.zeros((KNOTS, n_genes, -(-n_rows // LANES) * LANES), np.float32)
    per_umi = places[..., :n_rows]
    # In place: pages of new arrays took as long as the logarithm.
    np.divide(inverse, depths.astype(np.float32)[:, None, None], out=per_umi)
    np.log1p(per_umi, out=per_umi)
    np.negative(per_umi, out=per_umi)
    log_means = np.log(rates).sum(axis=0) + rates.shape[0] * np.log(depths)[:, None]
    at_zero = np.zeros((KNOTS, places.shape[2]), np.float32)
    at_zero[:, :n_rows] = per_umi.sum(axis=1, dtype=np.float64) - log_means
    return DepthTable(places, at_zero, n_rows)


def _depth_knots(umis: Ints) -> tuple[Ints, Floats32]:
    """Each cell's knot below its depth, and the weight of the knot above."""
    depth = np.clip(umis / 1e4, LOWEST_DEPTH, HIGHEST_DEPTH)
    step = np.log(HIGHEST_DEPTH / LOWEST_DEPTH) / (KNOTS - 1)
    position = np.log(depth / LOWEST_DEPTH) / step
    knot = np.minimum(position.astype(np.int64), KNOTS - 2)
    return knot, (position - knot).astype(np.float32)


# Signatures are given so that numba compiles at import (or loads its cache) and never mid-sample.
# Counts come in columns from `CellCounts.panel`, in rows from a matrix.
_COUNTS = (types.int32[::1, :], types.int32[:, ::1])
_LONGS, _ROWS = types.int64[::1], types.float32[:, ::1]
_KNOTS = types.Tuple((_LONGS, types.float32[::1]))  # type: ignore[no-untyped-call, unused-ignore]  # numba has no types
_TERMS = types.Tuple((types.float32[:, :, ::1], _ROWS))  # type: ignore[no-untyped-call, unused-ignore]  # numba has no types


@njit(cache=True, inline="always")
def _add_interpolated(k, lower, upper, share, out):  # type: ignore[no-untyped-def]
    for row in range(out.shape[0]):
        out[row] += k * (lower[row] + share * (upper[row] - lower[row]))


@njit([types.void(c, _LONGS, _KNOTS, _TERMS, _ROWS) for c in _COUNTS], cache=True, nogil=True)
def _sum_log_likelihood(counts, columns, knots, terms, out):  # type: ignore[no-untyped-def]
    (knot, weight), (per_umi, at_zero) = knots, terms
    nonzero = np.empty(columns.shape[0], np.int64)
    for cell in range(counts.shape[0]):
        low, share, row_sums, n = knot[cell], weight[cell], out[cell], 0
        for gene in range(columns.shape[0]):  # listed first: four of five are zero, at random
            nonzero[n] = gene
            n += counts[cell, columns[gene]] > 0
        _add_interpolated(np.float32(1), at_zero[low], at_zero[low + 1], share, row_sums)
        for gene in nonzero[:n]:
            k = np.float32(counts[cell, columns[gene]])
            _add_interpolated(k, per_umi[low, gene], per_umi[low + 1, gene], share, row_sums)


@njit(types.void(_ROWS, _LONGS, _ROWS), cache=True, nogil=True)
def _softmax(logs, name_of_row, out):  # type: ignore[no-untyped-def]
    for cell in range(logs.shape[0]):
        maximum, total = np.float64(logs[cell].max()), 0.0
        for row in range(logs.shape[1]):
            if logs[cell, row] - maximum < NEGLIGIBLE:
                continue
            weight = np.exp(logs[cell, row] - maximum)
            total += weight
            out[cell, name_of_row[row]] += weight
        for name in range(out.shape[1]):
            out[cell, name] /= total


@njit([types.void(c, _LONGS, _LONGS) for c in _COUNTS], cache=True, nogil=True)
def _add_detected(counts, columns, out):  # type: ignore[no-untyped-def]
    for gene in range(columns.shape[0]):
        for cell in range(counts.shape[0]):
            out[cell] += counts[cell, columns[gene]] > 0


def count_detected(counts: Ints32, columns: Ints) -> Ints:
    """Number of the genes `counts[:, columns]` detected in each cell, shape (cells,)."""
    out = np.zeros(counts.shape[0], np.int64)
    _add_detected(counts, columns, out)
    return out


def log_likelihood(counts: Ints32, columns: Ints, depth: Ints, table: DepthTable) -> Floats32:
    """Log likelihood of each cell under each profile, shape (cells, rows).

    `counts[:, columns]` are the UMIs of the table's genes, in its order; `depth` those of the
    cell's depth genes. At size 1 there are no terms that are equal for all profiles and could be
    left out.
    """
    out = np.zeros((counts.shape[0], table.at_zero.shape[1]), np.float32)
    terms = (table.per_umi, table.at_zero)
    _sum_log_likelihood(counts, columns, _depth_knots(depth), terms, out)
    return out[:, : table.n_rows]


def posteriors_by_name(logs: Floats32, name_of_row: Ints, n_names: int) -> Floats32:
    """Posterior of each name: exp(logs) added up by name, rows sum to 1.

    `logs` (cells, rows) is -inf where a row is excluded; each cell needs a row that is not.
    `name_of_row` (rows,) indexes the names.
    """
    out = np.zeros((logs.shape[0], n_names), np.float32)
    _softmax(logs, name_of_row, out)
    return out
