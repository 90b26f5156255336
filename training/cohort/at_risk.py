"""Patients at risk at a landmark: inclusion, exclusions (participant flow), sample used."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from features.arrays import Bools, Floats, Ints, Objects
from features.errors import InputError
from models.endpoints import CENSORED, LANDMARK, RELAPSE, TRANSPLANT, WINDOW_DAYS
from training.cohort.outcomes import Outcomes, first_event
from training.cohort.samples import Samples

REMISSION = ("CR", "CRi")
AT_RISK_STEP = "at risk and sampled"

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
    2 fatal infection, 3 other death, 4 transplant where it competes, 5 the onset of an endpoint
    that has one), `site` the hospital or "".
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


def patients_at_risk(
    outcomes: Outcomes, samples: Samples, landmark: int, transplant: str = "ignored"
) -> AtRisk:
    """Assemble the patients at risk at a landmark and count every exclusion.

    Each patient leaves for the first reason that applies, in the order of the flow. The sample
    used is the last one drawn in (landmark - 14, landmark]. Raises InputError for an unknown
    transplant rule and when table and outcomes share no patient.
    """
    _check_reading(outcomes, samples, transplant)
    day, code = event_or_transplant(outcomes, transplant)
    row_of = landmark_rows(samples, landmark)
    row = np.array([row_of.get(patient, -1) for patient in outcomes.patients], dtype=np.int64)
    reasons = reason_without_samples(outcomes, landmark, transplant)
    reasons = _with_sample_reasons(reasons, row, outcomes, samples, landmark=landmark)
    keep = np.array([reason == "" for reason in reasons], dtype=bool)
    return AtRisk(
        landmark=landmark,
        transplant=transplant,
        patient_id=np.array(outcomes.patients, dtype=object)[keep],
        row=row[keep],
        time=(day - landmark)[keep],
        code=code[keep],
        site=_sites(outcomes, samples, row)[keep],
        flow=_flow(reasons, len(sampled_patients(samples) - set(outcomes.patients)), landmark),
        sample_flow=_sample_flow(outcomes, samples, landmark),
    )


def part_of(at_risk: AtRisk, members: Bools) -> AtRisk:
    """Those patients at risk whom `members` (n,) marks; the flow is not changed."""
    return replace(
        at_risk,
        patient_id=at_risk.patient_id[members],
        row=at_risk.row[members],
        time=at_risk.time[members],
        code=at_risk.code[members],
        site=at_risk.site[members],
    )


def inputs_at_risk(at_risk: AtRisk, samples: Samples, features: Sequence[str]) -> Floats:
    """Features (n, p) of the patients at risk, NaN where missing."""
    rows = samples.frame.iloc[at_risk.row]
    return rows[list(features)].to_numpy(dtype=np.float64)


def landmark_rows(samples: Samples, landmark: int) -> dict[str, int]:
    """Row of each patient's last blood sample of the two weeks up to the landmark.

    Marrow has another composition; a missing tissue is taken for blood.
    """
    frame = samples.frame
    day = frame["day"].to_numpy(float)
    usable = _in_window(day, landmark)
    if "tissue" in frame:
        usable &= (frame["tissue"] != "BM").to_numpy(bool)
    rows = np.flatnonzero(usable)
    rows = rows[np.argsort(day[rows], kind="stable")]
    patients = frame["patient_id"].to_numpy(object)[rows]
    return dict(zip(patients, rows.tolist(), strict=True))


def reason_without_samples(outcomes: Outcomes, landmark: int, transplant: str) -> list[str]:
    """Why each patient is not at risk at the landmark, samples aside; "" for those who are."""
    day, code = first_event(outcomes)
    response = outcomes.frame["response_day28"].to_numpy(object)
    graft = outcomes.frame["transplant_day"].to_numpy(float)
    rules = [
        ((day <= landmark) & (code == RELAPSE), f"relapsed by day {landmark}"),
        ((day <= landmark) & (code > RELAPSE), f"died by day {landmark}"),
        (day <= landmark, f"follow-up ended by day {landmark}"),
    ]
    if landmark >= LANDMARK:  # earlier, the response lies in the future
        rules += [
            (np.array([r is None for r in response]), "remission at day 28 not recorded"),
            (~np.isin(response, REMISSION), "not in remission at day 28"),
        ]
    if transplant != "ignored":
        rules.append((graft <= landmark, f"transplanted by day {landmark}"))
    reasons = [""] * len(day)
    for applies, reason in reversed(rules):
        reasons = [reason if applies[i] else reasons[i] for i in range(len(reasons))]
    return reasons


def _check_reading(outcomes: Outcomes, samples: Samples, transplant: str) -> None:
    if transplant not in TRANSPLANT_RULES:
        raise InputError(
            f"The transplant rule is one of {', '.join(TRANSPLANT_RULES)}; got {transplant!r}."
        )
    if not set(outcomes.patients) & sampled_patients(samples):
        raise InputError(
            "Feature table and outcomes must name the same patients; no patient_id is in both: "
            "check that both files spell them alike."
        )


def sampled_patients(samples: Samples) -> set[str]:
    """Patients who have a sample, the refused ones included."""
    return set(samples.frame["patient_id"]) | set(samples.refused["patient_id"].astype(str))


def refused_in_window(samples: Samples, landmark: int) -> set[str]:
    """Patients with a sample refused for its quality in the two weeks up to the landmark."""
    refusals = samples.refused
    in_window = _in_window(refusals["day"].to_numpy(float), landmark)
    return set(refusals["patient_id"].astype(str)[in_window])


def _with_sample_reasons(
    reasons: list[str], row: Ints, outcomes: Outcomes, samples: Samples, *, landmark: int
) -> list[str]:
    """The reasons, and for patients without one who have no usable sample (row -1) the sample's."""
    refused_patients = refused_in_window(samples, landmark)
    patients = sampled_patients(samples)

    def sample_reason(patient: str) -> str:
        if patient in refused_patients:
            return "sample refused for its quality"
        if patient in patients:
            return f"no sample from day {landmark - WINDOW_DAYS + 1} to {landmark}"
        return "no sample at all"

    return [
        reason or ("" if sample_row >= 0 else sample_reason(patient))
        for reason, sample_row, patient in zip(reasons, row, outcomes.patients, strict=True)
    ]


def event_or_transplant(outcomes: Outcomes, transplant: str) -> tuple[Floats, Ints]:
    """First events; a transplant before one competes or censors, unless it is ignored."""
    day, code = first_event(outcomes)
    if transplant == "ignored":
        return day, code
    graft = outcomes.frame["transplant_day"].to_numpy(float)
    earlier = graft < day
    new = TRANSPLANT if transplant == "competing" else CENSORED
    return np.where(earlier, graft, day), np.where(earlier, new, code).astype(np.int64)


def _in_window(day: Floats, landmark: int) -> Bools:
    return (day > landmark - WINDOW_DAYS) & (day <= landmark)


def _sites(outcomes: Outcomes, samples: Samples, row: Ints) -> Objects:
    """Hospital of each patient: the sample's where it is given, else the outcomes'."""
    site = np.full(len(row), "", dtype=object)
    if "site" in outcomes.frame:
        site = np.array([value or "" for value in outcomes.frame["site"]], dtype=object)
    if "site" in samples.frame:
        sample_site = samples.frame["site"].to_numpy(object)
        for i in np.flatnonzero(row >= 0):
            if isinstance(sample_site[row[i]], str) and sample_site[row[i]]:
                site[i] = sample_site[row[i]]
    return site


def _flow(reasons: list[str], strangers: int, landmark: int) -> tuple[Step, ...]:
    counts = pd.Series([r for r in reasons if r], dtype=object).value_counts(sort=False)
    steps = [Step("patients with outcomes", len(reasons))]
    steps += [Step(str(reason), int(n)) for reason, n in counts.items()]
    steps.append(Step(f"{AT_RISK_STEP} at day {landmark}", sum(not r for r in reasons)))
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
