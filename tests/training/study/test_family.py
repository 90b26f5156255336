"""Holm's correction: against its definition, and on families without any difference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.statistics.significance.holm import holm_adjusted
from training.study.claim import Claim
from training.study.family import judge_family
from training.study.questions import QUESTIONS


def _rejected(p: list[float], alpha: float) -> list[bool]:
    """Holm's step-down as in the paper: smallest first, stop at the first that fails."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    out = [False] * len(p)
    for rank, i in enumerate(order):
        if p[i] > alpha / (len(p) - rank):
            break
        out[i] = True
    return out


@given(
    p=st.lists(st.floats(0, 1), min_size=1, max_size=16),
    alpha=st.sampled_from([0.01, 0.05, 0.2, 0.5]),
)
def test_rejects_what_the_step_down_rejects(p: list[float], alpha: float) -> None:
    """An adjusted p is at most alpha exactly where the step-down rejects at alpha."""
    adjusted = holm_adjusted(p)
    # Off the boundary, where multiplication and division round differently.
    if np.all(np.abs(adjusted - alpha) > 1e-9):
        assert (adjusted <= alpha).tolist() == _rejected(p, alpha)


def test_family_wise_rate() -> None:
    """Of 2,000 families of 16 correlated null p values, at most 5 % (plus chance) claim any."""
    rng = np.random.default_rng(0)
    from scipy.stats import norm

    z = rng.normal(size=(2000, 16)) * 0.7**0.5 + rng.normal(size=(2000, 1)) * 0.3**0.5
    false = [holm_adjusted(row).min() <= 0.05 for row in 2 * norm.sf(np.abs(z))]
    assert np.mean(false) <= 0.06


def test_unanswered_questions_stay_in_the_family() -> None:
    """A question without an answer does not make the others' level less strict."""
    first, second, *_ = QUESTIONS.values()
    first_claim = Claim(first, "", 50, 0.9, 0.8, 0.97, 0.03, 1e-9)
    no_answer = Claim(second, "", 0, reason="nothing was measured")
    verdicts = judge_family([first_claim, no_answer])
    assert verdicts[0].p_holm == pytest.approx(0.06)
    assert verdicts[0].verdict.startswith("not shown here (effect 0.90, interval 0.80 to 0.97)")
    assert verdicts[1].verdict == "not estimable here: nothing was measured"
