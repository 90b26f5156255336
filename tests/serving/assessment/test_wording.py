"""The texts say what the values are."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import schema
from serving.assessment.wording import digits, labelled_value, value_text


@pytest.mark.parametrize("name", schema.MODEL_FEATURES)
def test_every_model_feature_has_words(name):
    """Each feature has words for a value, and for its absence."""
    feature = schema.ALL_FEATURES[name]
    value = feature.healthy[0] if feature.healthy else (feature.low + feature.high) / 4
    text = labelled_value(feature, value_text(feature, value))
    assert text.startswith(f"{feature.label}: ")
    assert re.search(r"\d", text) and "e-" not in text and "nan" not in text
    assert labelled_value(feature, value_text(feature, None)).endswith(": not measured")


@given(st.floats(-1e9, 1e9))
def test_digits_never_use_an_exponent(value):
    """A reader never meets 1e-05, and three digits are within half a percent."""
    text = digits(value)
    assert "e" not in text.replace("above", "").replace("under", "")
    if abs(value) >= 0.001:
        assert float(text.replace(",", "")) == pytest.approx(value, rel=0.006)
