"""Patients of a simulated cohort before measurement, and the lines of their sheets."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Bools, Floats
from training.simulation.blood import blood_counts as blood
from training.simulation.blood.follow_up_visits import later_state
from training.simulation.blood.latent_state import BloodState, draw_state
from training.simulation.blood.visits_axis import join_occasions
from training.simulation.cells.reference_genes import simulated_genome
from training.simulation.courses.clinical_course import (
    COURSE_UNIFORMS,
    PROFILES,
    ClinicalCourse,
    draw_course,
    effect_shift,
    log_hazard_ratios,
    to_day,
)
from training.simulation.courses.infection_onsets import InfectionOnset, draw_onsets
from training.simulation.courses.infection_rates import severe_log_hr
from training.simulation.courses.outcome_sheet import (
    PERSON_UNIFORMS,
    are_female,
    follow_up_end,
    outcome_columns,
)
from training.simulation.random_streams import COURSE, uniforms

OCCASIONS = ("A", "B")  # baseline, landmark; a follow-up visit is named D and its day


@dataclass(frozen=True)
class SimulationPlan:
    """Everything that determines a cohort, small enough to send to another process.

    `visits` are the days of follow-up visits after the landmark sample, increasing.
    """

    seed: int
    n: int
    preset: str
    profile: str
    cells: int
    visits: tuple[int, ...] = ()

    def occasion(self, number: int) -> str:
        """Short name of a draw, the end of its sample's name.

        >>> plan = SimulationPlan(1, 1, "null", "phase2", 500, (60,))
        >>> [plan.occasion(i) for i in range(3)]
        ['A', 'B', 'D060']
        """
        return (*OCCASIONS, *(f"D{day:03d}" for day in self.visits))[number]


@dataclass(frozen=True)
class SimulatedCohort:
    """The simulated patients before any measurement.

    `sampled` (n, k): alive that day and, at follow-up visits, relapse-free and still followed.
    """

    plan: SimulationPlan
    patients: tuple[str, ...]
    course: ClinicalCourse
    state: BloodState
    sampled: Bools
    person: Floats

    @property
    def female(self) -> Bools:
        """Which patients are female, (n,)."""
        return are_female(self.person)

    @property
    def usable(self) -> Bools:
        """Samples of good quality, (n, k)."""
        usable: Bools = self.sampled & (self.state.poor == 0)
        return usable


@functools.lru_cache(maxsize=2)
def draw_cohort(plan: SimulationPlan) -> SimulatedCohort:
    """Courses and blood of a plan's patients, reproducible from the plan alone."""
    seed, n, constants = plan.seed, plan.n, PROFILES[plan.profile]
    types = simulated_genome().types
    u = uniforms(seed, n, COURSE, COURSE_UNIFORMS + PERSON_UNIFORMS)
    # Response first: whether blasts are left, and so the blood, depends on it.
    state = draw_state(seed, n, types, u[:, 0] < constants.response)
    log_hr = log_hazard_ratios(state.latent, plan.preset, constants)
    course = draw_course(constants, log_hr, u, ndtri(u[:, COURSE_UNIFORMS - 1]))
    sampled = state.day < to_day(course.death)[:, None]
    person = u[:, COURSE_UNIFORMS:]
    if plan.visits:
        later = later_state(
            seed, state, plan.visits, course=course, preset=plan.preset, types=types
        )
        state = join_occasions(state, later)
        sampled = np.concatenate([sampled, _sampled_at_visits(later, course, person)], axis=1)
    names = tuple(f"SIM{i + 1:05d}" for i in range(n))
    return SimulatedCohort(plan, names, course, state, sampled, person)


def _sampled_at_visits(later: BloodState, course: ClinicalCourse, person: Floats) -> Bools:
    """Who is sampled at each follow-up visit: responders before any event and end of follow-up."""
    until = np.minimum(to_day(course.event) - 1, follow_up_end(person))
    return course.response[:, None] & (later.day <= until[:, None])


def count_path(sample: str) -> str:
    """Path of a sample's counts, relative to the cohort's folder."""
    return f"counts/{sample}.h5"


def sample_name(cohort: SimulatedCohort, patient: int, occasion: int) -> str:
    """A sample's identifier, such as SIM00001_A."""
    return f"{cohort.patients[patient]}_{cohort.plan.occasion(occasion)}"


def context_lines(cohort: SimulatedCohort) -> Iterator[dict[str, str | float | int]]:
    """Values of the sample sheet for every sample, patients in order, baseline first."""
    types = simulated_genome().types
    counts = {**blood.blood_counts(cohort.state, types),
              "draw_to_freeze_h": blood.hours_to_freezing(cohort.state)}  # fmt: skip
    strategy, site = blood.strategies(cohort.state), blood.site_names(cohort.state)
    for i, o in np.argwhere(cohort.sampled):
        yield {
            "sample_id": sample_name(cohort, int(i), int(o)),
            "patient_id": cohort.patients[i],
            "day": int(cohort.state.day[i, o]),
            "tissue": "PB",
            "chemistry": "simulated",
            "site": str(site[i]),
            "car_cd7_strategy": str(strategy[i]),
            "enrichment": "none",
            "preparation": "PBMC",
            "patient_sex": "female" if cohort.female[i] else "male",
            **{name: float(values[i, o]) for name, values in counts.items()},
        }


def sheet_lines(cohort: SimulatedCohort) -> Iterator[dict[str, object]]:
    """Lines of samples.csv."""
    for line in context_lines(cohort):
        yield {**line, "path": count_path(str(line["sample_id"]))}


def outcome_lines(cohort: SimulatedCohort) -> Iterator[dict[str, object]]:
    """Lines of outcomes.csv, every patient."""
    columns = outcome_columns(cohort.course, cohort.person, blood.site_names(cohort.state))
    for i, patient in enumerate(cohort.patients):
        yield {"patient_id": patient, **{name: values[i] for name, values in columns.items()}}


INFECTION_COLUMNS = ("patient_id", "day", "grade", "organism", "provenance")


def severe_infections(cohort: SimulatedCohort) -> tuple[InfectionOnset, ...]:
    """Severe infections of the cohort's patients, by patient and day."""
    plan = cohort.plan
    constants = PROFILES[plan.profile]
    fatal = log_hazard_ratios(cohort.state.latent, plan.preset, constants)[1]
    shift = effect_shift("fatal_infection", plan.preset, constants)
    log_hr = np.broadcast_to(severe_log_hr(fatal, plan.preset, shift), (plan.n,))
    end = follow_up_end(cohort.person)
    return draw_onsets(plan.seed, cohort.course, log_hr, follow_up_end=end)


def infection_rows(cohort: SimulatedCohort) -> Iterator[tuple[str, ...]]:
    """Lines of infections.csv under INFECTION_COLUMNS."""
    for onset in severe_infections(cohort):
        patient = cohort.patients[onset.patient]
        yield (patient, str(onset.day), str(onset.grade), onset.organism, "synthetic")
