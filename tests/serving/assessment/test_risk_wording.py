"""The words of a risk say what its number says."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serving.assessment.risk_wording import (
    direction,
    effect_on_risk,
    natural_frequency,
    odds_ratio,
    of_hundred,
)


def test_effect_of_a_contribution_in_words():
    """Up, down, and nothing at all."""
    assert effect_on_risk(0.3) == "raises the risk, multiplies the odds by 1.35"
    assert effect_on_risk(-0.3) == "lowers the risk, multiplies the odds by 0.74"
    assert effect_on_risk(0.0) == "leaves the risk as it is"


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
@example(0.005, 0.0, 1.0)
@example(0.995, 0.0, 1.0)
def test_natural_frequencies_are_the_numbers(risk, low, high):
    """The counts of a hundred are the risks, rounded; none and all are never rounded to."""
    text = natural_frequency(risk, low, high)
    assert text.removeprefix("about ").startswith(f"{of_hundred(risk)} of 100")
    assert text.startswith("about ") is of_hundred(risk).isdigit()
    assert of_hundred(low) in text and of_hundred(high) in text
    if 0 < risk < 1:
        assert of_hundred(risk) not in ("0", "100")


@given(st.floats(-5, 5))
def test_direction_and_effect_agree(contribution):
    """What raises the risk multiplies the odds by more than one."""
    factor = float(odds_ratio(contribution))
    assert factor == pytest.approx(math.exp(contribution), abs=0.006)
    if abs(contribution) > 0.01:
        assert (direction(contribution) == "raises") is (factor > 1)
