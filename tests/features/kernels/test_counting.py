"""Counting loops against numpy on dense arrays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from features.kernels.count_block import CountBlock
from features.kernels.counting import (
    BAD_INDEX,
    DEPTH_COLUMN,
    MAX_GENE_COUNT,
    MITO,
    NOT_RNA,
    OTHER_GENE,
    OUTSIDE_DEPTH,
    PROTEIN_COLUMN,
    RNA_COLUMN,
    CellSums,
    add_cells,
    add_genes,
    row_roles,
)

# Two genes (the second on two rows and outside the depth set), an antibody, other rows.
ROLE = np.array([0, 1, 1, OTHER_GENE, MITO, NOT_RNA, 2, OUTSIDE_DEPTH], np.int16)
KINDS = np.array([DEPTH_COLUMN, RNA_COLUMN, PROTEIN_COLUMN, RNA_COLUMN], np.uint8)
ROLES = row_roles(ROLE, KINDS)
# UMIs, genes, mito %, empty UMIs, next free row.
LIMITS = np.array([4, 2, 20, 2, 0], np.int64)
ONE_SAMPLE = np.zeros(8, np.int32)  # all cells are of one sample


def zeros(n: int) -> CellSums:
    """CellSums of n cells over a panel of two genes and an antibody."""
    *by_cell, car = (np.zeros(n, np.int32) for _ in range(6))
    panel = np.zeros((3, n), np.uint8), np.zeros((3, n), np.uint16)
    cell_of_row = np.zeros(n, np.int32)
    return CellSums(*by_cell, *panel, np.zeros(3, np.uint8), car, cell_of_row)


def panel(sums: CellSums) -> np.ndarray:
    """Counts of the panel genes, cells x 3."""
    return (sums.low + 256 * sums.high.astype(np.int64)).T


def block(matrix: sparse.csr_matrix | sparse.csc_matrix) -> CountBlock:
    """The rows (or columns) of a sparse matrix."""
    return CountBlock(
        0, matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32),
        matrix.data.astype(np.int32),
    )  # fmt: skip


def naive(dense: np.ndarray) -> dict[str, np.ndarray]:
    """The same quantities from a dense matrix, cell by cell."""
    counts = dense.astype(np.int64)
    rna = counts[:, [0, 1, 2, 3, 4, 7]]
    depth = counts[:, [0, 3]].sum(1)
    total, genes, mito = rna.sum(1), (rna > 0).sum(1), rna[:, 4]
    panel = np.stack([counts[:, 0], counts[:, 1] + counts[:, 2], counts[:, 6]], 1)
    good = (total >= 4) & (genes >= 2) & (100 * mito <= 20 * total)
    small = ~good & (total <= 2)
    empty = np.concatenate([panel[small].sum(0), [0], [depth[small].sum()]])
    return {
        "total": total,
        "depth": depth,
        "genes": genes,
        "mito": mito,
        "panel": panel,
        "good": good,
        "empty": empty,
        "ones": (counts == 1).sum(1),
    }


dense_counts = arrays(
    np.int32, st.tuples(st.integers(1, 8), st.just(8)),
    elements=st.one_of(st.integers(0, 5), st.sampled_from([255, 256, 70_000])),
)  # fmt: skip


@given(dense=dense_counts)
@settings(deadline=None)
def test_cells_agree_with_the_dense_version(dense: np.ndarray) -> None:
    """Totals, genes, mitochondria, good cells, their panel, empty droplets: as numpy has them."""
    n = dense.shape[0]
    sums, empty = zeros(n), np.zeros((1, 5), np.int64)
    number = add_cells(block(sparse.csr_matrix(dense)), ROLES, LIMITS, sums, empty, ONE_SAMPLE)
    slow = naive(dense)
    compiled = {
        "total": sums.total, "depth": sums.depth, "genes": sums.n_genes, "mito": sums.mito,
        "empty": empty[0], "ones": sums.ones,
    }  # fmt: skip
    for name, fast in compiled.items():
        np.testing.assert_array_equal(fast, slow[name], err_msg=name)
    np.testing.assert_array_equal(sums.cell_of_row[:number], np.flatnonzero(slow["good"]))
    np.testing.assert_array_equal(panel(sums)[:number], slow["panel"][slow["good"]])
    np.testing.assert_array_equal(sums.over_255, (slow["panel"][slow["good"]] > 255).any(axis=0))


@given(dense=dense_counts, seed=st.integers(0, 9))
@settings(deadline=None)
def test_cells_of_several_samples_are_counted_apart(dense: np.ndarray, seed: int) -> None:
    """Empty droplets add to their own sample; cells of no sample leave every sum at zero."""
    n = dense.shape[0]
    samples = np.random.default_rng(seed).integers(-1, 2, n).astype(np.int32)
    sums, empty = zeros(n), np.zeros((2, 5), np.int64)
    number = add_cells(block(sparse.csr_matrix(dense)), ROLES, LIMITS, sums, empty, samples)
    slow = naive(dense)
    np.testing.assert_array_equal(sums.total, np.where(samples < 0, 0, slow["total"]))
    good = np.flatnonzero(slow["good"] & (samples >= 0))
    np.testing.assert_array_equal(sums.cell_of_row[:number], good)
    np.testing.assert_array_equal(panel(sums)[:number], slow["panel"][good])
    for sample in range(2):
        alone = naive(dense[samples == sample])
        np.testing.assert_array_equal(empty[sample], alone["empty"])


@given(dense=dense_counts)
@settings(deadline=None)
def test_genes_agree_with_the_dense_version(dense: np.ndarray) -> None:
    """Reading gene by gene gives the same sums as reading cell by cell."""
    sums = zeros(dense.shape[0])
    assert add_genes(block(sparse.csc_matrix(dense)), ROLE, KINDS, sums) == 0
    slow = naive(dense)
    compiled = {
        "total": sums.total, "depth": sums.depth, "genes": sums.n_genes, "mito": sums.mito,
        "panel": panel(sums),
    }  # fmt: skip
    for name, fast in compiled.items():
        np.testing.assert_array_equal(fast, slow[name], err_msg=name)
    np.testing.assert_array_equal(sums.over_255, (slow["panel"] > 255).any(axis=0))


def test_the_next_row_is_where_the_last_block_ended() -> None:
    """Rows of a second block follow those of the first; its cells keep their own numbers."""
    cell = sparse.csr_matrix(np.array([[3, 2, 0, 0, 0, 0, 0, 0]]))
    sums, empty = zeros(5), np.zeros((1, 5), np.int64)
    assert add_cells(block(cell), ROLES, LIMITS, sums, empty, ONE_SAMPLE) == 1
    later = np.array([*LIMITS[:-1], 1])
    assert add_cells(block(cell)._replace(first=4), ROLES, later, sums, empty, ONE_SAMPLE) == 2
    assert sums.cell_of_row[:2].tolist() == [0, 4]
    assert panel(sums)[:3].tolist() == [[3, 2, 0], [3, 2, 0], [0, 0, 0]]


@pytest.mark.parametrize("index", [-1, 8])
def test_an_index_outside_is_reported(index: int) -> None:
    """A damaged file's index never reads or writes outside the arrays."""
    one = np.array([1], np.int32)
    bad = CountBlock(0, np.array([0, 1], np.int64), np.array([index], np.int32), one)
    empty = np.zeros((1, 5), np.int64)
    assert add_cells(bad, ROLES, LIMITS, zeros(1), empty, ONE_SAMPLE) == BAD_INDEX
    assert add_genes(bad, ROLE, KINDS, zeros(1)) == BAD_INDEX


def test_the_car_is_counted_apart_whatever_its_count() -> None:
    """70,000 UMIs of the CAR stand in its own column."""
    role = np.array([3, 1, 1, OTHER_GENE], np.int16)
    cell = sparse.csr_matrix(np.array([[70_000, 0, 0, 1]]))
    sums, empty = zeros(1), np.zeros((1, 5), np.int64)
    assert add_cells(block(cell), row_roles(role, KINDS), LIMITS, sums, empty, ONE_SAMPLE) == 1
    assert (sums.car[0], panel(sums).sum()) == (70_000, 0)


def test_an_absurd_count_is_capped() -> None:
    """A billion UMIs of one gene in one cell are read as the most that three bytes hold."""
    cell = sparse.csr_matrix(np.array([[10**9, 1, 0, 0, 0, 0, 0, 0]]))
    by_cell, by_gene = zeros(1), zeros(1)
    add_cells(block(cell), ROLES, LIMITS, by_cell, np.zeros((1, 5), np.int64), ONE_SAMPLE)
    add_genes(block(cell.tocsc()), ROLE, KINDS, by_gene)
    assert panel(by_cell).tolist() == panel(by_gene).tolist() == [[MAX_GENE_COUNT, 1, 0]]


@pytest.mark.parametrize("good", [True, False])
def test_the_sums_of_a_column_are_of_one_cell(good: bool) -> None:
    """Entries of several rows of one column, zeros among them, leave nothing to the next cell."""
    gene = [0, 1, 2, 1, 0, 3]
    counts = [0, 0, 2, 3, 1, 5] if good else [0, 0, 1, 1, 0, 0]
    part = CountBlock(
        0, np.array([0, 6, 7], np.int64), np.array([*gene, 0], np.int32),
        np.array([*counts, 1 if good else 0], np.int32),
    )  # fmt: skip
    sums, empty = zeros(2), np.zeros((1, 5), np.int64)
    n_rows = add_cells(part, ROLES, LIMITS, sums, empty, ONE_SAMPLE)
    assert n_rows == int(good)
    assert panel(sums).tolist() == ([[1, 5, 0], [0, 0, 0]] if good else [[0, 0, 0]] * 2)
    assert empty.tolist() == ([[1, 0, 0, 0, 1]] if good else [[0, 2, 0, 0, 0]])
