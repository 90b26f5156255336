"""Errors in words have the size that moving the value by one standard error has."""

import math

import pytest

from features.schema import ALL_FEATURES
from serving.assessment.uncertainty import error_text, measured_text


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("monocyte_fraction", 0.2, lambda x: 100 * x),
        ("s100a8a9_monocyte", 5.2, math.expm1),
        ("log_cd4_cd8_ratio", 0.7, math.exp),
        ("log_cd4_cd8_ratio", -0.7, lambda x: math.exp(-x)),
        ("cd34_rate", 4.6, lambda x: x),
        ("monocytes_per_ul", 420.0, lambda x: x),
    ],
)
def test_errors_are_of_the_value_shown(name, value, shown) -> None:
    """The text's number is half the width of the shown value over one small error either side."""
    error = 0.01 * abs(value)
    width = abs(shown(value + error) - shown(value - error)) / 2
    text = error_text(ALL_FEATURES[name], value, error).removesuffix(" points").replace(",", "")
    assert float(text) == pytest.approx(width, rel=0.06)


def test_missing_values_and_errors() -> None:
    """A value without an error stands alone; an error without a value is nothing."""
    feature = ALL_FEATURES["cd34_rate"]
    assert measured_text({"cd34_rate": 4.6}, feature) == "4.60 UMIs per 10,000"
    assert measured_text({"cd34_rate": math.nan, "cd34_rate_se": 1.0}, feature) is None
    tiny = {"cd34_rate": 0.0004, "cd34_rate_se": 0.2}
    assert measured_text(tiny, feature) == "under 0.001 ± 0.2 UMIs per 10,000"
    ratio = {"log_cd4_cd8_ratio": 0.7, "log_cd4_cd8_ratio_se": 0.1}
    assert measured_text(ratio, ALL_FEATURES["log_cd4_cd8_ratio"]) == "2.01:1 ± 0.201"
    assert measured_text({"cd34_rate": None}, feature) is None


def test_an_interval_takes_the_place_of_the_error() -> None:
    """S100A8/A9 outside myeloid cells shows its ends as the CD7-negative share does."""
    row = {
        "s100a8a9_nonmyeloid": 1.0, "s100a8a9_nonmyeloid_se": 9.0,
        "s100a8a9_nonmyeloid_low": 0.5, "s100a8a9_nonmyeloid_high": 1.4,
    }  # fmt: skip
    text = measured_text(row, ALL_FEATURES["s100a8a9_nonmyeloid"])
    assert text == "1.72 UMIs per 10,000 (90 % interval: 0.649 to 3.06 UMIs per 10,000)"
