"""Section 5: how many days before clinical relapse S100A8/A9 crosses a threshold.

The threshold is chosen on other patients at a fixed rate of false alarms
(`training.statistics.lead_time`). Who is followed: the patients at risk at the landmark, from the
landmark's two weeks on, until their first event or the end of follow-up.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.arrays import Floats, Ints
from features.schema import ALL_FEATURES
from models.endpoints import RELAPSE, WINDOW_DAYS
from training.cohort.outcomes import first_event
from training.statistics.bootstrap import Measure
from training.statistics.lead_time import Warnings, warnings_of
from training.study.cohort import StudyCohort

RATE = 0.10  # of the patients without relapse may ever be alarmed
FEWEST = 5  # relapses, and patients without: fewer give no interval worth printing


@dataclass(frozen=True)
class Visits:
    """Readings of one feature: patient number, day and value (m,); day of relapse (n,) or NaN."""

    patient: Ints
    day: Floats
    value: Floats
    relapse_day: Floats


def visits(cohort: StudyCohort, name: str) -> Visits:
    """Readings before the first event of the patients at risk at the landmark."""
    patients = [str(one) for one in cohort.at_risk.patient_id]
    number = {patient: i for i, patient in enumerate(patients)}
    days, codes = first_event(cohort.outcomes)
    event = pd.DataFrame({"day": days, "code": codes}, index=cohort.outcomes.patients)
    event = event.loc[patients]
    blood = cohort.blood
    own = blood[blood["patient_id"].isin(number)]
    own = own[own["day"] > cohort.protocol.landmark - WINDOW_DAYS]
    before = own["day"].to_numpy(float) < event["day"].loc[own["patient_id"]].to_numpy(float)
    own = own[before]
    relapse = np.where(event["code"] == RELAPSE, event["day"], np.nan)
    return Visits(
        np.array([number[patient] for patient in own["patient_id"]], dtype=np.int64),
        own["day"].to_numpy(float),
        own[name].to_numpy(float),
        relapse,
    )


def lead(cohort: StudyCohort, name: str) -> Warnings | None:
    """What the feature warned of; None where too few relapsed or stayed without."""
    if name not in cohort.blood:
        return None
    found = visits(cohort, name)
    relapsed = int(np.isfinite(found.relapse_day).sum())
    if min(relapsed, len(found.relapse_day) - relapsed) < FEWEST:
        return None
    draws = cohort.protocol.bootstraps
    return warnings_of(found.patient, found.day, found.value, found.relapse_day, RATE, draws=draws)


def lead_row(name: str, found: Warnings) -> dict[str, object]:
    """One row of numbers: share of relapses warned, median lead, false alarms."""
    return {
        "feature": name, "relapses": int(found.has_event.sum()),
        "without": int((~found.has_event).sum()), "false_alarms": found.false_alarms,
        **_measure("share_warned", found.share_warned),
        **_measure("median_lead_days", found.median_lead),
    }  # fmt: skip


def lead_words(name: str, found: Warnings, per_patient: float) -> str:
    """The lead time in a sentence.

    `per_patient` is the number of readings a patient has, since nothing can be seen between.
    """
    words = f"{ALL_FEATURES[name].label}: {_words(found.share_warned, 100, '%')} of "
    words += f"{found.has_event.sum()} relapses were preceded by a value above a threshold chosen "
    words += f"on other patients ({found.false_alarms:.0%} of those without relapse were alarmed)"
    if found.median_lead.value is not None:
        words += f", a median of {_words(found.median_lead, 1, '')} days before"
    return f"{words}; {per_patient:.1f} samples a patient"


def _measure(name: str, one: Measure) -> dict[str, object]:
    return {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}


def _words(one: Measure, times: float, unit: str) -> str:
    if one.value is None:
        return "an undefined share"
    words = f"{times * one.value:.0f}{unit}"
    if one.low is not None and one.high is not None:
        words += f" ({times * one.low:.0f} to {times * one.high:.0f})"
    return words
