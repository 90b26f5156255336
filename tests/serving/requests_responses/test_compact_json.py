"""Compact JSON against the standard library's."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.requests_responses.compact_json import compact

PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.recursive(PLAIN | NUMBERS, lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_it_reads_back_as_it_was(value: object) -> None:
    """Every text and every number, to the last bit."""
    assert json.loads(compact(value)) == value


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_json_does_not_know_is_refused(number: float) -> None:
    """Wherever it stands."""
    with pytest.raises(ValueError, match="JSON"):
        compact({"a": [1.0, {"b": number}]})


def test_words_that_look_like_it_are_texts() -> None:
    """A sample may be called NaN, and half a surrogate pair travels as an escape."""
    for text in ("NaN", "-Infinity", "\ud800"):
        assert json.loads(compact({"sample_id": text})) == {"sample_id": text}
