"""Nested results as flat names."""

import math

from training.flat import numbers, words


def test_only_finite_numbers_survive() -> None:
    """None, NaN, infinities, texts and lists leave no metric; yes and no are 1 and 0."""
    nested = {"a": {"value": 1, "low": None, "high": math.inf}, "b": [1, 2], "c": "x", "d": True}
    assert numbers(nested) == {"a": 1.0, "d": 1.0}


def test_names_tell_the_path() -> None:
    """Parts are joined by a slash, a measure's companions by an underscore."""
    nested = {"easix": {"auc": 0.5, "brier_difference": {"value": -0.1, "low": -0.2, "high": 0.0}}}
    assert numbers({"comparators": nested}) == {
        "comparators/easix/auc": 0.5,
        "comparators/easix/brier_difference": -0.1,
        "comparators/easix/brier_difference_low": -0.2,
        "comparators/easix/brier_difference_high": 0.0,
    }


def test_words_of_a_mapping() -> None:
    """A mapping inside becomes name=value pairs."""
    assert words({"biomarker": {"relapse": "a", "fatal_infection": "b"}}) == {
        "biomarker": "relapse=a, fatal_infection=b"
    }
