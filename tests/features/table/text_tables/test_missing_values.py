"""Words for a missing value."""

import pytest

from features.table.text_tables.missing_values import is_missing, is_missing_identifier

WORDS = (
    "",
    " ",
    "NA",
    "N/A",
    "n/a",
    "ND",
    "n.d.",
    "-",
    "\u2013",
    ".",
    "unknown",
    "Unknown",
    "none",
    "null",
    "nan",
    "NaN",
    "#N/A",
    "Not done",
    "<NA>",
)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_for_missing_is_missing(word: str) -> None:
    """What people, R, pandas and Excel write for an empty cell."""
    assert is_missing(word)


@pytest.mark.parametrize("word", ["0", "no", "neg", "--x", "NAB", "Nancy", "N A", "<0.01", "+"])
def test_other_words_are_values(word: str) -> None:
    """Zero, no and names that start alike are values."""
    assert not is_missing(word)


@pytest.mark.parametrize("word", WORDS)
def test_an_identifier_may_be_called_na(word: str) -> None:
    """NA and ND in capital letters may be initials; no other word names anybody."""
    assert is_missing_identifier(word) == (word not in ("NA", "ND"))
