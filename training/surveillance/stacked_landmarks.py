"""Landmark data sets stacked: who is at risk when, and every visit that gives a risk."""

from dataclasses import dataclass

import numpy as np

from features import schema
from features.arrays import Bools, Floats, Ints, Objects
from features.errors import InputError
from training.cohort.labels import AtRisk, at_risk, label
from training.cohort.outcomes import ENDPOINT_PLURAL, Outcomes, endpoint_code
from training.cohort.samples import Samples, require_columns
from training.evaluation.design import Design, design_for

LANDMARKS: tuple[int, ...] = (28, 60, *range(90, 361, 30))
HORIZON = 90
FEWEST_AT_RISK = 10  # at a landmark, and still followed at the end of its window
FEWEST_EVENTS = 5  # patients with and without the event, for any model at all
WINDOW_DAYS = 14  # a landmark takes the last sample of the two weeks up to it

CURRENT: tuple[str, ...] = schema.CORE
FEATURES: tuple[str, ...] = (
    *CURRENT,
    *(f"{name}_change" for name in CURRENT),
    *(f"{name}_slope30" for name in CURRENT),
)


@dataclass(frozen=True)
class Stack:
    """n patients, v visits at which a risk is given, m rows: a patient at a landmark.

    Visits are the patients' blood samples from the first landmark's window to their first event or
    end of follow-up: `visit_row` places in the feature table, `visit_patient`, `visit_day`,
    `values` (v, FEATURES) with NaN. Rows: `landmark`, `patient` and `visit` (m,), `y` (m,) as in
    `training.cohort.labels`; `designs` holds the same rows landmark by landmark, for censoring
    weights. Patients: `event_day` (n,), NaN unless the endpoint comes first; `last_day` of being at
    risk.
    """

    endpoint: str
    horizon: int
    landmarks: tuple[int, ...]
    patients: tuple[str, ...]
    site: Objects
    event_day: Floats
    last_day: Floats
    visit_row: Ints
    visit_patient: Ints
    visit_day: Floats
    values: Floats
    landmark: Ints
    patient: Ints
    visit: Ints
    y: Floats
    designs: tuple[Design, ...]

    def rows_of(self, landmark: int) -> Bools:
        """Which rows are of one landmark, (m,)."""
        rows: Bools = self.landmark == landmark
        return rows

    def weights(self, train: Bools | None = None) -> Floats:
        """Censoring weights of all rows, (m,), with G from the patients in `train` (n,) only."""
        keep = np.ones(len(self.patients), bool) if train is None else train
        parts = [
            design.weights(keep[self.patient[self.rows_of(landmark)]])
            for landmark, design in zip(self.landmarks, self.designs, strict=True)
        ]
        return np.concatenate(parts)

    @property
    def with_event(self) -> Bools:
        """Patients with the event in the window of some landmark, (n,)."""
        has = np.zeros(len(self.patients), bool)
        has[self.patient[self.y == 1]] = True
        return has

    @property
    def watched_event_day(self) -> Floats:
        """Event day of patients with a visit in the horizon before it, else NaN, (n,).

        An event long after the last visit could not have been warned of: its patient was free of
        it for a whole window from every visit on, and counts among those.
        """
        last = np.full(len(self.patients), -np.inf)
        np.maximum.at(last, self.visit_patient, self.visit_day)
        return np.where(self.event_day - last <= self.horizon, self.event_day, np.nan)


def stack(
    samples: Samples,
    outcomes: Outcomes,
    endpoint: str,
    horizon: int = HORIZON,
    transplant: str = "ignored",
    landmarks: tuple[int, ...] = LANDMARKS,
) -> Stack:
    """Stack the landmarks at which at least 10 patients are at risk and 10 followed to the end.

    Raises InputError when fewer than two landmarks are left (there are no serial samples), and with
    fewer than 5 patients with or without the event.
    """
    require_columns(samples, FEATURES)
    found = {day: at_risk(outcomes, samples, day, transplant) for day in landmarks}
    kept = {
        day: cohort
        for day, cohort in found.items()
        if np.sum(cohort.time > horizon) >= FEWEST_AT_RISK
    }
    if len(kept) < 2:
        days = ", ".join(f"day {day}" for day in kept) or "none"
        raise InputError(
            f"Surveillance needs serial samples: at least two landmarks with {FEWEST_AT_RISK} "
            f"patients sampled in the two weeks before and followed {horizon} days beyond; there "
            f"are enough at {days}. Sample patients again at follow-up visits."
        )
    made = _assembled(samples, kept, endpoint, horizon)
    events = int(made.with_event.sum())
    if min(events, len(made.patients) - events) < FEWEST_EVENTS:
        raise InputError(
            f"Surveillance needs at least {FEWEST_EVENTS} patients with and {FEWEST_EVENTS} "
            f"without the event within {horizon} days of a landmark; {events} of "
            f"{len(made.patients)} had {ENDPOINT_PLURAL[endpoint]}: wait for events or take a "
            "longer horizon."
        )
    return made


def _assembled(samples: Samples, kept: dict[int, AtRisk], endpoint: str, horizon: int) -> Stack:
    names = list(dict.fromkeys(p for cohort in kept.values() for p in cohort.patient_id))
    number = {name: i for i, name in enumerate(names)}
    last, event, site = _fates(kept, number, endpoint)
    visit_row, visit_patient, visit_day = _visits(samples, number, last, min(kept))
    place = {int(row): i for i, row in enumerate(visit_row)}
    labelled = [label(cohort, endpoint, horizon) for cohort in kept.values()]
    rows = [(day, number[p], place[int(row)]) for day, cohort in kept.items()
            for p, row in zip(cohort.patient_id, cohort.row, strict=True)]  # fmt: skip
    landmark, patient, visit = np.array(rows, dtype=np.int64).T
    frame = samples.frame
    return Stack(
        endpoint, horizon, tuple(kept), tuple(names), site, event, last,
        visit_row, visit_patient, visit_day,
        frame.iloc[visit_row][list(FEATURES)].to_numpy(float),
        landmark, patient, visit,
        np.concatenate([one.y for one in labelled]),
        tuple(design_for(one, samples, FEATURES, CURRENT) for one in labelled),
    )  # fmt: skip


def _fates(
    kept: dict[int, AtRisk], number: dict[str, int], endpoint: str
) -> tuple[Floats, Floats, Objects]:
    """Last day at risk, event day and site of each patient; every landmark tells the same."""
    last, event = np.full(len(number), np.nan), np.full(len(number), np.nan)
    site = np.full(len(number), "", dtype=object)
    for day, cohort in kept.items():
        at = np.array([number[p] for p in cohort.patient_id], dtype=np.int64)
        last[at], site[at] = day + cohort.time, cohort.site
        has = cohort.code == endpoint_code(endpoint)
        event[at[has]] = last[at[has]]
    return last, event, site


def _visits(
    samples: Samples, number: dict[str, int], last: Floats, first_landmark: int
) -> tuple[Ints, Ints, Floats]:
    """Row, patient and day of the blood samples that give a risk, by patient and day."""
    frame = samples.frame
    day = frame["day"].to_numpy(float)
    owner = np.array([number.get(str(p), -1) for p in frame["patient_id"]], dtype=np.int64)
    usable = (owner >= 0) & (day > first_landmark - WINDOW_DAYS) & (day < last[owner])
    if "tissue" in frame:
        usable &= (frame["tissue"] != "BM").to_numpy(bool)
    rows = np.flatnonzero(usable)
    rows = rows[np.lexsort((day[rows], owner[rows]))]
    return rows, owner[rows], day[rows]
