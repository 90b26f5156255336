"""The sentences say what the numbers say."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import schema
from serving.assessment import wording


@pytest.mark.parametrize("name", schema.MODEL_FEATURES)
def test_every_model_feature_can_be_said(name):
    """Each feature has words for a value, for its absence and for what it does."""
    feature = schema.ALL_FEATURES[name]
    value = feature.healthy[0] if feature.healthy else (feature.low + feature.high) / 4
    said = wording.measured(name, wording.value_text(name, value))
    assert said.startswith(f"{feature.label}: ")
    assert re.search(r"\d", said) and "e-" not in said and "nan" not in said
    assert wording.measured(name, wording.value_text(name, None)).endswith(": not measured")


def test_what_a_contribution_does_can_be_said():
    """Up, down, and nothing at all."""
    assert wording.moves(0.3) == "raises the risk, multiplies the odds by 1.35"
    assert wording.moves(-0.3) == "lowers the risk, multiplies the odds by 0.74"
    assert wording.moves(0.0) == "leaves the risk as it is"


@given(st.floats(-1e9, 1e9))
def test_digits_never_use_an_exponent(value):
    """A reader never meets 1e-05, and three digits are within half a percent."""
    said = wording.digits(value)
    assert "e" not in said.replace("above", "").replace("under", "")
    if abs(value) >= 0.001:
        assert float(said.replace(",", "")) == pytest.approx(value, rel=0.006)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_natural_frequencies_are_the_numbers(risk, low, high):
    """The counts of a hundred are the risks, rounded; none and all are never rounded to."""
    said = wording.natural_frequency(risk, low, high)
    assert said.startswith(f"about {wording.of_hundred(risk)} of 100")
    assert wording.of_hundred(low) in said and wording.of_hundred(high) in said
    if 0 < risk < 1:
        assert wording.of_hundred(risk) not in ("0", "100")


@given(st.floats(-5, 5))
def test_direction_and_effect_agree(contribution):
    """What raises the risk multiplies the odds by more than one."""
    factor = float(wording.odds(contribution))
    assert factor == pytest.approx(math.exp(contribution), abs=0.006)
    if abs(contribution) > 0.01:
        assert (wording.direction(contribution) == "raises") is (factor > 1)


def test_stability_interval_is_not_called_a_confidence_interval():
    """The interval's one sentence denies what readers would take it for."""
    assert "not a confidence interval" in wording.STABILITY


def test_every_flag_has_a_place():
    """Each flag's sentence has its place in the order, most serious first."""
    assert sorted(wording.FLAGS) == sorted(wording.FLAG_ORDER)
