"""Yes and no, grades, and words of a list."""

import pytest

from features import schema
from features.table.text_tables.coded_answers import SYNONYMS, grade, listed_value, yes_or_no
from features.table.text_tables.spelling import letters


@pytest.mark.parametrize("text", ["yes", "Yes", "Y", "true", "TRUE", "1", "1.0", "+", "pos", "ja"])
def test_yes(text: str) -> None:
    """Every usual yes is 1."""
    assert yes_or_no(text) == 1.0


@pytest.mark.parametrize("text", ["no", "No", "N", "false", "0", "0,0", "-", "neg", "nein"])
def test_no(text: str) -> None:
    """Every usual no is 0."""
    assert yes_or_no(text) == 0.0


@pytest.mark.parametrize("text", ["maybe", "2", "0.5", "yes?", ""])
def test_neither(text: str) -> None:
    """Anything else is neither."""
    assert yes_or_no(text) is None


@pytest.mark.parametrize(
    "form",
    ["{n}", "{n}.0", "G{n}", "g{n}", "Grade {n}", "grade{n}", "Gr. {n}", "{r}", "Grade {r}", "{l}"],
)
@pytest.mark.parametrize(("n", "roman"), [*enumerate(("I", "II", "III", "IV", "V"), start=1)])
def test_grades(form: str, n: int, roman: str) -> None:
    """Arabic and Roman numbers, with and without the word."""
    assert grade(form.format(n=n, r=roman, l=roman.lower())) == n


@pytest.mark.parametrize("text", ["2.5", "II-IV", "3a", "severe", "", "IIII", "10"])
def test_no_grade(text: str) -> None:
    """A range, a sub-grade or a word is no grade."""
    assert grade(text) is None


def test_synonyms_lead_to_values_of_the_schema() -> None:
    """Each synonym is spelt as `letters` spells it and means an allowed value of its category."""
    allowed = {category.name: category.allowed_values for category in schema.CATEGORIES}
    for name, words in SYNONYMS.items():
        for word, value in words.items():
            assert letters(word) == word
            if name in allowed:
                assert value in allowed[name]
                assert listed_value(name, allowed[name], word) == value


@pytest.mark.parametrize("name", ["sex", "patient_sex", "donor_sex"])
def test_sexes_of_patient_and_donor_are_read_alike(name: str) -> None:
    """One letter or one word, in a sheet of samples as in one of outcomes."""
    values = [listed_value(name, ("female", "male"), text) for text in ("F", "w", "M", "Mann", "x")]
    assert values == ["female", "female", "male", "male", None]


def test_values_are_read_whatever_their_case() -> None:
    """Every allowed value in capitals, in small letters and with blanks for its signs."""
    for category in schema.CATEGORIES:
        for value in category.allowed_values:
            for text in (value.upper(), value.lower(), value.replace("_", " ").replace("-", " ")):
                assert listed_value(category.name, category.allowed_values, text) == value
            assert listed_value(category.name, category.allowed_values, f"{value}x") is None
