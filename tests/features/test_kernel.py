"""The loops over non-zeros against numpy on dense arrays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from features.kernel import (
    DAMAGED,
    IGNORED,
    MITO,
    PLAIN,
    TOO_LARGE,
    add_cells,
    add_genes,
    shuffled_whole_numbers,
    unshuffle4,
    unshuffle8,
    whole_numbers,
)

ROLE = np.array([0, 1, 1, PLAIN, MITO, IGNORED], np.int16)
# First cell, UMIs, genes, mito %, empty UMIs, cells kept so far, most that the panel holds.
LIMITS = np.array([0, 4, 2, 20, 2, 0, 65_535], np.int64)
WIDTHS = pytest.mark.parametrize("dtype", [np.uint16, np.int32])


def naive(dense: np.ndarray) -> dict[str, np.ndarray]:
    """The same quantities from a dense matrix, cell by cell."""
    rna = dense[:, :5].astype(np.int64)
    total, genes, mito = rna.sum(1), (rna > 0).sum(1), rna[:, 4]
    panel = np.stack([rna[:, 0], rna[:, 1] + rna[:, 2]], 1)
    good = (total >= 4) & (genes >= 2) & (100 * mito <= 20 * total)
    empty = ~good & (total <= 2)
    soup = np.concatenate([panel[empty].sum(0), [0], [total[empty].sum()]])
    return {
        "total": total,
        "genes": genes,
        "mito": mito,
        "panel": panel,
        "good": good,
        "soup": soup,
    }


dense_counts = arrays(
    np.int32, st.tuples(st.integers(1, 8), st.just(6)), elements=st.integers(0, 5)
)


@WIDTHS
@given(dense=dense_counts)
@settings(deadline=None)
def test_cells_agree_with_the_dense_version(dense: np.ndarray, dtype: type) -> None:
    """Totals, genes, mitochondria, kept cells, their panel and the soup are those of numpy."""
    rows = sparse.csr_matrix(dense)
    n = dense.shape[0]
    total, genes, mito = (np.zeros(n, np.int32) for _ in range(3))
    panel, car = np.zeros((n, 2), dtype), np.zeros(n, np.int32)
    kept, soup = np.zeros(n, np.int64), np.zeros(4, np.int64)
    number = add_cells(
        rows.indptr.astype(np.int64), rows.indices.astype(np.int32), rows.data, ROLE, LIMITS,
        total, genes, mito, panel, car, kept, soup,
    )  # fmt: skip
    slow = naive(dense)
    for name, fast in (("total", total), ("genes", genes), ("mito", mito), ("soup", soup)):
        np.testing.assert_array_equal(fast, slow[name], err_msg=name)
    np.testing.assert_array_equal(kept[:number], np.flatnonzero(slow["good"]))
    np.testing.assert_array_equal(panel[:number], slow["panel"][slow["good"]])


@WIDTHS
@given(dense=dense_counts)
@settings(deadline=None)
def test_genes_agree_with_the_dense_version(dense: np.ndarray, dtype: type) -> None:
    """Reading gene by gene gives the same sums as reading cell by cell."""
    columns = sparse.csc_matrix(dense)
    n = dense.shape[0]
    total, genes, mito = (np.zeros(n, np.int32) for _ in range(3))
    panel, car = np.zeros((n, 2), dtype), np.zeros(n, np.int32)
    answer = add_genes(
        columns.indptr.astype(np.int64), columns.indices.astype(np.int32), columns.data, ROLE,
        np.array([0, 65_535]), total, genes, mito, panel, car,
    )  # fmt: skip
    assert answer == 0
    slow = naive(dense)
    for name, fast in (("total", total), ("genes", genes), ("mito", mito), ("panel", panel)):
        np.testing.assert_array_equal(fast, slow[name], err_msg=name)


@pytest.mark.parametrize("index", [-1, 6])
def test_an_index_outside_is_reported(index: int) -> None:
    """A damaged file's index never reads or writes outside the arrays."""
    pointers, one = np.array([0, 1], np.int64), np.array([1], np.int32)
    where = np.array([index], np.int32)
    state = [np.zeros(1, np.int32) for _ in range(3)]
    panel, car = np.zeros((1, 2), np.int32), np.zeros(1, np.int32)
    kept, soup = np.zeros(1, np.int64), np.zeros(4, np.int64)
    answer = add_cells(pointers, where, one, ROLE, LIMITS, *state, panel, car, kept, soup)
    assert answer == DAMAGED
    narrow = np.array([0, 65_535])
    assert add_genes(pointers, where, one, ROLE, narrow, *state, panel, car) == DAMAGED


def test_a_count_beyond_the_panel_is_reported_and_the_car_is_not() -> None:
    """70,000 UMIs of a panel gene do not fit 16 bits; of the CAR, counted apart, they do."""
    pointers, genes = np.array([0, 2], np.int64), np.array([0, 3], np.int32)
    counts = np.array([70_000, 1], np.int32)
    for panel_role, expected in ((0, TOO_LARGE), (2, 1)):
        role = np.array([panel_role, 1, 1, PLAIN], np.int16)
        state = [np.zeros(1, np.int32) for _ in range(3)]
        panel, car = np.zeros((1, 2), np.uint16), np.zeros(1, np.int32)
        kept, soup = np.zeros(1, np.int64), np.zeros(4, np.int64)
        got = add_cells(pointers, genes, counts, role, LIMITS, *state, panel, car, kept, soup)
        assert got == expected
    assert (car[0], panel.sum()) == (70_000, 0)
    wide = np.array([0, 65_535])
    one = np.array([0, 1], np.int64)
    state = [np.zeros(1, np.int32) for _ in range(3)]
    args = (one, np.zeros(1, np.int32), counts[:1], np.array([0], np.int16), wide, *state)
    assert add_genes(*args, np.zeros((1, 2), np.uint16), car) == TOO_LARGE


@pytest.mark.parametrize("dtype", ["i4", "i8", "u2", "u4", "f4", "f8", "i2", "u1"])
def test_whole_numbers_pass_in_any_type(dtype: str) -> None:
    """Counts stored as float32 are counts."""
    out = np.zeros(3, np.int32)
    assert whole_numbers(np.array([0, 7, 120], dtype), out) == -1
    assert out.tolist() == [0, 7, 120]


@pytest.mark.parametrize("bad", [-1.0, 0.5, np.nan, np.inf, -np.inf, 2.0**31, 1e300])
def test_the_first_value_that_is_no_count_is_found(bad: float) -> None:
    """Negative, fractional, not a number, infinite or absurd."""
    assert whole_numbers(np.array([3.0, 1.0, bad, -5.0]), np.zeros(4, np.int32)) == 2


@given(st.lists(st.integers(0, 2**64 - 1), max_size=50))
@settings(deadline=None)
def test_unshuffling_restores_the_bytes(values: list[int]) -> None:
    """HDF5's shuffle is a transposition of bytes; numpy's own undoes it the slow way."""
    for dtype, undo in ((np.uint32, unshuffle4), (np.uint64, unshuffle8)):
        whole = np.array(values, np.uint64).astype(dtype)
        size = whole.dtype.itemsize
        planes = np.ascontiguousarray(whole.view(np.uint8).reshape(-1, size).T).ravel()
        out = np.empty_like(whole)
        undo(planes, out)
        np.testing.assert_array_equal(out, whole)


@given(st.lists(st.integers(-3, 2**31 + 2), min_size=1, max_size=40), st.integers(0, 5))
@settings(deadline=None)
def test_shuffled_counts_come_out_whole_or_not_at_all(values: list[int], padding: int) -> None:
    """Straight from HDF5's byte planes to int32; a value outside is never passed."""
    fit = all(0 <= value <= 2**31 - 1 for value in values)
    for dtype in ("i8", "u4") if all(0 <= value < 2**32 for value in values) else ("i8",):
        whole = np.array([*values, *[-1 if dtype == "i8" else 2**32 - 1] * padding], dtype)
        size = whole.dtype.itemsize
        planes = np.ascontiguousarray(whole.view(np.uint8).reshape(-1, size).T).ravel()
        out = np.zeros(len(values), np.int32)
        assert shuffled_whole_numbers(planes, size, whole.size, out) == fit
        if fit:
            np.testing.assert_array_equal(out, values)
