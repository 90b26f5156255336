"""Joined and added blocks against scipy."""

import numpy as np
import pytest
from scipy import sparse

from features.errors import InputError
from features.kernels.count_block import CountBlock
from features.readers.anndata_files.block_joins import add_blocks, join_columns


def block_of(matrix: sparse.csr_matrix) -> CountBlock:
    """A matrix as one block."""
    return CountBlock(
        0, matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data
    )


def matrix_of(block: CountBlock, width: int) -> np.ndarray:
    """A block as a dense matrix."""
    shape = (block.indptr.size - 1, width)
    return sparse.csr_matrix((block.data, block.indices, block.indptr), shape).toarray()


def draw(seed: int, width: int) -> sparse.csr_matrix:
    """Random counts, 30 rows."""
    matrix = sparse.random(30, width, density=0.2, random_state=seed, format="csr")
    matrix.data = np.ceil(9 * matrix.data).astype(np.int32)
    return matrix


def test_columns_side_by_side_are_those_of_hstack() -> None:
    """Three matrices of different width, one of them empty."""
    parts = [draw(1, 20), sparse.csr_matrix((30, 5), dtype=np.int32), draw(2, 7)]
    joined = join_columns([block_of(part) for part in parts], [0, 20, 25])
    np.testing.assert_array_equal(matrix_of(joined, 32), sparse.hstack(parts).toarray())


def test_sums_have_one_entry_for_each_gene_of_a_cell() -> None:
    """Added blocks equal the matrices' sum, whose number of entries counts genes."""
    parts = [draw(seed, 20) for seed in (1, 2, 3)]
    added, expected = add_blocks([block_of(part) for part in parts], 20), sum(parts[1:], parts[0])
    np.testing.assert_array_equal(matrix_of(added, 20), expected.toarray())
    np.testing.assert_array_equal(np.diff(added.indptr), np.diff(expected.tocsr().indptr))


def test_empty_blocks_add_to_nothing() -> None:
    """Cells without counts stay cells."""
    none = block_of(sparse.csr_matrix((4, 6), dtype=np.int32))
    assert add_blocks([none, none], 6).indptr.tolist() == [0, 0, 0, 0, 0]


def test_a_sum_beyond_a_count_is_refused() -> None:
    """Two of 2^30 and more do not wrap around."""
    huge = sparse.csr_matrix(np.array([[2**31 - 1]], np.int32))
    with pytest.raises(InputError, match=r"below 2\^31"):
        add_blocks([block_of(huge), block_of(huge)], 1)
