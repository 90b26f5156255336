"""The patients of a simulated cohort before anything is measured, and what sheets say of them."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri  # type: ignore[import-untyped, unused-ignore]  # no stubs

from training import simulate_blood as blood
from training.clinical_course import (
    COURSE_UNIFORMS,
    PROFILES,
    Course,
    draw_course,
    log_hazard_ratios,
    to_day,
)
from training.patient_draws import COURSE, uniforms
from training.simulate_outcomes import PERSON_UNIFORMS, outcome_columns
from training.simulate_state import State, draw_state
from training.simulated_reference import reference

Floats = NDArray[np.float64]

OCCASIONS = ("A", "B")  # baseline, landmark


@dataclass(frozen=True)
class Plan:
    """What decides a cohort, small enough to send to another process."""

    seed: int
    n: int
    preset: str
    profile: str
    cells: int


@dataclass(frozen=True)
class Cohort:
    """The simulated patients before anything is measured; `sampled` (n, 2): alive that day."""

    patients: tuple[str, ...]
    course: Course
    state: State
    sampled: NDArray[np.bool_]
    person: Floats

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Samples drawn and not spoilt, (n, 2)."""
        usable: NDArray[np.bool_] = self.sampled & (self.state.poor == 0)
        return usable


@functools.lru_cache(maxsize=2)
def draw_cohort(plan: Plan) -> Cohort:
    """Courses and blood of a plan's patients, reproducible from the plan alone."""
    seed, n, constants = plan.seed, plan.n, PROFILES[plan.profile]
    u = uniforms(seed, n, COURSE, COURSE_UNIFORMS + PERSON_UNIFORMS)
    # Response first: it decides whether blasts are left, and so the blood.
    response = u[:, 0] < constants.response
    state = draw_state(seed, n, reference().types, response)
    log_hr = log_hazard_ratios(state.latent, plan.preset, constants)
    course = draw_course(constants, log_hr, u, ndtri(u[:, COURSE_UNIFORMS - 1]))
    alive = state.day < to_day(course.death)[:, None]
    names = tuple(f"SIM{i + 1:05d}" for i in range(n))
    return Cohort(names, course, state, alive, u[:, COURSE_UNIFORMS:])


def count_path(patient: str, occasion: int) -> str:
    """Where a sample's counts lie, relative to the cohort's folder."""
    return f"counts/{patient}_{OCCASIONS[occasion]}.h5"


def context_lines(cohort: Cohort) -> Iterator[dict[str, str | float | int]]:
    """What the sample sheet says of every sample, patients in order, baseline first."""
    types = reference().types
    counts = {**blood.blood_counts(cohort.state, types),
              "draw_to_freeze_h": blood.hours_to_freezing(cohort.state)}  # fmt: skip
    strategy, site = blood.strategies(cohort.state), blood.site_names(cohort.state)
    for i, o in np.argwhere(cohort.sampled):
        patient = cohort.patients[i]
        yield {
            "sample_id": f"{patient}_{OCCASIONS[o]}",
            "patient_id": patient,
            "day": int(cohort.state.day[i, o]),
            "tissue": "PB",
            "chemistry": "simulated",
            "site": str(site[i]),
            "car_cd7_strategy": str(strategy[i]),
            "enrichment": "none",
            "preparation": "PBMC",
            **{name: float(values[i, o]) for name, values in counts.items()},
        }


def sheet_lines(cohort: Cohort) -> Iterator[dict[str, object]]:
    """Lines of samples.csv."""
    places = (count_path(cohort.patients[i], int(o)) for i, o in np.argwhere(cohort.sampled))
    for line, path in zip(context_lines(cohort), places, strict=True):
        yield {**line, "path": path}


def outcome_lines(cohort: Cohort) -> Iterator[dict[str, object]]:
    """Lines of outcomes.csv, every patient."""
    columns = outcome_columns(cohort.course, cohort.person, blood.site_names(cohort.state))
    for i, patient in enumerate(cohort.patients):
        yield {"patient_id": patient, **{name: values[i] for name, values in columns.items()}}
