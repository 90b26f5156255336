"""Stacked landmark data set: who is at risk at each landmark, and every visit that gives a risk.

Reference: van Houwelingen, Scand J Stat 2007;34:70.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features import schema
from features.arrays import Bools, Floats, Ints, Objects
from features.errors import InputError
from models.endpoints import ENDPOINTS, WINDOW_DAYS
from models.measurement_sources import common_sources
from training.cohort.at_risk import AtRisk
from training.cohort.cohort import Cohort
from training.cohort.labels import label, n_followed_through
from training.cohort.samples import Samples, require_columns, source_rows
from training.evaluation.design import Design, design_for

LANDMARKS: tuple[int, ...] = (28, 60, *range(90, 361, 30))
HORIZON = 90
FEWEST_AT_RISK = 10  # at a landmark, and still followed at the end of its window
FEWEST_EVENTS = 5  # patients with and without the event, for any model at all

FEATURES: tuple[str, ...] = schema.MODEL_FEATURES


@dataclass(frozen=True)
class StackedLandmarks:
    """n patients, v visits at which a risk is given, m rows: a patient at a landmark.

    Visits are the patients' blood samples from the first landmark's window to their first event or
    end of follow-up: `visit_row` (row of the feature table), `visit_patient`, `visit_day`,
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

        No visit could have warned of an event that came more than a horizon after the last visit;
        its patient counts among those without the event, as at each of their visits.
        """
        last = np.full(len(self.patients), -np.inf)
        np.maximum.at(last, self.visit_patient, self.visit_day)
        return np.where(self.event_day - last <= self.horizon, self.event_day, np.nan)


def stack_landmarks(
    cohort: Cohort,
    endpoint: str,
    *,
    horizon: int = HORIZON,
    landmarks: tuple[int, ...] = LANDMARKS,
) -> StackedLandmarks:
    """Stack the landmarks at which at least 10 patients are at risk and 10 followed to the end.

    The cohort is read at each landmark, under its own transplant rule. Raises InputError when
    fewer than two landmarks remain (there are no serial samples), with fewer than 5 patients with
    or without the event, and when samples were measured in different ways.
    """
    require_columns(cohort.samples, FEATURES)
    at_risk_by_day = {day: cohort.at(landmark=day).at_risk for day in landmarks}
    at_risk_by_day = {
        day: at_risk
        for day, at_risk in at_risk_by_day.items()
        if n_followed_through(at_risk, horizon) >= FEWEST_AT_RISK
    }
    _require_serial_samples(tuple(at_risk_by_day), horizon)
    stack = _assemble(cohort.samples, at_risk_by_day, endpoint, horizon)
    _require_events(stack)
    common_sources(source_rows(cohort.samples, stack.visit_row), FEATURES)
    return stack


def _require_serial_samples(landmarks: tuple[int, ...], horizon: int) -> None:
    if len(landmarks) >= 2:
        return
    days = ", ".join(f"day {day}" for day in landmarks) or "none"
    raise InputError(
        f"Surveillance needs serial samples: at least two landmarks with {FEWEST_AT_RISK} "
        f"patients sampled in the two weeks before and followed for {horizon} days; there "
        f"are enough at {days}. Sample patients again at follow-up visits."
    )


def _require_events(stack: StackedLandmarks) -> None:
    events = int(stack.with_event.sum())
    if min(events, len(stack.patients) - events) < FEWEST_EVENTS:
        raise InputError(
            f"Surveillance needs at least {FEWEST_EVENTS} patients with and {FEWEST_EVENTS} "
            f"without the event within {stack.horizon} days of a landmark; {events} of "
            f"{len(stack.patients)} had {ENDPOINTS[stack.endpoint].plural}: wait for events or "
            "take a longer horizon."
        )


def _assemble(
    samples: Samples, at_risk_by_day: Mapping[int, AtRisk], endpoint: str, horizon: int
) -> StackedLandmarks:
    names = dict.fromkeys(p for at_risk in at_risk_by_day.values() for p in at_risk.patient_id)
    number = {name: i for i, name in enumerate(names)}
    last_day, event_day, site = _follow_up(at_risk_by_day, number, endpoint)
    visit_row, visit_patient, visit_day = _visits(samples, number, last_day, min(at_risk_by_day))
    visit_number = {int(row): i for i, row in enumerate(visit_row)}
    rows = [
        (day, number[patient], visit_number[int(row)])
        for day, at_risk in at_risk_by_day.items()
        for patient, row in zip(at_risk.patient_id, at_risk.row, strict=True)
    ]
    landmark, patient, visit = np.array(rows, dtype=np.int64).T
    labels = [label(at_risk, endpoint, horizon) for at_risk in at_risk_by_day.values()]
    return StackedLandmarks(
        endpoint=endpoint, horizon=horizon, landmarks=tuple(at_risk_by_day), patients=tuple(names),
        site=site, event_day=event_day, last_day=last_day,
        visit_row=visit_row, visit_patient=visit_patient, visit_day=visit_day,
        values=samples.frame.iloc[visit_row][list(FEATURES)].to_numpy(float),
        landmark=landmark, patient=patient, visit=visit,
        y=np.concatenate([one.y for one in labels]),
        designs=tuple(design_for(one, samples, FEATURES, schema.CORE) for one in labels),
    )  # fmt: skip


def _follow_up(
    at_risk_by_day: Mapping[int, AtRisk], number: Mapping[str, int], endpoint: str
) -> tuple[Floats, Floats, Objects]:
    """Last day at risk, event day and site of each patient, the same at every landmark."""
    last_day, event_day = np.full(len(number), np.nan), np.full(len(number), np.nan)
    site = np.full(len(number), "", dtype=object)
    for day, at_risk in at_risk_by_day.items():
        patient = np.array([number[p] for p in at_risk.patient_id], dtype=np.int64)
        last_day[patient], site[patient] = day + at_risk.time, at_risk.site
        has_event = np.isin(at_risk.code, ENDPOINTS[endpoint].event_codes)
        event_day[patient[has_event]] = last_day[patient[has_event]]
    return last_day, event_day, site


def _visits(
    samples: Samples, number: Mapping[str, int], last_day: Floats, first_landmark: int
) -> tuple[Ints, Ints, Floats]:
    """Row, patient and day of the blood samples that give a risk, by patient and day."""
    frame = samples.frame
    day = frame["day"].to_numpy(float)
    owner = np.array([number.get(str(p), -1) for p in frame["patient_id"]], dtype=np.int64)
    usable = (owner >= 0) & (day > first_landmark - WINDOW_DAYS) & (day < last_day[owner])
    if "tissue" in frame:
        usable &= (frame["tissue"] != "BM").to_numpy(bool)
    rows = np.flatnonzero(usable)
    rows = rows[np.lexsort((day[rows], owner[rows]))]
    return rows, owner[rows], day[rows]
