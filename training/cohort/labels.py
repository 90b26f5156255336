"""Landmark labels: who is at risk, scored from which sample, and what followed in the window."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.arrays import Bools, Floats, Ints, Objects
from features.errors import InputError
from models.endpoints import CENSORED, RELAPSE, TRANSPLANT, WINDOW_DAYS
from training.cohort.outcomes import Outcomes, endpoint_code, first_event
from training.cohort.samples import Samples

REMISSION = ("CR", "CRi")

TRANSPLANT_RULES: dict[str, str] = {
    "ignored": "risk under the care this cohort received, transplants included",
    "competing": "risk of the event before any transplant",
    "censoring": "risk had nobody been transplanted",
}


@dataclass(frozen=True)
class Step:
    """One line of the participant flow: why `n` patients went no further."""

    reason: str
    n: int


@dataclass(frozen=True)
class AtRisk:
    """Patients alive, in remission, relapse-free and sampled at a landmark.

    `row` is each patient's sample as a position in the table, `time` the days from the landmark
    to the first event or the end of follow-up (> 0), `code` the event (0 censored, 1 relapse,
    2 fatal infection, 3 other death, 4 transplant where it competes), `site` the hospital or "".
    `flow` counts every patient once; `sample_flow` every sample that was not used.
    """

    landmark: int
    transplant: str
    patient_id: Objects
    row: Ints
    time: Floats
    code: Ints
    site: Objects
    flow: tuple[Step, ...]
    sample_flow: tuple[Step, ...]

    @property
    def n(self) -> int:
        """Number of patients at risk."""
        return len(self.time)


@dataclass(frozen=True)
class Labelled:
    """Labels of one endpoint at one horizon: 1, 0, or NaN when censored inside the window."""

    cohort: AtRisk
    endpoint: str
    horizon: int
    y: Floats

    @property
    def known(self) -> Bools:
        """Patients whose label is known, shape (n,)."""
        return ~np.isnan(self.y)

    @property
    def n_events(self) -> int:
        """Patients with the endpoint's event in the window."""
        return int(np.sum(self.y == 1))

    @property
    def n_nonevents(self) -> int:
        """Patients known not to have had it, competing events included."""
        return int(np.sum(self.y == 0))

    @property
    def at_risk_at_end(self) -> int:
        """Patients followed event-free beyond the horizon."""
        return int(np.sum(self.cohort.time > self.horizon))


def landmark_labels(
    outcomes: Outcomes,
    samples: Samples,
    landmark: int,
    horizon: int,
    transplant: str = "ignored",
    endpoint: str = "relapse",
) -> Labelled:
    """Label the patients at risk at a landmark.

    1 if the endpoint's event falls in (landmark, landmark + horizon]; 0 if followed event-free
    beyond it, or another event came first; NaN if follow-up ended inside the window.
    """
    cohort = at_risk(outcomes, samples, landmark, transplant)
    return label(cohort, endpoint, horizon)


def label(cohort: AtRisk, endpoint: str, horizon: int) -> Labelled:
    """Label an assembled cohort at one horizon (days after the landmark, > 0)."""
    if horizon <= 0:
        raise InputError(
            f"A horizon is a number of days after the landmark, above 0; got {horizon}."
        )
    y = labels(cohort.time, cohort.code, endpoint_code(endpoint), horizon)
    return Labelled(cohort, endpoint, horizon, y)


def labels(time: Floats, code: Ints, cause: int, horizon: float) -> Floats:
    """Labels from times and event codes, shape (n,).

    >>> labels(np.array([10., 20., 30., 200.]), np.array([1, 2, 0, 1]), 1, 180)
    array([ 1.,  0., nan,  0.])
    """
    y = np.where((code == cause) & (time <= horizon), 1.0, 0.0)
    y[(code == CENSORED) & (time <= horizon)] = np.nan
    return y


def at_risk(
    outcomes: Outcomes, samples: Samples, landmark: int, transplant: str = "ignored"
) -> AtRisk:
    """Assemble the patients at risk at a landmark and count every exclusion.

    Each patient leaves for the first reason that applies, in the order of the flow. The sample
    used is the last one drawn in (landmark - 14, landmark]. Raises InputError for an unknown
    transplant rule and when table and outcomes share no patient.
    """
    if transplant not in TRANSPLANT_RULES:
        raise InputError(
            f"The transplant rule is one of {', '.join(TRANSPLANT_RULES)}; got {transplant!r}."
        )
    known = set(outcomes.patients)
    sampled = set(samples.frame["patient_id"]) | set(samples.refused["patient_id"].astype(str))
    if not known & sampled:
        raise InputError(
            "Feature table and outcomes must name the same patients; no patient_id is in both: "
            "check that both files spell them alike."
        )
    day, code = first_event(outcomes)
    day, code = _with_transplant(outcomes, day, code, transplant)
    row = _sample_used(outcomes, samples, landmark)
    reasons = _reasons(outcomes, samples, landmark, transplant, row, sampled)
    keep = np.array([reason == "" for reason in reasons], dtype=bool)
    return AtRisk(
        landmark=landmark,
        transplant=transplant,
        patient_id=np.array(outcomes.patients, dtype=object)[keep],
        row=row[keep],
        time=(day - landmark)[keep],
        code=code[keep],
        site=_sites(outcomes, samples, row)[keep],
        flow=_flow(reasons, len(sampled - known), landmark),
        sample_flow=_sample_flow(outcomes, samples, landmark),
    )


def reason_without_samples(outcomes: Outcomes, landmark: int, transplant: str) -> list[str]:
    """Why each patient is not at risk at the landmark, samples aside; "" for those who are."""
    day, code = first_event(outcomes)
    response = outcomes.frame["response_day28"].to_numpy(object)
    graft = outcomes.frame["transplant_day"].to_numpy(float)
    rules = [
        ((day <= landmark) & (code == RELAPSE), f"relapsed by day {landmark}"),
        ((day <= landmark) & (code > RELAPSE), f"died by day {landmark}"),
        (day <= landmark, f"follow-up ended by day {landmark}"),
        (np.array([r is None for r in response]), "remission at day 28 not recorded"),
        (~np.isin(response, REMISSION), "not in remission at day 28"),
    ]
    if transplant != "ignored":
        rules.append((graft <= landmark, f"transplanted by day {landmark}"))
    reasons = [""] * len(day)
    for applies, reason in reversed(rules):
        reasons = [reason if applies[i] else reasons[i] for i in range(len(reasons))]
    return reasons


def _reasons(
    outcomes: Outcomes,
    samples: Samples,
    landmark: int,
    transplant: str,
    row: Ints,
    sampled: set[str],
) -> list[str]:
    refused = samples.refused
    in_window = _in_window(refused["day"].to_numpy(float), landmark)
    refused_patients = set(refused["patient_id"].astype(str)[in_window])
    reasons = reason_without_samples(outcomes, landmark, transplant)
    for i, patient in enumerate(outcomes.patients):
        if reasons[i] or row[i] >= 0:
            continue
        if patient in refused_patients:
            reasons[i] = "sample refused for its quality"
        elif patient in sampled:
            reasons[i] = f"no sample from day {landmark - WINDOW_DAYS + 1} to {landmark}"
        else:
            reasons[i] = "no sample at all"
    return reasons


def _with_transplant(
    outcomes: Outcomes, day: Floats, code: Ints, transplant: str
) -> tuple[Floats, Ints]:
    if transplant == "ignored":
        return day, code
    graft = outcomes.frame["transplant_day"].to_numpy(float)
    first = graft < day
    new = TRANSPLANT if transplant == "competing" else CENSORED
    return np.where(first, graft, day), np.where(first, new, code).astype(np.int64)


def _in_window(day: Floats, landmark: int) -> Bools:
    return (day > landmark - WINDOW_DAYS) & (day <= landmark)


def _sample_used(outcomes: Outcomes, samples: Samples, landmark: int) -> Ints:
    frame = samples.frame
    day = frame["day"].to_numpy(float)
    usable = _in_window(day, landmark)
    if "tissue" in frame:  # marrow has another composition; a missing tissue is taken for blood
        usable &= (frame["tissue"] != "BM").to_numpy(bool)
    positions = np.flatnonzero(usable)
    positions = positions[np.argsort(day[positions], kind="stable")]
    last = dict(zip(frame["patient_id"].to_numpy(object)[positions], positions, strict=True))
    return np.array([last.get(patient, -1) for patient in outcomes.patients], dtype=np.int64)


def _sites(outcomes: Outcomes, samples: Samples, row: Ints) -> Objects:
    site = np.full(len(row), "", dtype=object)
    if "site" in outcomes.frame:
        site = np.array([value or "" for value in outcomes.frame["site"]], dtype=object)
    if "site" in samples.frame:
        drawn = samples.frame["site"].to_numpy(object)
        for i in np.flatnonzero(row >= 0):
            if isinstance(drawn[row[i]], str) and drawn[row[i]]:
                site[i] = drawn[row[i]]
    return site


def _flow(reasons: list[str], strangers: int, landmark: int) -> tuple[Step, ...]:
    counts = pd.Series([r for r in reasons if r], dtype=object).value_counts(sort=False)
    steps = [Step("patients with outcomes", len(reasons))]
    steps += [Step(str(reason), int(n)) for reason, n in counts.items()]
    steps.append(Step(f"at risk and sampled at day {landmark}", sum(not r for r in reasons)))
    if strangers:
        steps.append(Step("patients with samples but no outcomes, left out", strangers))
    return tuple(steps)


def _sample_flow(outcomes: Outcomes, samples: Samples, landmark: int) -> tuple[Step, ...]:
    day = samples.frame["day"].to_numpy(float)
    events, _ = first_event(outcomes)
    event_day = dict(zip(outcomes.patients, events, strict=True))
    event = np.array([event_day.get(p, np.inf) for p in samples.frame["patient_id"]], dtype=float)
    return (
        Step("usable samples", len(day)),
        Step("refused for quality", len(samples.refused)),
        Step(f"drawn after day {landmark}, refused at this landmark", int(np.sum(day > landmark))),
        Step("drawn after the first event or end of follow-up, refused", int(np.sum(day > event))),
        Step(f"drawn before day {landmark - WINDOW_DAYS + 1}, used as history only",
             int(np.sum(day <= landmark - WINDOW_DAYS))),
    )  # fmt: skip
