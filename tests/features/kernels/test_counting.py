"""The loops over non-zeros against numpy on dense arrays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from features.kernels.counting import (
    DAMAGED,
    IGNORED,
    MITO,
    MOST_OF_GENE,
    PLAIN,
    Block,
    Sums,
    add_cells,
    add_genes,
    shuffled_whole_numbers,
    unshuffle4,
    unshuffle8,
    whole_numbers,
)

ROLE = np.array([0, 1, 1, PLAIN, MITO, IGNORED], np.int16)
# UMIs, genes, mito %, empty UMIs, next free row.
LIMITS = np.array([4, 2, 20, 2, 0], np.int64)


def zeros(n: int) -> Sums:
    """Sums of n cells over a panel of two genes."""
    total, genes, mito, car = (np.zeros(n, np.int32) for _ in range(4))
    panel = np.zeros((2, n), np.uint8), np.zeros((2, n), np.uint16)
    return Sums(total, genes, mito, *panel, np.zeros(2, np.uint8), car)


def panel(sums: Sums) -> np.ndarray:
    """Counts of the panel genes, cells x 2."""
    return (sums.low + 256 * sums.high.astype(np.int64)).T


def block(matrix: sparse.csr_matrix | sparse.csc_matrix) -> Block:
    """The rows (or columns) of a sparse matrix."""
    return Block(
        0, matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32),
        matrix.data.astype(np.int32),
    )  # fmt: skip


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
    np.int32, st.tuples(st.integers(1, 8), st.just(6)),
    elements=st.one_of(st.integers(0, 5), st.sampled_from([255, 256, 70_000])),
)  # fmt: skip


@given(dense=dense_counts)
@settings(deadline=None)
def test_cells_agree_with_the_dense_version(dense: np.ndarray) -> None:
    """Totals, genes, mitochondria, kept cells, their panel and the soup are those of numpy."""
    n = dense.shape[0]
    sums, kept, soup = zeros(n), np.zeros(n, np.int32), np.zeros(4, np.int64)
    number = add_cells(block(sparse.csr_matrix(dense)), ROLE, LIMITS, sums, kept, soup)
    slow = naive(dense)
    found = {"total": sums.total, "genes": sums.n_genes, "mito": sums.mito, "soup": soup}
    for name, fast in found.items():
        np.testing.assert_array_equal(fast, slow[name], err_msg=name)
    np.testing.assert_array_equal(kept[:number], np.flatnonzero(slow["good"]))
    np.testing.assert_array_equal(panel(sums)[:number], slow["panel"][slow["good"]])
    np.testing.assert_array_equal(sums.tall, (slow["panel"][slow["good"]] > 255).any(axis=0))


@given(dense=dense_counts)
@settings(deadline=None)
def test_genes_agree_with_the_dense_version(dense: np.ndarray) -> None:
    """Reading gene by gene gives the same sums as reading cell by cell."""
    sums = zeros(dense.shape[0])
    assert add_genes(block(sparse.csc_matrix(dense)), ROLE, sums) == 0
    slow = naive(dense)
    found = {"total": sums.total, "genes": sums.n_genes, "mito": sums.mito, "panel": panel(sums)}
    for name, fast in found.items():
        np.testing.assert_array_equal(fast, slow[name], err_msg=name)
    np.testing.assert_array_equal(sums.tall, (slow["panel"] > 255).any(axis=0))


def test_the_next_row_is_where_the_last_block_ended() -> None:
    """A second block goes on below the first and numbers its cells from its own first."""
    cell = sparse.csr_matrix(np.array([[3, 2, 0, 0, 0, 0]]))
    sums, kept, soup = zeros(5), np.zeros(5, np.int32), np.zeros(4, np.int64)
    assert add_cells(block(cell), ROLE, LIMITS, sums, kept, soup) == 1
    later = np.array([*LIMITS[:-1], 1])
    assert add_cells(block(cell)._replace(first=4), ROLE, later, sums, kept, soup) == 2
    assert kept[:2].tolist() == [0, 4]
    assert panel(sums)[:3].tolist() == [[3, 2], [3, 2], [0, 0]]


@pytest.mark.parametrize("index", [-1, 6])
def test_an_index_outside_is_reported(index: int) -> None:
    """A damaged file's index never reads or writes outside the arrays."""
    one = np.array([1], np.int32)
    bad = Block(0, np.array([0, 1], np.int64), np.array([index], np.int32), one)
    kept, soup = np.zeros(1, np.int32), np.zeros(4, np.int64)
    assert add_cells(bad, ROLE, LIMITS, zeros(1), kept, soup) == DAMAGED
    assert add_genes(bad, ROLE, zeros(1)) == DAMAGED


def test_the_car_is_counted_apart_whatever_its_count() -> None:
    """70,000 UMIs of the CAR stand in its own column."""
    role = np.array([2, 1, 1, PLAIN], np.int16)
    cell = sparse.csr_matrix(np.array([[70_000, 0, 0, 1]]))
    sums, kept, soup = zeros(1), np.zeros(1, np.int32), np.zeros(4, np.int64)
    assert add_cells(block(cell), role, LIMITS, sums, kept, soup) == 1
    assert (sums.car[0], panel(sums).sum()) == (70_000, 0)


def test_an_absurd_count_is_capped() -> None:
    """A billion UMIs of one gene in one cell are read as the most that three bytes hold."""
    cell = sparse.csr_matrix(np.array([[10**9, 1, 0, 0, 0, 0]]))
    by_cell, by_gene = zeros(1), zeros(1)
    add_cells(block(cell), ROLE, LIMITS, by_cell, np.zeros(1, np.int32), np.zeros(4, np.int64))
    add_genes(block(cell.tocsc()), ROLE, by_gene)
    assert panel(by_cell).tolist() == panel(by_gene).tolist() == [[MOST_OF_GENE, 1]]


@pytest.mark.parametrize("dtype", ["i4", "i8", "u2", "u4", "f4", "f8", "i2", "u1"])
def test_whole_numbers_pass_in_any_type(dtype: str) -> None:
    """Counts stored as float32 are counts."""
    out = np.zeros(3, np.int32)
    assert whole_numbers(np.array([0, 7, 120], dtype), out) == -1
    assert out.tolist() == [0, 7, 120]


@pytest.mark.parametrize("bad", [-1.0, 0.5, np.nan, np.inf, -np.inf, 2.0**31, 1e300])
def test_the_first_value_that_is_no_count_is_found(bad: float) -> None:
    """Negative, fractional, not a number, infinite or absurd."""
    for dtype in ("f4", "f8") if abs(bad) != 1e300 else ("f8",):
        values = np.array([3.0, 1.0, bad, -5.0], dtype)
        assert whole_numbers(values, np.zeros(4, np.int32)) == 2


@pytest.mark.parametrize(("dtype", "bad"), [("i8", 2**31), ("i4", -1), ("u8", 2**64 - 1)])
def test_the_first_whole_number_that_is_no_count_is_found(dtype: str, bad: int) -> None:
    """Negative or beyond 31 bits."""
    values = np.array([2**31 - 1, bad, bad], dtype)
    out = np.zeros(3, np.int32)
    assert whole_numbers(values, out) == 1
    assert out[0] == 2**31 - 1


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
