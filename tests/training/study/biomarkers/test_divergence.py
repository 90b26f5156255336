"""When groups part: time respected in every window, and a planted opening is found."""

import numpy as np

from tests.training.patients_by_hand import alive, by_hand, outcomes_of
from training.study.biomarkers.divergence import COLUMNS, gap, opening

DIED = [(f"d{i}", 120 + i, None, 120 + i, "infection", None, "CR") for i in range(8)]
LIVING = [alive(f"l{i}") for i in range(16)]


def _cohort(opens: int, days=(5, 10, 18, 25, 50)):
    """Patients who die of infection have fewer monocytes from day `opens` on."""
    rng = np.random.default_rng(0)
    table = {"patient_id": [], "day": [], "amc": []}
    for row in (*DIED, *LIVING):
        for day in days:
            low = row[0].startswith("d") and day >= opens
            table["patient_id"].append(row[0])
            table["day"].append(day)
            table["amc"].append(rng.uniform(0.3, 0.6) - 0.3 * low)
    return by_hand(table, outcomes_of(*DIED, *LIVING))


def test_finds_when_the_gap_opens() -> None:
    """A gap that opens on day 18 is first seen in the window of days 15 to 21."""
    found = gap(_cohort(18), "amc", "fatal_infection")
    assert list(found.columns) == list(COLUMNS)
    assert opening(found) == "the gap is first seen in the window 15-21"
    assert found["superiority"].iloc[-1] == 0.0
    assert (found["p_holm"] >= found["p"]).all()


def test_no_gap_is_said_so() -> None:
    """Without a difference no window shows one."""
    assert opening(gap(_cohort(999), "amc", "fatal_infection")).startswith("no window")


def test_nobody_is_compared_after_the_event() -> None:
    """A sample of a window counts only while its patient has no event until the window's end."""
    died = ("x", 20, None, 20, "infection", None, "CR")
    table = {"patient_id": ["x", "x", "y", "y"], "day": [10, 16, 10, 16], "amc": [0.1, 0.1, 1, 1]}
    found = gap(by_hand(table, outcomes_of(died, alive("y"))), "amc", "fatal_infection")
    assert found["days"].tolist() == ["8-14"]


def test_who_is_lost_is_left_out_and_who_died_otherwise_stays() -> None:
    """Lost inside the horizon: left out; dead from another cause: among the others."""
    rows = [
        ("x", 60, None, 60, "infection", None, "CR"), ("o", 60, None, 60, "other", None, "CR"),
        alive("lost", 100), alive("y"),
    ]  # fmt: skip
    table = {"patient_id": ["x", "o", "lost", "y"], "day": [25] * 4, "amc": [0.1, 0.5, 0.6, 0.7]}
    found = gap(by_hand(table, outcomes_of(*rows)), "amc", "fatal_infection")
    assert (found["with_event"].tolist(), found["others"].tolist()) == ([1], [2])
    assert np.isnan(found["low_event"].iloc[0]) and found["median_others"].iloc[0] == 0.6


def test_one_value_a_patient() -> None:
    """Two samples of a window count as the last of them."""
    rows = [("x", 60, None, 60, "infection", None, "CR"), alive("y")]
    table = {"patient_id": ["x", "x", "y"], "day": [23, 30, 25], "amc": [0.9, 0.1, 0.5]}
    found = gap(by_hand(table, outcomes_of(*rows)), "amc", "fatal_infection")
    assert found["with_event"].iloc[0] == 1
    assert found["median_event"].iloc[0] == 0.1
