"""HDF5's byte shuffle undone, against numpy."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.kernels.byte_planes import unshuffle4, unshuffle8, unshuffle_whole_numbers


@given(st.lists(st.integers(0, 2**64 - 1), max_size=50))
@settings(deadline=None)
def test_unshuffling_restores_the_bytes(values: list[int]) -> None:
    """HDF5's shuffle is a transposition of bytes; numpy's own undoes it the slow way."""
    for dtype, undo in ((np.uint32, unshuffle4), (np.uint64, unshuffle8)):
        items = np.array(values, np.uint64).astype(dtype)
        size = items.dtype.itemsize
        planes = np.ascontiguousarray(items.view(np.uint8).reshape(-1, size).T).ravel()
        out = np.empty_like(items)
        undo(planes, out)
        np.testing.assert_array_equal(out, items)


@given(st.lists(st.integers(-3, 2**31 + 2), min_size=1, max_size=40), st.integers(0, 5))
@settings(deadline=None)
def test_shuffled_counts_are_restored_or_refused(values: list[int], padding: int) -> None:
    """Straight from HDF5's byte planes to int32; a value outside is never passed."""
    fit = all(0 <= value <= 2**31 - 1 for value in values)
    for dtype in ("i8", "u4") if all(0 <= value < 2**32 for value in values) else ("i8",):
        items = np.array([*values, *[-1 if dtype == "i8" else 2**32 - 1] * padding], dtype)
        size = items.dtype.itemsize
        planes = np.ascontiguousarray(items.view(np.uint8).reshape(-1, size).T).ravel()
        out = np.zeros(len(values), np.int32)
        assert unshuffle_whole_numbers(planes, size, items.size, out) == fit
        if fit:
            np.testing.assert_array_equal(out, values)
