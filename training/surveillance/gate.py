"""Gate of surveillance: whether the super-model's gain in AUC over one quantity is shown."""

from dataclasses import dataclass

from training.statistics.bootstrap import Measure
from training.statistics.significance.holm import ALPHA

GAIN_SHOWN, GAIN_NOT_SHOWN, NOT_ESTIMABLE = "shown", "not shown", "not estimable"


@dataclass(frozen=True)
class GainVerdict:
    """State and the sentence to print."""

    state: str
    sentence: str


def judge_gain(label: str, gain: Measure, p: float | None) -> GainVerdict:
    """Judge the gain in AUC over watching one quantity alone, named by `label`.

    Shown when the paired exchange test has p <= 0.05 and the bootstrap interval of the gain lies
    above 0. The test is exact, so no number of events is asked for beyond the 5 that any model
    needs. Not estimable where the interval is undefined.

    >>> judge_gain("x", Measure(0.1, 0.0, 0.2), 0.2).state
    'not shown'
    >>> judge_gain("x", Measure(0.1, 0.02, 0.2), 0.01).state
    'shown'
    """
    if p is None or gain.value is None or gain.low is None or gain.high is None:
        question = f"Whether the super-model distinguishes better than {label} alone"
        reason = "too few pairs of patients could be compared"
        return GainVerdict(NOT_ESTIMABLE, f"{question} is not estimable: {reason}.")
    numbers = f"gain in AUC {gain.value:.2f} ({gain.low:.2f} to {gain.high:.2f}), p {p:.2g}"
    if p <= ALPHA and gain.low > 0:
        sentence = f"The super-model distinguishes better than {label} alone: {numbers}."
        return GainVerdict(GAIN_SHOWN, sentence)
    claim = f"the super-model distinguishes better than {label} alone"
    sentence = f"That {claim} is not shown: {numbers}."
    return GainVerdict(GAIN_NOT_SHOWN, sentence)
