"""Notices of every output."""

import pytest

from features.notices import RESEARCH_USE_ONLY, SYNTHETIC, print_note


def test_a_note_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Results on standard output stay as they are."""
    print_note("x.csv: read as cp1252.")
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "Note: x.csv: read as cp1252.\n")


def test_the_notices_are_sentences() -> None:
    """Both end with a full stop."""
    assert RESEARCH_USE_ONLY.endswith(".") and SYNTHETIC.endswith(".")
