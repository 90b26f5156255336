"""Cohorts with visits at several landmarks and infections, and joint rows written by hand."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from models.endpoints import ENDPOINTS
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.infections import check_infection_outcomes, check_infections
from training.cohort.outcomes import Outcomes, first_event
from training.evaluation.joint.fit import JointData, joint_data
from training.evaluation.joint.rows import JointRows, Visits, joint_rows

FEATURES = ("s100a8a9_leukocyte", "monocyte_fraction", "s100a8a9_monocyte", "nk_fraction")
PANEL = FEATURES[:2]
LANDMARKS = (28, 60, 90)
HORIZONS = (90, 180)


def later_visits(table: pd.DataFrame, outcomes: Outcomes, day: int, seed: int) -> pd.DataFrame:
    """Rows of the same patients at a later day, those without an event until then."""
    rng = np.random.default_rng(seed)
    event_day, _ = first_event(outcomes)
    rows = table[event_day > day].copy()
    rows["day"] = day
    for name in FEATURES:
        rows[name] += 0.5 * rng.normal(size=len(rows))
    return rows


def drawn_infections(table: pd.DataFrame, outcomes: Outcomes, seed: int) -> pd.DataFrame:
    """Severe infections, early and late, that follow the monocytes; fatal ones end with death."""
    rng = np.random.default_rng(seed)
    event_day, _ = first_event(outcomes)
    cause = outcomes.frame["death_cause"].to_numpy(object)
    hazard = 0.003 * np.exp(0.8 * table["monocyte_fraction"].to_numpy())
    onset = np.ceil(rng.exponential(1 / hazard))
    rows = [
        (patient, day, 3, "CMV")
        for patient, day, end in zip(outcomes.patients, onset, event_day, strict=True)
        if day <= end
    ]
    rows += [
        (patient, end, 5, "")
        for patient, end, why in zip(outcomes.patients, event_day, cause, strict=True)
        if why == "infection"
    ]
    text = [[str(cell) for cell in row] for row in rows]
    infections = check_infections(
        pd.DataFrame(text, columns=["patient_id", "day", "grade", "organism"])
    )
    check_infection_outcomes(infections, outcomes)
    return infections


@pytest.fixture(scope="session")
def serial(cohort: Callable) -> Callable[..., Cohort]:
    """A cohort of n patients with visits at days 25, 58 and 88, and infections."""

    def draw(n: int = 100, seed: int = 0, **options: float) -> Cohort:
        table, outcomes = cohort(n, seed, **options)
        later = [later_visits(table, outcomes, day, seed + day) for day in (58, 88)]
        infections = drawn_infections(table, outcomes, seed)
        return cohort_of(pd.concat([table, *later]), outcomes, None, infections)

    return draw


def joint_data_of(cohort: Cohort, landmarks: tuple[int, ...] = LANDMARKS) -> JointData:
    """Rows for the three standard endpoints."""
    rows = joint_rows(cohort, landmarks, HORIZONS, features=FEATURES, core_panel=PANEL)
    return joint_data(cohort, rows, tuple(ENDPOINTS.values()))


@pytest.fixture(scope="session")
def data(serial: Callable[..., Cohort]) -> JointData:
    """Joint data of 100 patients of two hospitals."""
    return joint_data_of(serial(100, 3, sites=2))


def rows_by_hand(n: int = 40, seed: int = 0, landmarks: tuple[int, ...] = (28, 60)) -> JointRows:
    """Rows of n patients, all at the first landmark and part at the others; no two times tie."""
    rng = np.random.default_rng(seed)
    visits = []
    for i, landmark in enumerate(landmarks):
        patient = np.sort(rng.permutation(n)[: n - 10 * i])
        size = len(patient)
        visits.append(
            Visits(
                landmark, patient, rng.normal(size=(size, 3)), rng.uniform(1, 300, size),
                rng.integers(0, 4, size),
            )
        )  # fmt: skip
    return JointRows(
        tuple(visits), np.array([f"p{i}" for i in range(n)], dtype=object),
        np.full(n, "", dtype=object), HORIZONS, ("relapse", "fatal_infection", "other_death"),
        ("a", "b", "c"), ("a",),
    )  # fmt: skip
