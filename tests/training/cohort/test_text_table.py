"""Tables that people type: what is empty, what is a number, which line broke a rule."""

from pathlib import Path

import numpy as np
import pytest

from features.errors import InputError
from training.cohort.text_table import check_columns, numbers_of, read_text, refuse, text_of


def test_every_spelling_of_nothing_is_empty() -> None:
    """Blank, NA, nan, None and NULL in any case are None; anything else keeps its inner blanks."""
    assert [text_of(v) for v in ("", " ", "NA", "NaN", "none", "NULL")] == [None] * 6
    assert text_of(" E. coli ") == "E. coli"


def test_numbers_may_be_empty_but_not_words_or_infinite() -> None:
    """Empty cells become NaN; a word or infinity names its line."""
    assert np.array_equal(numbers_of("t", "day", ["3", None]), [3, np.nan], equal_nan=True)
    for bad in ("soon", "inf"):
        with pytest.raises(InputError, match="t line 3: day must be a number or empty"):
            numbers_of("t", "day", ["3", bad])


def test_only_broken_rules_raise() -> None:
    """No bad line, no error."""
    refuse("t", [False, False], "never")
    check_columns(["a"], "t", ["a"], ["b"])


def test_a_file_that_is_absent_or_no_table_is_refused(tmp_path: Path) -> None:
    """Each gets its own sentence; the file's name is in it."""
    with pytest.raises(InputError, match="Infections are read from a CSV file; there is none at"):
        read_text(tmp_path / "none.csv", "Infections")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InputError, match=r"empty\.csv must be a comma-separated table"):
        read_text(tmp_path / "empty.csv", "Infections")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(InputError, match="must be a comma-separated table"):
        read_text(tmp_path / "bytes.csv", "Infections")
