"""Onsets of severe infections in simulated patients: day, grade, organism.

Onsets are observed until relapse, failure of the treatment, death or the end of follow-up,
whichever comes first. A fatal infection's onset lies before death, after the landmark and after a
transplant (nobody is transplanted while dying of infection); its grade is 5 once the death is
recorded, else 4. Only severe infections are drawn: the simulated infections.csv has no grade 1, 2.
Rates and their sources: `training.simulation.courses.infection_rates`.
"""

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats
from models.endpoints import LANDMARK
from training.simulation.courses.clinical_course import DAYS_PER_MONTH, ClinicalCourse
from training.simulation.courses.infection_rates import (
    FATAL_DAYS,
    LIFE_THREATENING,
    RECURRENCE,
    RECURRENCE_DAYS,
    onset_day,
)
from training.simulation.random_streams import INFECTIONS, stream

FATAL_UNIFORMS = 2  # wait before death, organism
ONSET_UNIFORMS = 7  # gap, recurrence, its wait, then grade and organism of either
FIRST_FATAL_ONSET = LANDMARK + 0.5  # so it counts for whoever is at risk at the landmark

# Patients with each group of organisms (Hill et al.): by day 28, later.
ORGANISMS = ("Klebsiella pneumoniae", "CMV", "Candida albicans")
EARLY_ORGANISMS = np.cumsum([22, 11, 4]) / 37
LATER_ORGANISMS = np.cumsum([7, 11, 2]) / 20


@dataclass(frozen=True, order=True)
class InfectionOnset:
    """A severe infection: row of the patient, day since infusion, CTCAE grade, organism."""

    patient: int
    day: int
    grade: int
    organism: str


def draw_onsets(
    seed: int, course: ClinicalCourse, log_hr: Floats, *, follow_up_end: Floats
) -> tuple[InfectionOnset, ...]:
    """Severe infections of all patients, by patient and day, at most one a day and organism.

    `log_hr` (n,) is that of survived severe infection (`severe_log_hr`), `follow_up_end` (n,) the
    day on which the follow-up of those alive ends. Each patient has a stream, so neither courses
    nor cells of the same seed change.
    """
    onsets: list[InfectionOnset] = []
    last_day = np.minimum(course.event * DAYS_PER_MONTH, follow_up_end)
    for patient, hazard_ratio in enumerate(np.exp(log_hr).tolist()):
        rng = stream(seed, patient, INFECTIONS)
        fatal = _fatal_onset(rng.random(FATAL_UNIFORMS), course, patient, follow_up_end[patient])
        survived = _survived_onsets(rng, hazard_ratio, last_day[patient], patient)
        onsets += _one_a_day_and_organism([*fatal, *survived])
    return tuple(onsets)


def _fatal_onset(
    uniforms: Floats, course: ClinicalCourse, patient: int, follow_up_end: float
) -> list[InfectionOnset]:
    """Onset of the patient's fatal infection, if there is one and it lies within follow-up."""
    if np.isinf(course.infection[patient]):
        return []
    death = course.infection[patient] * DAYS_PER_MONTH
    transplant = course.transplant[patient] * DAYS_PER_MONTH
    after_transplant = min(transplant + 1, death) if np.isfinite(transplant) else 0.0
    earliest = max(FIRST_FATAL_ONSET, after_transplant)
    day = max(death + FATAL_DAYS * np.log1p(-uniforms[0]), earliest)
    grade = 5 if death <= follow_up_end else 4
    return [_onset(patient, day, grade, uniforms[1])] if day <= follow_up_end else []


def _survived_onsets(
    rng: np.random.Generator, hazard_ratio: float, last_day: float, patient: int
) -> list[InfectionOnset]:
    """Survived severe infections up to `last_day`, recurrences included."""
    onsets: list[InfectionOnset] = []
    expected = 0.0
    while True:
        gap, recurrence, wait, *marks = rng.random(ONSET_UNIFORMS).tolist()
        expected -= np.log1p(-gap) / hazard_ratio
        day = onset_day(expected)
        if day > last_day:
            return onsets
        onsets.append(_onset(patient, day, _survived_grade(marks[0]), marks[1]))
        again = day - RECURRENCE_DAYS * np.log1p(-wait)
        if recurrence < RECURRENCE and again <= last_day:
            onsets.append(_onset(patient, again, _survived_grade(marks[2]), marks[3]))


def _survived_grade(uniform: float) -> int:
    return 4 if uniform < LIFE_THREATENING else 3


def _onset(patient: int, day: float, grade: int, uniform: float) -> InfectionOnset:
    shares = EARLY_ORGANISMS if day <= LANDMARK else LATER_ORGANISMS
    organism = ORGANISMS[int(np.searchsorted(shares, uniform, side="right"))]
    return InfectionOnset(patient, int(np.ceil(day)), grade, organism)


def _one_a_day_and_organism(onsets: list[InfectionOnset]) -> list[InfectionOnset]:
    """Onsets in order of day; of the same organism on one day the worst, as the table demands."""
    worst = {(onset.day, onset.organism): onset for onset in sorted(onsets)}
    return sorted(worst.values())
