"""Conversion of counts to int32: whole numbers pass, the first other value is reported."""

import numpy as np
import pytest

from features.kernels.whole_numbers import copy_whole_numbers


@pytest.mark.parametrize("dtype", ["i4", "i8", "u2", "u4", "f4", "f8", "i2", "u1"])
def test_whole_numbers_pass_in_any_type(dtype: str) -> None:
    """Counts stored as float32 are counts."""
    out = np.zeros(3, np.int32)
    assert copy_whole_numbers(np.array([0, 7, 120], dtype), out) == -1
    assert out.tolist() == [0, 7, 120]


@pytest.mark.parametrize("bad", [-1.0, 0.5, np.nan, np.inf, -np.inf, 2.0**31, 1e300])
def test_the_first_value_that_is_no_count_is_found(bad: float) -> None:
    """Negative, fractional, not a number, infinite or absurd."""
    for dtype in ("f4", "f8") if abs(bad) != 1e300 else ("f8",):
        values = np.array([3.0, 1.0, bad, -5.0], dtype)
        assert copy_whole_numbers(values, np.zeros(4, np.int32)) == 2


@pytest.mark.parametrize(("dtype", "bad"), [("i8", 2**31), ("i4", -1), ("u8", 2**64 - 1)])
def test_the_first_whole_number_that_is_no_count_is_found(dtype: str, bad: int) -> None:
    """Negative or beyond 31 bits."""
    values = np.array([2**31 - 1, bad, bad], dtype)
    out = np.zeros(3, np.int32)
    assert copy_whole_numbers(values, out) == 1
    assert out[0] == 2**31 - 1
