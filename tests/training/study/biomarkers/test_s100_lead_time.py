"""Lead time of a feature before relapse: readings before the event only, thresholds of others."""

import numpy as np
import pytest

from tests.training.patients_by_hand import alive, by_hand, outcomes_of
from training.statistics.lead_time import warnings_of
from training.study.biomarkers.s100_lead_time import RATE, lead, lead_row, lead_sentence, visits

NAME = "s100a8a9_leukocyte"
RELAPSED = [(f"r{i}", 150, 120, 150, "relapse", None, "CR") for i in range(10)]
FREE = [alive(f"f{i}") for i in range(40)]


def _cohort(rise: float):
    """Readings on days 25, 60, 90 and 130; from day 90 on those who relapse have risen."""
    rng = np.random.default_rng(0)
    table = {"patient_id": [], "day": [], NAME: []}
    for row in (*RELAPSED, *FREE):
        for day in (25, 60, 90, 130):
            risen = row[0].startswith("r") and day >= 90
            table["patient_id"].append(row[0])
            table["day"].append(day)
            table[NAME].append(rng.normal() + rise * risen)
    return by_hand(table, outcomes_of(*RELAPSED, *FREE))


def test_readings_end_with_the_first_event() -> None:
    """After relapse on day 120 nothing is read; those without are read on."""
    readings = visits(_cohort(0.0), NAME)
    relapsed = np.isfinite(readings.event_day[readings.patient])
    assert readings.day[relapsed].max() == 90 and readings.day[~relapsed].max() == 130
    assert np.nanmax(readings.event_day) == np.nanmin(readings.event_day) == 120


def test_a_rise_a_month_before_is_a_lead_of_a_month() -> None:
    """A large rise from day 90 on warns every relapse 30 days before, with few false alarms."""
    result = lead(_cohort(8.0), NAME)
    assert result.share_warned.value == 1.0 and result.median_lead.value == 30.0
    assert result.false_alarms <= 0.2
    sentence = lead_sentence(NAME, result, 3.8)
    assert sentence.startswith("S100A8/A9, all leukocytes: 100%") and "30 (" in sentence
    assert "3.8 samples a patient" in sentence


def test_no_rise_warns_no_more_than_falsely() -> None:
    """Without a rise the relapses are warned about as often as the others are alarmed."""
    row = lead_row(NAME, lead(_cohort(0.0), NAME))
    assert row["share_warned"] <= 0.3
    assert (row["relapses"], row["without"]) == (10, 40)


def test_it_is_lead_times_own_computation(seeded) -> None:
    """On a simulated cohort the numbers are those of `lead_time` on the same readings."""
    expected = warnings_of(visits(seeded, NAME), RATE)
    result = lead(seeded, NAME)
    assert result.share_warned == expected.share_warned
    assert result.median_lead == expected.median_lead


@pytest.mark.parametrize("n", [0, 4])
def test_too_few_relapses_give_none(n: int) -> None:
    """Under five relapses there is no lead time; nor without the feature."""
    table = {"patient_id": [], "day": [], NAME: []}
    rows = (*RELAPSED[:n], *FREE)
    for row in rows:
        table["patient_id"].append(row[0])
        table["day"].append(25)
        table[NAME].append(1.0)
    cohort = by_hand(table, outcomes_of(*rows))
    assert lead(cohort, NAME) is None and lead(cohort, "s100a8a9_monocyte") is None
