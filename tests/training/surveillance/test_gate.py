"""The gate's three words, and that none is said without its grounds."""

import pytest

from training.statistics.bootstrap import Measure
from training.surveillance.gate import CANNOT_TELL, NOT_SHOWN, SHOWN, judge_gain

GAIN = Measure(0.08, 0.02, 0.14)


@pytest.mark.parametrize(
    ("events", "patients", "gain", "p", "state"),
    [
        (30, 100, GAIN, 0.01, SHOWN),
        (30, 100, GAIN, 0.2, NOT_SHOWN),
        (30, 100, Measure(0.08, -0.01, 0.14), 0.01, NOT_SHOWN),
        (30, 100, Measure(-0.1, -0.2, -0.05), 0.99, NOT_SHOWN),
        (9, 100, GAIN, 0.01, CANNOT_TELL),
        (95, 100, GAIN, 0.01, CANNOT_TELL),
        (30, 100, Measure(0.08, None, None), 0.01, CANNOT_TELL),
        (30, 100, GAIN, None, CANNOT_TELL),
    ],
)
def test_states(events: int, patients: int, gain: Measure, p: float | None, state: str) -> None:
    """Shown needs events, a small p and an interval above 0; too little data cannot tell."""
    found = judge_gain("relapse", "S100A8/A9", events, patients, gain, p)
    assert found.state == state
    words = {SHOWN: "tells more", NOT_SHOWN: "is not shown", CANNOT_TELL: "cannot be told"}
    assert words[state] in found.sentence
