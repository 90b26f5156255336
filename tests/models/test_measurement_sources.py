"""Measurement sources: mixtures are refused, samples of another source too."""

import pytest

from features.errors import InputError
from models.measurement_sources import common_sources, other_source

CD7 = ("monocyte_fraction", "cd7neg_t_activation_change")


def row(
    typing: str = "rate_table", cd7: str | None = "rna", unresolved: float = 0.0
) -> dict[str, object]:
    """How one sample was measured."""
    return {"typing_source": typing, "cd7_source": cd7, "cd7neg_unresolved": unresolved}


def test_one_source_of_each() -> None:
    """Rows alike give the model's sources; CD7's only when the model rests on it."""
    assert common_sources([row(), row()], CD7) == {
        "typing_source": "rate_table",
        "cd7_source": "rna",
    }
    assert common_sources([row(), row(cd7="protein")], ("monocyte_fraction",)) == {
        "typing_source": "rate_table"
    }


@pytest.mark.parametrize(
    ("other", "words"),
    [(row("labels"), "cell types named in one way"), (row(cd7="protein"), "mixes protein and rna")],
)
def test_mixtures_are_refused(other: dict[str, object], words: str) -> None:
    """Two sources in one table end in a sentence."""
    with pytest.raises(InputError, match=words):
        common_sources([row(), other], CD7)


def test_unresolved_and_absent_sources_count_for_nothing() -> None:
    """A sample without a CD7 number cannot be mixed with others."""
    rows = [row(), row(cd7="protein", unresolved=1.0), row(cd7=None), {}]
    assert common_sources(rows, CD7)["cd7_source"] == "rna"
    assert other_source({"cd7_source": "rna"}, CD7, rows[1]) is None


def test_a_sample_of_another_source() -> None:
    """Named in words, for the sources that matter to the model."""
    training = {"typing_source": "rate_table", "cd7_source": "rna"}
    assert "measured by protein" in str(other_source(training, CD7, row(cd7="protein")))
    assert other_source(training, ("t_fraction",), row(cd7="protein")) is None
    assert "named by the laboratory" in str(other_source(training, CD7, row("labels")))
    assert other_source(training, CD7, row()) is None
    assert other_source({}, CD7, row(cd7="protein")) is None
