"""The three states of the gate, each with its condition."""

import pytest

from training.statistics.bootstrap import Measure
from training.surveillance.gate import GAIN_NOT_SHOWN, GAIN_SHOWN, NOT_ESTIMABLE, judge_gain

GAIN = Measure(0.08, 0.02, 0.14)


@pytest.mark.parametrize(
    ("gain", "p", "state"),
    [
        (GAIN, 0.01, GAIN_SHOWN),
        (GAIN, 0.2, GAIN_NOT_SHOWN),
        (Measure(0.08, -0.01, 0.14), 0.01, GAIN_NOT_SHOWN),
        (Measure(-0.1, -0.2, -0.05), 0.99, GAIN_NOT_SHOWN),
        (Measure(0.08, None, None), 0.01, NOT_ESTIMABLE),
        (GAIN, None, NOT_ESTIMABLE),
    ],
)
def test_states(gain: Measure, p: float | None, state: str) -> None:
    """Shown needs a small p and an interval above 0; without an interval nothing can be told."""
    verdict = judge_gain("S100A8/A9", gain, p)
    assert verdict.state == state
    words = {
        GAIN_SHOWN: "distinguishes better",
        GAIN_NOT_SHOWN: "is not shown",
        NOT_ESTIMABLE: "not estimable",
    }
    assert words[state] in verdict.sentence
