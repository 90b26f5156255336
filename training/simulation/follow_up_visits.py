"""Follow-up visits of a simulated cohort: blood that wanders, and drifts before an event.

Each responder who is alive, relapse-free and followed is sampled at every visit. Three assumptions:

- Wandering. A latent value is half a lasting trait and half a passing state, so that a patient's
  values on days s and t correlate TRAIT + (1 - TRAIT) exp(-|s - t| / MEMORY_DAYS). At the landmark
  they are the value z that drives the hazards; the hazards do not follow the later wandering.
- Drift. Before an event its planted features leave the patient's own course, linearly on the
  latent scale (so expression rises log-linearly) from DRIFT_DAYS before the event to
  DRIFT_PER_LOG_HR x |log HR| standard deviations on its day: 2.0 in seed-optimistic (S100A8/A9
  times 2.7), 0.75 in weak, none in null. A relapse moves S100A8/A9 and the activation of
  CD7-negative T cells up; a fatal infection moves monocytes down and exhaustion up.
- The landmark sample does not drift: it is the sample of the same cohort without visits, so that
  the risks in truth.csv hold.

What is known: S100A8/A9 was high in leukocytes of the patients who relapsed, and both who died of
infection had lost their monocytes (source study, 7 patients, doi 10.1158/1078-0432.CCR-22-2924).
No publication shows either's course in time before the event after CD7 CAR-T therapy. That a
relapse announces itself for weeks is known of leukaemic cells: in AML the clone doubles in 11-36
days, and sampling can find it a median of 60 days before relapse (Ommen et al., Blood
2010;115:198). That monocytes fall within the last month is our guess.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from scipy.special import ndtr  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Bools, Floats, Ints
from features.errors import InputError
from models.endpoints import LANDMARK
from training.simulation.clinical_course import PLANTED, PRESETS, Course, to_day
from training.simulation.latent_state import (
    BLOOD_NOISES,
    BLOOD_VALUES,
    FLUCTUATION,
    LATENTS,
    Draws,
    State,
    state_of,
)
from training.simulation.random_streams import TRAITS, normals, visit_streams

TRAIT = 0.5  # share of a latent value's variance that lasts, as between baseline and landmark
MEMORY_DAYS = 60.0
DRIFT_DAYS: Mapping[str, float] = {"relapse": 60.0, "fatal_infection": 30.0}
DRIFT_PER_LOG_HR = 2.5
FIRST_VISIT, LAST_VISIT = 33, 1200
EARLY_DAYS = 5  # a visit falls on its day or up to four days before, so that a landmark finds it
VISIT_NORMALS = 2 * len(LATENTS) + 5 + BLOOD_NOISES + BLOOD_VALUES + 1


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
    """Days of the follow-up visits; 28 may be named, since the landmark sample is always there.

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
    seed: int, first: State, visits: tuple[int, ...], course: Course, preset: str,
    types: tuple[str, ...],
) -> State:  # fmt: skip
    """Blood of the same patients at follow-up visits, (n, V); who is sampled is not decided here.

    A visit's chances come from its own streams: further visits leave the earlier ones as they are.
    """
    n = len(first.site)
    columns = [normals(seed, n, visit_streams(j)[0], VISIT_NORMALS) for j in range(len(visits))]
    z = np.stack(columns, axis=2)  # (n, VISIT_NORMALS, V)
    wander, flicker, rest = np.split(z, [len(LATENTS), 2 * len(LATENTS)], axis=1)
    day = np.array(visits) - np.floor(EARLY_DAYS * _uniform(rest[:, 0])).astype(np.int64)
    courses = _wandering(first.latent, normals(seed, n, TRAITS, len(LATENTS)), wander, day)
    moved = drift(course, preset, day)
    level = {
        name: courses[name] + moved.get(name, 0.0) + FLUCTUATION * flicker[:, i]
        for i, name in enumerate(LATENTS)
    }
    noise, gone = np.split(rest[:, 5:-1], [BLOOD_NOISES], axis=1)
    spoilt, depth, ambient, mito = (rest[:, i] for i in range(1, 5))
    draws = Draws(spoilt, depth, ambient, mito, noise, gone, rest[:, -1])
    return state_of(
        day, first.site, first.latent, level, np.zeros(day.shape, bool), draws, first.product, types
    )  # fmt: skip


def drift(course: Course, preset: str, day: Ints) -> dict[str, Floats]:
    """How far each planted feature has left its course, (n, V) in SD, for visits on `day` (n, V).

    sign x DRIFT_PER_LOG_HR x b x max(0, 1 - (event day - day) / DRIFT_DAYS); 0 without the event.
    """
    moved = {}
    for endpoint, (event, _) in events(course).items():
        left = (event[:, None] - day) / DRIFT_DAYS[endpoint]
        share = np.clip(1 - left, 0.0, 1.0)
        for name, sign in PLANTED[endpoint].items():
            moved[name] = sign * DRIFT_PER_LOG_HR * PRESETS[preset] * share
    return moved


def events(course: Course) -> dict[str, tuple[Floats, Bools]]:
    """Day of each endpoint's event, infinite without, and who has it; (n,) each."""
    months = {"relapse": course.relapse, "fatal_infection": course.infection}
    return {endpoint: (to_day(month), np.isfinite(month)) for endpoint, month in months.items()}


DRIFT_COLUMNS = ("drift_from_day", "drift_sd", "drift_features")


def drift_cells(
    patients: tuple[str, ...], course: Course, preset: str
) -> dict[tuple[str, str], tuple[str, str, str]]:
    """What truth.csv says of drift under DRIFT_COLUMNS, by patient and endpoint.

    The day it begins and its size on the event's day in SD of the latent state; empty without the
    event or under the preset "null". The event may lie after the end of follow-up.
    """
    size = DRIFT_PER_LOG_HR * PRESETS[preset]
    cells = {}
    for endpoint, (day, has) in events(course).items():
        signed = (f"{'+' if sign > 0 else '-'}{name}" for name, sign in PLANTED[endpoint].items())
        words = " ".join(signed)
        for i, patient in enumerate(patients):
            told = (f"{day[i] - DRIFT_DAYS[endpoint]:.0f}", f"{size:g}", words)
            cells[patient, endpoint] = told if has[i] and size else ("", "", "")
    return cells


def with_drift(
    rows: Iterator[tuple[str, ...]], cells: Mapping[tuple[str, str], tuple[str, str, str]]
) -> Iterator[tuple[str, ...]]:
    """Lines of truth.csv, which begin with patient and endpoint, with the drift added."""
    return ((*row, *cells[row[0], row[1]]) for row in rows)


def _wandering(
    latent: Mapping[str, Floats], turn: Floats, wander: Floats, day: Ints
) -> dict[str, Floats]:
    """Latent values at the visits, (n, V) each: trait plus a state that forgets (AR(1) in time).

    Given z at the landmark and an independent normal g, trait = sqrt(a) z + sqrt(1 - a) g and
    state = sqrt(1 - a) z - sqrt(a) g are independent standard normals with z = sqrt(a) trait +
    sqrt(1 - a) state. `turn` (n, LATENTS) is g, `wander` (n, LATENTS, V) the state's steps.
    """
    a, b = TRAIT**0.5, (1 - TRAIT) ** 0.5
    gaps = np.diff(day, axis=1, prepend=np.full((len(day), 1), LANDMARK))
    kept = np.exp(-gaps / MEMORY_DAYS)
    courses = {}
    for i, name in enumerate(LATENTS):
        z, g = latent[name], turn[:, i]
        trait, state = a * z + b * g, b * z - a * g
        steps = []
        for j in range(day.shape[1]):
            state = kept[:, j] * state + np.sqrt(1 - kept[:, j] ** 2) * wander[:, i, j]
            steps.append(a * trait + b * state)
        courses[name] = np.stack(steps, axis=1)
    return courses


def _uniform(normal: Floats) -> Floats:
    share: Floats = np.minimum(ndtr(normal), 1 - 1e-12)
    return share
