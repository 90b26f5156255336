"""Counts of 1 and entries given twice, against scipy and numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from features.kernels.count_block import CountBlock
from features.kernels.entries import add_ones_by_gene, add_up_repeats

WIDTH = 6
ROWS = st.lists(
    st.lists(st.tuples(st.integers(0, WIDTH - 1), st.integers(0, 3)), max_size=9),
    min_size=1,
    max_size=6,
)


def block(rows: list[list[tuple[int, int]]], first: int = 0) -> CountBlock:
    """Rows of (index, count) as a block."""
    indptr = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    entries = np.array([entry for row in rows for entry in row], np.int32).reshape(-1, 2)
    return CountBlock(first, indptr, *(np.ascontiguousarray(column) for column in entries.T))


def dense(part: CountBlock) -> np.ndarray:
    """The matrix of a block; scipy adds up what is given twice."""
    shape = (part.indptr.size - 1, WIDTH)
    return sparse.csr_matrix((part.data, part.indices, part.indptr), shape=shape).toarray()


@settings(max_examples=200, deadline=None)
@given(rows=ROWS)
def test_repeats_are_added_up(rows: list[list[tuple[int, int]]]) -> None:
    """One entry for each row and index, and the same matrix; the input is not changed."""
    part = block(rows)
    before = part.data.copy()
    merged = add_up_repeats(part, WIDTH)
    np.testing.assert_array_equal(dense(merged), dense(part))
    assert np.diff(merged.indptr).tolist() == [len({i for i, _ in row}) for row in rows]
    np.testing.assert_array_equal(part.data, before)


def test_a_block_without_repeats_is_given_back() -> None:
    """Sorted or not, even where a row begins with the index the last one ended with."""
    for rows in ([[(1, 2), (4, 1)], [(4, 1)], [], [(0, 5)]], [[(4, 1), (1, 2)], [(2, 1), (0, 1)]]):
        part = block(rows)
        assert add_up_repeats(part, WIDTH) is part


@pytest.mark.parametrize("index", [-1, WIDTH])
def test_a_bad_index_is_left_to_the_counting_loops(index: int) -> None:
    """They refuse the file with a sentence."""
    part = block([[(3, 1), (3, 1), (index, 1)]])
    assert add_up_repeats(part, WIDTH) is part


def test_a_sum_above_32_bits_is_cut() -> None:
    """As everywhere in the pass."""
    assert add_up_repeats(block([[(3, 2**31 - 1), (3, 5)]]), WIDTH).data.tolist() == [2**31 - 1]


@settings(max_examples=100, deadline=None)
@given(rows=ROWS)
def test_ones_of_genes_are_counted_by_cell(rows: list[list[tuple[int, int]]]) -> None:
    """The rows are genes, their indices cells."""
    part = add_up_repeats(block(rows, first=2), WIDTH)
    ones = np.zeros(WIDTH, np.int32)
    add_ones_by_gene(part, ones)
    np.testing.assert_array_equal(ones, (dense(part) == 1).sum(axis=0))
