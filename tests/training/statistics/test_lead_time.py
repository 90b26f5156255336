"""Lead time at a fixed false-alarm rate: against a slow version, and on scores of known quality."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import InputError
from training.statistics.lead_time import (
    VisitScores,
    highest,
    lead_times,
    threshold_at,
    warnings_of,
)

DAYS = np.array([28.0, 60.0, 90.0, 120.0, 150.0])


def cohort(n: int, seed: int, gain: float) -> VisitScores:
    """Visits of n patients; a third relapse on day 100-160, after 60 days `gain` SD higher."""
    rng = np.random.default_rng(seed)
    event = np.where(np.arange(n) % 3 == 0, rng.integers(100, 160, n), np.nan).astype(float)
    patient, day = np.repeat(np.arange(n), len(DAYS)), np.tile(DAYS, n)
    days_to_event = event[patient] - day
    rise = np.where((days_to_event > 0) & (days_to_event < 60), gain, 0.0)
    score = rng.normal(size=n)[patient] * 0.7 + rng.normal(size=len(day)) * 0.7 + rise
    return VisitScores(patient, day, score, event)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=60),
    st.sampled_from([0.05, 0.1, 0.25, 0.5, 0.9]),
)
def test_threshold_holds_the_rate_with_ties(scores: list[int], rate: float) -> None:
    """Among the patients themselves the alarmed share never exceeds the rate."""
    values = np.array(scores, float)
    threshold = threshold_at(values, rate)
    assert (values > threshold).mean() <= rate


def test_threshold_holds_the_rate_for_the_next_patient() -> None:
    """Over many draws of 39 patients, the 40th alarms in 10 % (within three standard errors)."""
    rng = np.random.default_rng(1)
    draws = rng.normal(size=(8000, 40))
    alarmed = np.mean([row[-1] > threshold_at(row[:-1], 0.10) for row in draws])
    assert alarmed == pytest.approx(0.10, abs=3 * (0.09 / 8000) ** 0.5)


def test_too_few_patients_raise_no_alarm() -> None:
    """Eight patients cannot guarantee 10 %; nine can."""
    assert threshold_at(np.zeros(8), 0.10) == np.inf
    assert threshold_at(np.arange(9.0), 0.10) == 8.0


def test_a_missing_score_is_no_alarm() -> None:
    """NaN scores neither alarm nor raise the threshold."""
    assert threshold_at(np.append(np.zeros(18), np.nan), 0.10) == 0.0
    assert np.isneginf(highest(np.array([0]), np.array([np.nan]), 1)[0])


def test_alarms_are_those_of_a_loop_over_patients() -> None:
    """Alarm days, thresholds and lead times are those of the obvious loop."""
    visits = cohort(60, 3, 1.5)
    patient, day, score, event = visits.patient, visits.day, visits.score, visits.event_day
    fold = np.arange(60) // 12
    result = warnings_of(visits, fold=fold, draws=5)
    for i in range(60):
        others = [
            max(score[(patient == j)])
            for j in range(60)
            if fold[j] != fold[i] and np.isnan(event[j])
        ]
        threshold = threshold_at(np.array(others), 0.10)
        before = (patient == i) & ~(day >= event[i])
        alarm = min(day[before & (score > threshold)], default=np.nan)
        np.testing.assert_equal(result.alarm_day[i], alarm)
        np.testing.assert_equal(result.lead[i], event[i] - alarm)


def test_noise_warns_as_often_as_it_raises_false_alarms() -> None:
    """Without a rise the false-alarm rate holds, and at most that share is warned, over cohorts."""
    results = [warnings_of(cohort(150, seed, 0.0), draws=2) for seed in range(40)]
    assert np.mean([w.false_alarms for w in results]) == pytest.approx(0.10, abs=0.02)
    assert np.mean([w.share_warned.value for w in results]) == pytest.approx(0.08, abs=0.035)


def test_a_rise_warns_with_a_lead_time_within_it() -> None:
    """A rise of five SD in the last 60 days warns nearly all, at most 60 days ahead."""
    result = warnings_of(cohort(150, 1, 5.0), draws=100)
    assert result.share_warned.value > 0.9
    assert 0 < result.median_lead.value <= 60
    assert result.share_warned.low <= result.share_warned.value <= result.share_warned.high
    curve = result.warned_by(np.array([0.0, 30.0, 61.0]))
    assert curve[0] == result.share_warned.value
    assert (np.diff(curve) <= 0).all()


def test_a_rate_per_visit_lets_more_patients_alarm() -> None:
    """At 10 % of visits, about 10 of 100 visits alarm, which more than 10 % of patients have."""
    result = warnings_of(cohort(300, 2, 0.0), per="visit", draws=2)
    assert result.false_alarms_per_100_visits == pytest.approx(10, abs=2)
    assert result.false_alarms > 0.15


def test_visits_from_the_event_on_do_not_warn() -> None:
    """A score that rises only on the day of the event gives no lead."""
    event = np.where(np.arange(40) < 10, 90.0, np.nan)
    patient, day = np.repeat(np.arange(40), 3), np.tile([28.0, 60.0, 90.0], 40)
    score = np.where((patient < 10) & (day == 90.0), 9.0, 0.0)
    visits = VisitScores(patient, day, score, event)
    assert warnings_of(visits, draws=2).share_warned.value == 0.0
    assert np.isnan(lead_times(np.array([90.0]), np.array([90.0])))[0]


@pytest.mark.parametrize("event", [np.full(4, np.nan), np.full(4, 90.0)])
def test_one_kind_of_patient_is_refused(event: np.ndarray) -> None:
    """Without events, or with nothing else, there is no lead time at a false-alarm rate."""
    with pytest.raises(InputError, match="with and without the event"):
        warnings_of(VisitScores(np.arange(4), np.full(4, 28.0), np.zeros(4), event))
    with pytest.raises(InputError, match="between 0 and 1"):
        threshold_at(np.zeros(4), 1.0)


def test_models_of_other_levels_do_not_spoil_the_rate() -> None:
    """Two models of noise, one far above the other: the rate holds once they are distinguished."""
    results = []
    model = np.arange(150) % 5 // 3
    for seed in range(30):
        visits = cohort(150, seed, 0.0)
        visits = replace(visits, score=visits.score + 10.0 * model[visits.patient])
        results.append(warnings_of(visits, model=model, draws=2))
    assert np.mean([w.false_alarms for w in results]) == pytest.approx(0.09, abs=0.025)
    assert all(((w.threshold > 6.0) == (model == 1)).all() for w in results)
