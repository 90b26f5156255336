"""Who was warned how early, against counting one patient at a time."""

import numpy as np
import pytest

from models.endpoints import ENDPOINTS
from tests.training.evaluation.at_risk_by_hand import at_risk_of
from training.cohort.labels import EndpointLabels, labels
from training.evaluation.warning_times import FALSE_ALARMS, warning_times


def some_patients(n: int, seed: int, strength: float = 1.0) -> tuple[np.ndarray, EndpointLabels]:
    """Risks that see the event coming, and labels of n patients, some of them lost."""
    rng = np.random.default_rng(seed)
    time, code = rng.integers(1, 400, n).astype(float), rng.integers(0, 3, n)
    y = labels(time, code, 1, 180)
    risk = 1 / (1 + np.exp(-rng.normal(size=n) - strength * (y == 1)))
    return risk, EndpointLabels(at_risk_of(time, code), ENDPOINTS["relapse"], 180, y)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counts_equal_counting_one_by_one(seed: int) -> None:
    """Among events without ties in risk, the warned are those above most of the others."""
    risk, labelled = some_patients(400, seed, strength=8.0)  # every event above everyone else
    found = warning_times(risk, labelled, 5)
    days = sorted(t for t, y in zip(labelled.at_risk.time, labelled.y, strict=True) if y == 1)
    assert found["events"] == len(days)
    assert found["others"] == sum(1 for y in labelled.y if y == 0)
    for rate, at in zip(FALSE_ALARMS, found["at"], strict=True):
        assert at["asked"] == rate and abs(at["false_alarms"] - rate) < 0.04
        assert at["warned"] == len(days) and at["share"]["value"] == 1.0
        for share, day in zip((0.25, 0.5, 0.75), at["days"], strict=True):
            assert sum(d <= day for d in days) >= share * len(days) > sum(d < day for d in days)


def test_noise_warns_as_often_as_it_alarms() -> None:
    """A risk that knows nothing warns the same share of events as of others."""
    shares = [warning_times(*some_patients(300, seed, 0.0), 5)["at"][1] for seed in range(20)]
    assert abs(np.mean([at["share"]["value"] for at in shares]) - 0.2) < 0.04
    assert abs(np.mean([at["false_alarms"] for at in shares]) - 0.2) < 0.02


def test_more_false_alarms_never_warn_fewer() -> None:
    """At 20 % at least as many events are warned as at 10 %."""
    for seed in range(5):
        few, many = (at["warned"] for at in warning_times(*some_patients(80, seed), 5)["at"])
        assert few <= many


def test_days_of_few_patients_are_not_shown() -> None:
    """Under five warned patients the days would be their own, so there are none."""
    risk, labelled = some_patients(14, 4)
    at = warning_times(risk, labelled, 5)["at"]
    assert at and all(one["warned"] < 5 and one["days"] is None for one in at)


def test_nobody_with_or_without_the_event_warns_of_nothing() -> None:
    """With events only, or none, there is no false-alarm rate to hold."""
    for code in (0, 1):
        time = np.full(6, 300.0 if code == 0 else 50.0)
        codes = np.full(6, code, dtype=np.int64)
        labelled = EndpointLabels(
            at_risk_of(time, codes), ENDPOINTS["relapse"], 180, labels(time, codes, 1, 180)
        )
        assert warning_times(np.linspace(0, 1, 6), labelled, 5)["at"] == []
