"""Blocks: whole cells, in order, of bounded size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.readers.count_source import check_indptr, vectors_to_blocks
from features.readers.hdf5_chunks import DamagedFile, array_vector


class NamedArray(np.ndarray):
    """An array with a name, as HDF5 and zarr arrays have."""

    name = "values"


def vector(values: np.ndarray) -> np.ndarray:
    """The array with a name."""
    return values.view(NamedArray)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.integers(1, 60))
def test_blocks_put_together_are_the_vectors(sizes: list[int], entries: int) -> None:
    """No entry is lost or doubled; a block exceeds its size only for a single large cell."""
    indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    n = int(indptr[-1])
    indices, data = np.arange(n, dtype=np.int32), np.arange(n, dtype=np.float32) + 1
    blocks = list(
        vectors_to_blocks(
            indptr, array_vector(vector(indices)), array_vector(vector(data)), entries
        )
    )
    np.testing.assert_array_equal(np.concatenate([b.indices for b in blocks]), indices)
    np.testing.assert_array_equal(np.concatenate([b.data for b in blocks]), data)
    assert np.concatenate([np.diff(b.indptr) for b in blocks]).tolist() == sizes
    starts = np.cumsum([0, *(b.indptr.size - 1 for b in blocks)])[:-1]
    assert [b.first for b in blocks] == starts.tolist()
    assert all(b.data.size <= entries or b.indptr.size == 2 for b in blocks)


@pytest.mark.parametrize(
    ("indptr", "entries"), [([1, 2], 2), ([0, 3, 2], 2), ([0, 2], 3), ([], 0), ([0, 9], 9)]
)
def test_wrong_pointers_are_damage(indptr: list[int], entries: int) -> None:
    """Not from 0, going back, not reaching the end, none, or a cell with more genes than exist."""
    with pytest.raises(DamagedFile):
        check_indptr(np.array(indptr, np.int64), entries, 8)
