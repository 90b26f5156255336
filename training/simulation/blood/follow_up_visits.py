"""Follow-up visits of a simulated cohort: blood that fluctuates, and drifts before an event.

Each responder who is alive, relapse-free and followed is sampled at every visit. Three assumptions:

- Fluctuation. A latent value is half a lasting trait and half a passing state, so that a patient's
  values on days s and t correlate TRAIT + (1 - TRAIT) exp(-|s - t| / MEMORY_DAYS). At the landmark
  they are the value z that drives the hazards; the hazards do not follow the later values.
- Drift. Before an event its planted features leave the patient's own course, linearly on the
  latent scale (so expression rises log-linearly) from DRIFT_DAYS before the event to
  DRIFT_PER_LOG_HR x |log HR| standard deviations on its day: 2.0 in seed-optimistic (S100A8/A9
  times 2.7), 0.75 in weak, none in null. A relapse moves S100A8/A9 and the activation of
  CD7-negative T cells up; a fatal infection moves monocytes down and exhaustion up.
- The landmark sample does not drift: it is the sample of the same cohort without visits, so that
  the risks in truth.csv hold.

Evidence: S100A8/A9 was high in leukocytes of the patients who relapsed, and both who died of
infection had lost their monocytes (source study, 7 patients, doi 10.1158/1078-0432.CCR-22-2924).
No publication reports either course in time before the event after CD7 CAR-T therapy. That
leukaemic cells rise for weeks before a relapse is known: in AML the clone doubles in 11-36 days,
and sampling can detect it a median of 60 days before relapse (Ommen et al., Blood 2010;115:198).
That monocytes fall within the last month is our guess.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from scipy.special import ndtr  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Bools, Floats, Ints
from features.errors import InputError
from models.endpoints import LANDMARK
from training.simulation.blood.latent_state import (
    BLOOD_NOISES,
    BLOOD_VALUES,
    FLUCTUATION,
    LATENTS,
    BloodState,
    DrawNoise,
    blood_state,
)
from training.simulation.courses.clinical_course import PLANTED, PRESETS, ClinicalCourse, to_day
from training.simulation.random_streams import TRAITS, normals, visit_streams

TRAIT = 0.5  # share of a latent value's variance that lasts, as between baseline and landmark
MEMORY_DAYS = 60.0
DRIFT_DAYS: Mapping[str, float] = {"relapse": 60.0, "fatal_infection": 30.0}
DRIFT_PER_LOG_HR = 2.5
FIRST_VISIT, LAST_VISIT = 33, 1200
EARLY_DAYS = 5  # a visit falls on its day or up to four days before, so that a landmark finds it
VISIT_NORMALS = 2 * len(LATENTS) + 5 + BLOOD_NOISES + BLOOD_VALUES + 1
DRIFT_COLUMNS = ("drift_from_day", "drift_sd", "drift_features")


def parse_visits(text: str) -> tuple[int, ...]:
    """Days from the command line.

    >>> parse_visits("60, 90"), parse_visits("")
    ((60, 90), ())
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise InputError(f"Visits are days with commas between, such as 60,90,120; got {text!r}.")
    return tuple(int(part) for part in parts)


def checked_visits(visits: tuple[int, ...]) -> tuple[int, ...]:
    """Days of the follow-up visits without 28, which the landmark sample always covers.

    >>> checked_visits((28, 60, 90))
    (60, 90)
    """
    later = tuple(day for day in visits if day != LANDMARK)
    if list(visits) != sorted(set(visits)) or not all(
        FIRST_VISIT <= day <= LAST_VISIT for day in later
    ):
        raise InputError(
            f"Visits are increasing days from {FIRST_VISIT} to {LAST_VISIT} after the infusion "
            f"(28 is always sampled); got {', '.join(map(str, visits))}."
        )
    return later


def later_state(
    seed: int, first: BloodState, visits: tuple[int, ...],
    *, course: ClinicalCourse, preset: str, types: tuple[str, ...],
) -> BloodState:  # fmt: skip
    """Blood of the same patients at follow-up visits, (n, V), whether sampled or not.

    Every visit has its own random streams: further visits do not change the earlier ones.
    """
    n = len(first.site)
    columns = [normals(seed, n, visit_streams(j)[0], VISIT_NORMALS) for j in range(len(visits))]
    z = np.stack(columns, axis=2)  # (n, VISIT_NORMALS, V)
    steps, fluctuation, rest = np.split(z, [len(LATENTS), 2 * len(LATENTS)], axis=1)
    day = np.array(visits) - np.floor(EARLY_DAYS * _uniform(rest[:, 0])).astype(np.int64)
    trait_normals = normals(seed, n, TRAITS, len(LATENTS))
    levels = _fluctuating_levels(first.latent, trait_normals, steps, day)
    shift = drift(course, preset, day)
    level = {
        name: levels[name] + shift.get(name, 0.0) + FLUCTUATION * fluctuation[:, i]
        for i, name in enumerate(LATENTS)
    }
    return blood_state(
        day=day, site=first.site, latent=first.latent, level=level,
        has_blasts=np.zeros(day.shape, bool), noise=_draw_noise(rest), product=first.product,
        types=types,
    )  # fmt: skip


def _draw_noise(rest: Floats) -> DrawNoise:
    """Technical noise of the visits from their normals after the day's, (n, width, V)."""
    noise, missingness = np.split(rest[:, 5:-1], [BLOOD_NOISES], axis=1)
    quality, depth, ambient, mito = (rest[:, i] for i in range(1, 5))
    return DrawNoise(quality, depth, ambient, mito, noise, missingness, rest[:, -1])


def drift(course: ClinicalCourse, preset: str, day: Ints) -> dict[str, Floats]:
    """Distance of each planted feature from its course, (n, V) in SD, for visits on `day` (n, V).

    sign x DRIFT_PER_LOG_HR x b x max(0, 1 - (event day - day) / DRIFT_DAYS); 0 without the event.
    """
    shift = {}
    for endpoint, (event, _) in events(course).items():
        share = np.clip(1 - (event[:, None] - day) / DRIFT_DAYS[endpoint], 0.0, 1.0)
        for name, sign in PLANTED[endpoint].items():
            shift[name] = sign * DRIFT_PER_LOG_HR * PRESETS[preset] * share
    return shift


def events(course: ClinicalCourse) -> dict[str, tuple[Floats, Bools]]:
    """Day of each endpoint's event, infinite without, and which patients have it; (n,) each."""
    months = {"relapse": course.relapse, "fatal_infection": course.infection}
    return {endpoint: (to_day(month), np.isfinite(month)) for endpoint, month in months.items()}


def drift_cells(
    patients: tuple[str, ...], course: ClinicalCourse, preset: str
) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Cells of truth.csv under DRIFT_COLUMNS, by patient and endpoint.

    The day the drift begins and its size on the event's day in SD of the latent state; empty
    without the event or under the preset "null". The event may lie after the end of follow-up.
    Nothing drifts before a survived severe infection, so that endpoint has no cells.
    """
    size = DRIFT_PER_LOG_HR * PRESETS[preset]
    cells = {}
    for endpoint, (day, has_event) in events(course).items():
        features = " ".join(
            f"{'+' if sign > 0 else '-'}{name}" for name, sign in PLANTED[endpoint].items()
        )
        for i, patient in enumerate(patients):
            row = (f"{day[i] - DRIFT_DAYS[endpoint]:.0f}", f"{size:g}", features)
            cells[patient, endpoint] = row if has_event[i] and size else ("", "", "")
    return cells


def with_drift(
    rows: Iterator[tuple[str, ...]], cells: Mapping[tuple[str, str], tuple[str, str, str]]
) -> Iterator[tuple[str, ...]]:
    """Lines of truth.csv, which begin with patient and endpoint, with the drift added.

    Empty cells for an endpoint that nothing drifts before, severe infection.
    """
    return ((*row, *cells.get((row[0], row[1]), ("", "", ""))) for row in rows)


def _fluctuating_levels(
    latent: Mapping[str, Floats], trait_normals: Floats, steps: Floats, day: Ints
) -> dict[str, Floats]:
    """Latent values at the visits, (n, V) each: a trait plus a state that is AR(1) in time.

    Given z at the landmark and an independent normal g, trait = sqrt(a) z + sqrt(1 - a) g and
    state = sqrt(1 - a) z - sqrt(a) g are independent standard normals with z = sqrt(a) trait +
    sqrt(1 - a) state. `trait_normals` (n, LATENTS) is g, `steps` (n, LATENTS, V) the state's
    innovations.
    """
    a, b = TRAIT**0.5, (1 - TRAIT) ** 0.5
    gaps = np.diff(day, axis=1, prepend=np.full((len(day), 1), LANDMARK))
    memory = np.exp(-gaps / MEMORY_DAYS)
    levels = {}
    for i, name in enumerate(LATENTS):
        z, g = latent[name], trait_normals[:, i]
        trait, state = a * z + b * g, b * z - a * g
        levels[name] = a * trait[:, None] + b * _states(state, memory, steps[:, i])
    return levels


def _states(state: Floats, memory: Floats, steps: Floats) -> Floats:
    """AR(1) states at the visits, (n, V), from the state at the landmark (n,)."""
    states = []
    for j in range(memory.shape[1]):
        state = memory[:, j] * state + np.sqrt(1 - memory[:, j] ** 2) * steps[:, j]
        states.append(state)
    return np.stack(states, axis=1)


def _uniform(normal: Floats) -> Floats:
    uniform: Floats = np.minimum(ndtr(normal), 1 - 1e-12)
    return uniform
