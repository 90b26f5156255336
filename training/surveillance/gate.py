"""Whether the super-model may be said to tell more than the one quantity a ward would watch."""

from dataclasses import dataclass

from models.endpoints import ENDPOINTS
from training.evaluation.gate import GATE_EVENTS
from training.statistics.bootstrap import Measure
from training.statistics.holm import ALPHA

SHOWN, NOT_SHOWN, CANNOT_TELL = "shown", "not shown", "cannot be told"


@dataclass(frozen=True)
class Judged:
    """State and the sentence to print."""

    state: str
    sentence: str


def judge_gain(
    endpoint: str, label: str, events: int, patients: int, gain: Measure, p: float | None
) -> Judged:
    """Judge the gain in AUC over watching one quantity alone, named by `label`.

    Shown when the paired exchange test has p <= 0.05 and the bootstrap interval of the gain lies
    above 0. Under 10 patients with or without the event, or when the interval is undefined, it
    cannot be told.

    >>> judge_gain("relapse", "S100A8/A9", 7, 40, Measure(0.1, 0.0, 0.2), 0.2).state
    'cannot be told'
    >>> judge_gain("relapse", "S100A8/A9", 30, 90, Measure(0.1, 0.02, 0.2), 0.01).state
    'shown'
    """
    named = ENDPOINTS[endpoint].plural
    if min(events, patients - events) < GATE_EVENTS:
        return Judged(
            CANNOT_TELL,
            f"Whether the super-model tells more than {label} alone cannot be told: {events} "
            f"{named} among {patients} patients; at least {GATE_EVENTS} with and without are "
            "needed.",
        )
    if p is None or gain.value is None or gain.low is None or gain.high is None:
        return Judged(
            CANNOT_TELL,
            f"Whether the super-model tells more than {label} alone cannot be told: too few pairs "
            "of patients could be compared.",
        )
    found = f"gain in AUC {gain.value:.2f} ({gain.low:.2f} to {gain.high:.2f}), p {p:.2g}"
    if p <= ALPHA and gain.low > 0:
        return Judged(SHOWN, f"The super-model tells more than {label} alone: {found}.")
    return Judged(
        NOT_SHOWN, f"That the super-model tells more than {label} alone is not shown: {found}."
    )
