"""Gate of surveillance: whether the super-model's gain in AUC over one quantity is shown."""

from dataclasses import dataclass

from models.endpoints import ENDPOINTS
from training.evaluation.gate import GATE_EVENTS
from training.statistics.bootstrap import Measure
from training.statistics.holm import ALPHA

GAIN_SHOWN, GAIN_NOT_SHOWN, NOT_ESTIMABLE = "shown", "not shown", "not estimable"


@dataclass(frozen=True)
class GainVerdict:
    """State and the sentence to print."""

    state: str
    sentence: str


def judge_gain(
    endpoint: str, label: str, gain: Measure, *, p: float | None, events: int, patients: int
) -> GainVerdict:
    """Judge the gain in AUC over watching one quantity alone, named by `label`.

    Shown when the paired exchange test has p <= 0.05 and the bootstrap interval of the gain lies
    above 0. It is not estimable under 10 patients with or without the event, or when the interval
    is undefined.

    >>> judge_gain("relapse", "x", Measure(0.1, 0.0, 0.2), p=0.2, events=7, patients=40).state
    'not estimable'
    >>> judge_gain("relapse", "x", Measure(0.1, 0.02, 0.2), p=0.01, events=30, patients=90).state
    'shown'
    """
    if min(events, patients - events) < GATE_EVENTS:
        return _not_estimable(
            label,
            f"{events} {ENDPOINTS[endpoint].plural} among {patients} patients; at least "
            f"{GATE_EVENTS} with and without are needed.",
        )
    if p is None or gain.value is None or gain.low is None or gain.high is None:
        return _not_estimable(label, "too few pairs of patients could be compared.")
    numbers = f"gain in AUC {gain.value:.2f} ({gain.low:.2f} to {gain.high:.2f}), p {p:.2g}"
    if p <= ALPHA and gain.low > 0:
        sentence = f"The super-model distinguishes better than {label} alone: {numbers}."
        return GainVerdict(GAIN_SHOWN, sentence)
    claim = f"the super-model distinguishes better than {label} alone"
    sentence = f"That {claim} is not shown: {numbers}."
    return GainVerdict(GAIN_NOT_SHOWN, sentence)


def _not_estimable(label: str, reason: str) -> GainVerdict:
    question = f"Whether the super-model distinguishes better than {label} alone is not estimable"
    return GainVerdict(NOT_ESTIMABLE, f"{question}: {reason}")
