"""Verdicts in words: what each needs, and that seven patients show nothing."""

import numpy as np
import pytest

from training.statistics.significance.proportions import proportion_test
from training.statistics.significance.rank_sum import compare
from training.study.claim import from_comparison, from_proportion, with_verdict
from training.study.questions import QUESTIONS

UP, DOWN = QUESTIONS["s100a8a9_monocyte"], QUESTIONS["monocyte_fraction"]


def _claim(question, shift: float, n: int = 60):
    rng = np.random.default_rng(0)
    value, group = rng.normal(size=n), np.arange(n) < n // 3
    return from_comparison(question, compare(value + shift * group, group), "", "")


@pytest.mark.parametrize(
    ("question", "shift", "verdict"),
    [(UP, 2, "holds here"), (UP, -2, "opposite here"), (DOWN, -2, "holds here"),
     (DOWN, 2, "opposite here")],
)  # fmt: skip
def test_direction_decides(question, shift: float, verdict: str) -> None:
    """A significant difference holds or is opposite, by the direction that the study saw."""
    claim = _claim(question, shift)
    assert with_verdict(claim, claim.p, 1).verdict == verdict


def test_not_shown_names_effect_and_interval() -> None:
    """A difference that is not significant is given with its interval."""
    claim = _claim(UP, 0)
    verdict = with_verdict(claim, 0.4, 16).verdict
    assert verdict == f"not shown here (effect {claim.effect:.2f}, interval " + (
        f"{claim.low:.2f} to {claim.high:.2f})"
    )


def test_seven_patients_show_nothing() -> None:
    """Seven of seven in remission, two of seven apart: neither is estimable, with the reason."""
    remission = from_proportion(QUESTIONS["remission"], proportion_test(7, 7), "")
    two = from_comparison(UP, compare(np.arange(7.0), np.arange(7) > 4), "", "")
    for claim, n in ((remission, "7"), (two, "2 with the event, 5 others")):
        verdict = with_verdict(claim, min(1.0, 16 * claim.p), 16).verdict
        assert verdict.startswith(f"not estimable here: too few patients ({n})")
        assert "one of 16 questions needs 0.0031" in verdict


def test_the_clearest_result_can_hold_once_others_do() -> None:
    """A corrected p of 5 % holds, even where p could not have passed as the family's first."""
    claim = from_proportion(QUESTIONS["remission"], proportion_test(7, 7), "")
    assert with_verdict(claim, 0.03, 16).verdict == "holds here"
