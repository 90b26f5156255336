"""Pseudobulk sums against dense sums, and indices outside the matrix."""

import numpy as np
import pytest
from scipy import sparse

from features.kernels.count_block import CountBlock
from features.kernels.group_sums import add_to_groups


def sums_of_block(
    matrix: sparse.csr_matrix, codes: np.ndarray, by_cells: bool, shape: tuple[int, int]
) -> tuple[bool, np.ndarray]:
    """CellSums after one block that starts at 0."""
    sums = np.zeros(shape, np.int64)
    block = CountBlock(
        0, matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32),
        matrix.data.astype(np.int32),
    )  # fmt: skip
    return add_to_groups(block, by_cells, codes, sums), sums


@pytest.mark.parametrize("by_cells", [True, False])
def test_both_directions_give_the_dense_sums(by_cells: bool) -> None:
    """Blocks of cells and of genes; cells without a group add nothing."""
    rng = np.random.default_rng(0)
    dense = rng.poisson(0.7, (40, 9))
    codes = rng.integers(-1, 3, 40)
    matrix = sparse.csr_matrix(dense if by_cells else dense.T)
    fine, sums = sums_of_block(matrix, codes, by_cells, (3, 9))
    assert fine
    for group in range(3):
        np.testing.assert_array_equal(sums[group], dense[codes == group].sum(axis=0))


@pytest.mark.parametrize("by_cells", [True, False])
@pytest.mark.parametrize("wrong", [-1, 99])
def test_an_index_out_of_bounds_is_reported(by_cells: bool, wrong: int) -> None:
    """Nothing outside the arrays is touched."""
    matrix = sparse.csr_matrix(np.ones((4, 4), int))
    matrix.indices[5] = wrong
    assert not sums_of_block(matrix, np.zeros(4, np.int64), by_cells, (1, 4))[0]
