"""The inner loops over non-zeros: per-cell totals and panel counts, compiled once and cached.

A gene's `role` tells the loop what to do with its counts: 0 or more is the panel column it adds
to, the negative codes below say the rest.
"""

from typing import Any, NamedTuple

import numba
import numpy as np
from numba import types
from numpy.typing import NDArray

from features.arrays import Bytes, Ints, Ints32, UInts16

PLAIN = -1  # counts towards total and genes only
MITO = -2  # and towards the mitochondrial UMIs
MOST = 2147483647  # a sum beyond int32 is absurd and capped
MOST_OF_GENE = (1 << 24) - 1  # and one gene's in one cell beyond what low and high bytes hold
DAMAGED = -1  # a kernel's answer: an index points outside
IGNORED = -3  # antibody, CRISPR or another genome: not RNA of this patient


class Block(NamedTuple):
    """Whole cells (or whole genes): entries indptr[i]:indptr[i + 1] belong to number first + i."""

    first: int
    indptr: Ints
    indices: Ints32
    data: Ints32


class Sums(NamedTuple):
    """What the loops add to: `total`, `n_genes` and `mito` (cells,), `car` (rows,).

    `low` and `high` (width, rows) are the panel counts, low + 256 high: nearly all fit a byte, and
    pages of `high` that are never written cost nothing. `tall` (width,) marks the genes whose
    `high` was written.
    """

    total: Ints32
    n_genes: Ints32
    mito: Ints32
    low: Bytes
    high: UInts16
    tall: Bytes
    car: Ints32


def _vector(item: types.Type, readonly: bool = False) -> types.Array:
    return types.Array(item, 1, "C", readonly=readonly)


# Signatures are given so that numba compiles at import (or loads its cache) and never mid-sample.
_INTS, _LONGS, _ROLES = _vector(types.int32), _vector(types.int64), _vector(types.int16)
_BLOCK = types.NamedTuple((types.int64, _LONGS, _INTS, _INTS), Block)  # type: ignore[no-untyped-call, unused-ignore]  # numba has no types
_PANEL = (types.Array(types.uint8, 2, "C"), types.Array(types.uint16, 2, "C"))
_SUMS = types.NamedTuple((_INTS, _INTS, _INTS, *_PANEL, _vector(types.uint8), _INTS), Sums)  # type: ignore[no-untyped-call, unused-ignore]  # numba has no types


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _all_below(indices: Ints32, size: int) -> bool:
    """Whether every index lies in 0..size - 1; no early exit, so that it runs vectorised."""
    worst = np.uint32(0)
    for i in range(indices.shape[0]):
        worst = max(worst, np.uint32(indices[i]))  # a negative index becomes a large one
    return bool(indices.shape[0] == 0 or worst < size)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _put(sums: Sums, column: int, row: int, count: int) -> None:
    """Write one panel count as its low and high bytes."""
    count = min(count, MOST_OF_GENE)
    sums.low[column, row] = count & 255
    if count > 255:
        sums.high[column, row] = count >> 8
        sums.tall[column] = 1


_CELLS = types.int64(_BLOCK, _ROLES, _LONGS, _SUMS, _INTS, _LONGS)


@numba.njit(_CELLS, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def add_cells(
    block: Block,
    role: NDArray[np.int16],
    limits: Ints,
    sums: Sums,
    kept_cells: Ints32,
    empty: Ints,
) -> int:
    """Add whole cells (CSR rows) to the per-cell state; return the next free row.

    `limits` are (fewest UMIs, fewest genes, most mitochondrial UMIs per 100, most UMIs of an empty
    droplet, next free row). A cell within the limits is kept: its panel counts go into the next
    row, whose values must be zero, its number into `kept_cells`. A role one past the panel is the
    CAR sequence, whose counts go into `car`. Barcodes up to the limit add to `empty` (panel sums,
    CAR, then their UMIs). Returns DAMAGED when a gene index lies outside `role`.
    """
    least_umi, least_genes, most_mito, most_empty, row = limits
    first, indptr, genes, counts = block
    width = sums.low.shape[0]
    scratch = np.zeros(width + 1, np.int64)
    if not _all_below(genes, role.shape[0]):
        return DAMAGED
    for i in range(indptr.shape[0] - 1):
        umis, seen, mitochondrial = np.int64(0), np.int64(0), np.int64(0)
        # Unsigned positions spare a test for negative ones; sums apart run vectorised.
        begin, end = np.uint64(indptr[i]), np.uint64(indptr[i + 1])
        for k in range(begin, end):
            umis += counts[k]
            seen += counts[k] > 0
        for k in range(begin, end):
            what = role[np.uint32(genes[k])]
            if what == -1:  # nearly all entries: the branch is then predicted
                continue
            count = counts[k]
            if what == -3:
                umis -= count
                seen -= count > 0
            elif what == -2:
                mitochondrial += count
            else:
                scratch[what] += count
        cell = first + i
        sums.total[cell] = umis if umis < MOST else MOST
        sums.n_genes[cell] = seen
        sums.mito[cell] = mitochondrial if mitochondrial < MOST else MOST
        if umis >= least_umi and seen >= least_genes and 100 * mitochondrial <= most_mito * umis:
            for j in range(width):
                if scratch[j]:
                    _put(sums, j, row, scratch[j])
            if scratch[width]:
                sums.car[row] = scratch[width] if scratch[width] < MOST else MOST
            kept_cells[row] = cell
            row += 1
        elif umis <= most_empty:
            for j in range(width + 1):
                empty[j] += scratch[j]
            empty[width + 1] += umis
        scratch[:] = 0
    return int(row)


@numba.njit(types.int64(_BLOCK, _ROLES, _SUMS), cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def add_genes(block: Block, role: NDArray[np.int16], sums: Sums) -> int:
    """Add whole genes (CSC columns) to the state of all cells, row i of which is cell i.

    Returns 0, or DAMAGED when a cell index is bad.
    """
    first, indptr, cells, counts = block
    total, n_genes, mito, low, high, _, car = sums
    width = low.shape[0]
    for i in range(indptr.shape[0] - 1):
        what = role[first + i]
        if what == -3:
            continue
        for k in range(indptr[i], indptr[i + 1]):
            cell, count = cells[k], np.int64(counts[k])
            if cell < 0 or cell >= total.shape[0]:
                return DAMAGED
            if count == 0:
                continue
            total[cell] = min(total[cell] + count, MOST)
            n_genes[cell] += 1
            if what == -2:
                mito[cell] = min(mito[cell] + count, MOST)
            elif what == width:
                car[cell] = min(car[cell] + count, MOST)
            elif what >= 0:
                held = np.int64(low[what, cell]) + 256 * np.int64(high[what, cell])
                _put(sums, what, cell, int(held + count))
    return 0


# How count files store counts. Bytes that were inflated are read-only arrays; numba takes
# writable ones for them too.
COUNT_TYPES = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8")
_WHOLE, _FLOATS = (
    [
        types.int64(_vector(numba.from_dtype(np.dtype(name)), readonly=True), _INTS)
        for name in COUNT_TYPES
        if (name[0] == "f") is fractional
    ]
    for fractional in (False, True)
)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _first_other(values: NDArray[np.generic], out: Ints32) -> int:
    for i in range(values.shape[0]):
        if out[i] != values[i]:
            return i
    return -1


@numba.njit(_WHOLE, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _from_whole(values: NDArray[np.generic], out: Ints32) -> int:
    bad = False
    for i in range(values.shape[0]):  # no early exit, so that it runs vectorised
        inside = values[i] >= 0 and values[i] <= MOST
        out[i] = np.int32(values[i]) if inside else np.int32(0)
        bad |= not inside
    return _first_other(values, out) if bad else -1


@numba.njit(_FLOATS, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def _from_floats(values: NDArray[Any], out: Ints32) -> int:
    # Limits and answers in the values' own type: numba would widen both sides for a mixed one.
    least, beyond = values.dtype.type(0), values.dtype.type(2147483648)
    bad = False
    for i in range(values.shape[0]):
        inside = values[i] >= least and values[i] < beyond
        out[i] = np.int32(values[i]) if inside else np.int32(0)
        bad |= values.dtype.type(out[i]) != values[i]
    return _first_other(values, out) if bad else -1


def whole_numbers(values: NDArray[np.generic], out: Ints32) -> int:
    """Copy counts into int32; return the first that is not a whole number in 0..2^31-1, else -1.

    Any of `COUNT_TYPES` will do, of the same length as `out`; NaN and infinity are caught
    by the comparisons.
    """
    return int((_from_floats if values.dtype.kind == "f" else _from_whole)(values, out))


_PLANES = [
    types.void(_vector(types.uint8, readonly=True), _vector(item))
    for item in (types.uint32, types.uint64)
]


@numba.njit(_PLANES[0], cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def unshuffle4(planes: Bytes, out: NDArray[np.uint32]) -> None:
    """Undo HDF5's byte shuffle for 4-byte items: all first bytes, then all second bytes, ..."""
    n = out.shape[0]
    for i in range(n):
        out[i] = (
            np.uint32(planes[i])
            | (np.uint32(planes[n + i]) << np.uint32(8))
            | (np.uint32(planes[2 * n + i]) << np.uint32(16))
            | (np.uint32(planes[3 * n + i]) << np.uint32(24))
        )


@numba.njit(_PLANES[1], cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def unshuffle8(planes: Bytes, out: NDArray[np.uint64]) -> None:
    """Undo HDF5's byte shuffle for 8-byte items."""
    n = out.shape[0]
    for i in range(n):
        low = (
            np.uint64(planes[i])
            | (np.uint64(planes[n + i]) << np.uint64(8))
            | (np.uint64(planes[2 * n + i]) << np.uint64(16))
            | (np.uint64(planes[3 * n + i]) << np.uint64(24))
        )
        high = (
            np.uint64(planes[4 * n + i])
            | (np.uint64(planes[5 * n + i]) << np.uint64(8))
            | (np.uint64(planes[6 * n + i]) << np.uint64(16))
            | (np.uint64(planes[7 * n + i]) << np.uint64(24))
        )
        out[i] = low | (high << np.uint64(32))


_SHUFFLED = types.boolean(
    _vector(types.uint8, readonly=True), types.int64, types.int64, _vector(types.int32)
)


@numba.njit(_SHUFFLED, cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba has no types
def shuffled_whole_numbers(planes: Bytes, size: int, n: int, out: Ints32) -> bool:
    """Undo the shuffle of `size`-byte whole numbers straight into int32, as far as `out` reaches.

    `n` is the number of items in the chunk. False when one does not fit in 0..2^31-1.
    """
    m = out.shape[0]
    signs, above = np.int32(0), np.uint8(0)
    # Slices, because numba tests a computed index for being negative and then cannot vectorise.
    first, second = planes[:m], planes[n : n + m]
    third, fourth = planes[2 * n : 2 * n + m], planes[3 * n : 3 * n + m]
    for i in range(m):
        out[i] = (
            np.int32(first[i])
            | (np.int32(second[i]) << np.int32(8))
            | (np.int32(third[i]) << np.int32(16))
            | (np.int32(fourth[i]) << np.int32(24))
        )
        signs |= out[i]
    for plane in range(4, size):
        high = planes[plane * n : plane * n + m]
        for i in range(m):
            above |= high[i]
    return bool(signs >= 0 and above == 0)
