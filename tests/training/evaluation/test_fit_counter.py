"""The ledger counts distinct looks at the same outcomes."""

from pathlib import Path

import pytest

from features.errors import InputError
from training.evaluation.fit_counter import fit_number


def test_distinct_fits_are_counted_and_repeats_are_not(tmp_path: Path) -> None:
    """Another protocol or table is another look; other outcomes or endpoint start anew."""
    book = tmp_path / "fits.json"
    assert fit_number(book, "o", "relapse", "p1", "t") == 1
    assert fit_number(book, "o", "relapse", "p2", "t") == 2
    assert fit_number(book, "o", "relapse", "p1", "t") == 1
    assert fit_number(book, "o", "relapse", "p1", "t2") == 3
    assert fit_number(book, "o", "fatal_infection", "p1", "t") == 1
    assert fit_number(book, "other", "relapse", "p1", "t") == 1


def test_a_damaged_ledger_is_not_forgotten(tmp_path: Path) -> None:
    """A file that cannot be read stops the fit instead of counting from 1 again."""
    book = tmp_path / "fits.json"
    for text in ("{", "[1]", '{"a": 1}'):
        book.write_text(text)
        with pytest.raises(InputError, match="ledger of fits"):
            fit_number(book, "o", "relapse", "p", "t")
