"""Weighted medians and missing indicators."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.impute import imputed_with_indicators, weighted_medians

VALUES = st.lists(st.integers(-5, 5), min_size=1, max_size=12)


@given(VALUES, st.data())
def test_weight_equals_repetition(values: list[int], data: st.DataObject) -> None:
    """The weighted median is numpy's median of rows repeated by their weight."""
    counts = data.draw(
        st.lists(st.integers(0, 4), min_size=len(values), max_size=len(values)).filter(any)
    )
    X = np.array(values, float)[:, None]
    ours = weighted_medians(X, np.array([counts], float))[0, 0]
    assert ours == np.median(np.repeat(X[:, 0], counts))


@given(VALUES, st.floats(0.01, 100))
def test_scale_of_weights_is_irrelevant(values: list[int], scale: float) -> None:
    """Equal weights of any size give the ordinary median."""
    X = np.array(values, float)[:, None]
    ours = weighted_medians(X, np.full((1, len(values)), scale))[0, 0]
    assert ours == np.median(X)


def test_missing_values_do_not_count() -> None:
    """Missing values are passed over, in every set of weights on its own."""
    X = np.array([[np.nan, 1.0], [4.0, np.nan], [6.0, 3.0], [np.nan, 5.0]])
    weights = np.array([[1, 1, 1, 1], [0, 1, 0, 1], [1, 0, 1, 0.0]])
    np.testing.assert_array_equal(weighted_medians(X, weights), [[5, 3], [4, 5], [6, 2]])


def test_column_nobody_has_becomes_zero() -> None:
    """A column without any value is filled with 0, so it is constant and gets no coefficient."""
    assert weighted_medians(np.full((3, 1), np.nan), np.ones((1, 3))).tolist() == [[0.0]]


def test_only_columns_with_gaps_get_an_indicator() -> None:
    """A column that is never missing has no indicator; values are filled per fold."""
    X = np.array([[1.0, np.nan], [2.0, 7.0]])
    design, flagged = imputed_with_indicators(X, np.array([[0.0, 8.0], [0.0, 9.0]]))
    assert flagged.tolist() == [1]
    np.testing.assert_array_equal(design[0], [[1, 8, 1], [2, 7, 0]])
    np.testing.assert_array_equal(design[1], [[1, 9, 1], [2, 7, 0]])
