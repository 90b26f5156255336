"""Stacked visits of a joint fit: one row a patient and landmark, with events by interval.

Reference: van Houwelingen, Scand J Stat 2007;34:70 (landmarks stacked into one data set).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.arrays import Bools, Floats, Ints, Objects
from models.endpoints import EVENT_CODES, TRANSPLANT, Endpoint
from models.hazard_model import event_power
from models.manifest import ONSET_EVENT
from training.cohort.at_risk import AtRisk, inputs_at_risk, part_of
from training.cohort.cohort import Cohort
from training.cohort.labels import n_followed_through
from training.cohort.onsets import interval_codes
from training.evaluation.gate import AT_RISK_AT_END
from training.statistics.survival.incidence import cumulative_incidence
from training.statistics.survival.interval_events import interval_events, interval_weights


@dataclass(frozen=True)
class Visits:
    """The patients at risk at one landmark: rows of the feature table, and their follow-up.

    `patient` (n,) numbers the patients of the joint fit; `time` and `code` (n,) as in `AtRisk`.
    `panel` (n, c) holds the columns on which censoring by transplant depends, None without it.
    """

    landmark: int
    patient: Ints
    X: Floats
    time: Floats
    code: Ints
    panel: Floats | None = None


@dataclass(frozen=True)
class JointRows:
    """Visits of all landmarks, the judged one first; patients numbered from 0.

    `patients` (N,) and `site` (N,) by number; `horizons` end the intervals, `events` name the
    exclusive events, whose codes are 1, 2, ... in this order.
    """

    visits: tuple[Visits, ...]
    patients: Objects
    site: Objects
    horizons: tuple[int, ...]
    events: tuple[str, ...]
    features: tuple[str, ...]
    core_panel: tuple[str, ...]

    @property
    def is_core(self) -> Bools:
        """Which features are of the core panel, (p,)."""
        return np.isin(self.features, self.core_panel)


@dataclass(frozen=True)
class TrainingVisits:
    """Rows of the training patients at all landmarks, ready to fit; n rows, K intervals.

    `incidence` (K, C) is the Aalen-Johansen incidence averaged over the rows.
    """

    X: Floats
    day: Floats
    event: Ints
    weight: Floats
    incidence: Floats


def joint_rows(
    cohort: Cohort, landmarks: Sequence[int], horizons: Sequence[int],
    *, features: tuple[str, ...], core_panel: tuple[str, ...],
) -> JointRows:  # fmt: skip
    """Stack the landmarks at which at least 10 patients are followed to the last horizon.

    The first landmark is always among them: whether it has enough is judged by the caller.
    """
    at_risk = {day: cohort.at(landmark=day).at_risk for day in landmarks}
    last = max(horizons)
    days = [
        day for i, day in enumerate(landmarks)
        if i == 0 or n_followed_through(at_risk[day], last) >= AT_RISK_AT_END
    ]  # fmt: skip
    site_of = {
        p: s
        for day in days
        for p, s in zip(at_risk[day].patient_id, at_risk[day].site, strict=True)
    }
    number = {patient: i for i, patient in enumerate(site_of)}
    visits = tuple(
        _visits(cohort, at_risk[day], number, features=features, core_panel=core_panel)
        for day in days
    )
    has_transplant = cohort.transplant == "competing"
    events = tuple(e for e, code in EVENT_CODES.items() if has_transplant or code != TRANSPLANT)
    return JointRows(
        visits, np.array(list(number), dtype=object),
        np.array(list(site_of.values()), dtype=object), tuple(horizons), events, features,
        core_panel,
    )  # fmt: skip


def _visits(
    cohort: Cohort, at_risk: AtRisk, number: dict[str, int],
    *, features: tuple[str, ...], core_panel: tuple[str, ...],
) -> Visits:  # fmt: skip
    by_panel = at_risk.transplant == "censoring"
    panel = inputs_at_risk(at_risk, cohort.samples, core_panel) if by_panel else None
    return Visits(
        landmark=at_risk.landmark,
        patient=np.array([number[patient] for patient in at_risk.patient_id], dtype=np.int64),
        X=inputs_at_risk(at_risk, cohort.samples, features),
        time=at_risk.time,
        code=at_risk.code,
        panel=panel,
    )


def until_onset_rows(rows: JointRows, cohort: Cohort, endpoint: Endpoint) -> JointRows:
    """The same rows followed to the endpoint's onset, which becomes one more event.

    Without the patients whom the endpoint excludes for an earlier onset.
    """
    ends = np.array(rows.horizons, dtype=np.float64)
    onset_code = len(rows.events) + 1
    visits = []
    for one in rows.visits:
        at = cohort.at(landmark=one.landmark)
        followed = at.at_risk_of(endpoint)
        is_at_risk = np.isin(at.at_risk.patient_id, followed.patient_id)
        codes = interval_codes(part_of(at.at_risk, is_at_risk), followed, endpoint, ends)
        codes = np.where(codes > len(rows.events), onset_code, codes)
        visits.append(replace(_visits_of(one, is_at_risk), time=followed.time, code=codes))
    return JointRows(
        tuple(visits), rows.patients, rows.site, rows.horizons, (*rows.events, ONSET_EVENT),
        rows.features, rows.core_panel,
    )  # fmt: skip


def _visits_of(visits: Visits, members: Bools) -> Visits:
    """Those visits that `members` (n,) marks."""
    panel = None if visits.panel is None else visits.panel[members]
    return Visits(
        visits.landmark, visits.patient[members], visits.X[members], visits.time[members],
        visits.code[members], panel,
    )  # fmt: skip


def training_visits(rows: JointRows, patients: Ints) -> TrainingVisits:
    """Rows of these patients (numbers; one drawn twice counts twice), weighted for censoring.

    Weights and incidence of each landmark come from these patients alone. The weights of all rows
    are tempered by one power, so that an event counts once, however many landmarks see it.
    """
    ends = np.array(rows.horizons, dtype=np.float64)
    parts = [(v, _members(v, patients)) for v in rows.visits]
    parts = [(v, at) for v, at in parts if len(at)]
    event = np.concatenate([interval_events(v.time[at], v.code[at], ends) for v, at in parts])
    weight = np.concatenate([_weights(v, at, ends) for v, at in parts])
    draw = np.concatenate([_draw_numbers(v, patients) for v, _ in parts])
    return TrainingVisits(
        X=np.concatenate([v.X[at] for v, at in parts]),
        day=np.concatenate([np.full(len(at), float(v.landmark)) for v, at in parts]),
        event=event,
        weight=weight * event_power(event, draw),
        incidence=_mean_incidence(parts, ends, len(rows.events)),
    )


def _members(visits: Visits, patients: Ints) -> Ints:
    """Rows of the drawn patients who are at this landmark, as often as they were drawn."""
    row_of = np.full(max(int(patients.max(initial=0)), int(visits.patient.max(initial=0))) + 1, -1)
    row_of[visits.patient] = np.arange(len(visits.patient))
    rows = row_of[patients]
    return rows[rows >= 0]


def _draw_numbers(visits: Visits, patients: Ints) -> Ints:
    """Number of each draw whose patient is at this landmark: two draws are two patients."""
    return np.flatnonzero(np.isin(patients, visits.patient))


def _weights(visits: Visits, at: Ints, ends: Floats) -> Floats:
    panel = None if visits.panel is None else visits.panel[at]
    return interval_weights(visits.time[at], visits.code[at], ends, panel=panel)


def _mean_incidence(parts: Sequence[tuple[Visits, Ints]], ends: Floats, n_events: int) -> Floats:
    total, n = np.zeros((len(ends), n_events)), 0
    for visits, at in parts:
        for c in range(n_events):
            curve = cumulative_incidence(visits.time[at], visits.code[at], c + 1)
            total[:, c] += len(at) * curve.probabilities_at(ends)
        n += len(at)
    return total / n
