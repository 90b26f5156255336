"""Distinct fits on the same outcomes are counted."""

from pathlib import Path

import pytest

from features.errors import InputError
from training.evaluation.fit_counter import fit_number


def test_distinct_fits_are_counted_and_repeats_are_not(tmp_path: Path) -> None:
    """Another protocol or table is another fit; other outcomes or endpoints start again at 1."""
    counter = tmp_path / "fits.json"
    assert fit_number(counter, "o", "relapse", "p1", "t") == 1
    assert fit_number(counter, "o", "relapse", "p2", "t") == 2
    assert fit_number(counter, "o", "relapse", "p1", "t") == 1
    assert fit_number(counter, "o", "relapse", "p1", "t2") == 3
    assert fit_number(counter, "o", "fatal_infection", "p1", "t") == 1
    assert fit_number(counter, "other", "relapse", "p1", "t") == 1


def test_a_damaged_counter_stops_the_fit(tmp_path: Path) -> None:
    """A file that cannot be read stops the fit instead of counting from 1 again."""
    counter = tmp_path / "fits.json"
    for text in ("{", "[1]", '{"a": 1}'):
        counter.write_text(text)
        with pytest.raises(InputError, match="The fit counter must be the JSON file"):
            fit_number(counter, "o", "relapse", "p", "t")
