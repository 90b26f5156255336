"""Section 5: lead time of S100A8/A9, the days from crossing a threshold to clinical relapse.

The threshold is chosen on other patients at a fixed false-alarm rate
(`training.statistics.lead_time`). Samples count from the two weeks before the landmark on, of the
patients at risk there, until their first event or the end of follow-up.
"""

import numpy as np
import pandas as pd

from features.schema import ALL_FEATURES
from models.endpoints import RELAPSE, WINDOW_DAYS
from training.cohort.outcomes import first_event
from training.statistics.bootstrap import Measure
from training.statistics.lead_time import VisitScores, Warnings, warnings_of
from training.study.cohort import StudyCohort

RATE = 0.10  # of the patients without relapse may ever have an alarm
FEWEST = 5  # relapses, and patients without: fewer give no interval worth printing


def visits(cohort: StudyCohort, name: str) -> VisitScores:
    """A feature's values before the first event, of the patients at risk at the landmark."""
    patients = [str(patient) for patient in cohort.at_risk.patient_id]
    number = {patient: i for i, patient in enumerate(patients)}
    days, codes = first_event(cohort.outcomes)
    event = pd.DataFrame({"day": days, "code": codes}, index=cohort.outcomes.patients)
    event = event.loc[patients]
    samples = cohort.blood[cohort.blood["patient_id"].isin(number)]
    samples = samples[samples["day"] > cohort.protocol.landmark - WINDOW_DAYS]
    event_day = event["day"].loc[samples["patient_id"]].to_numpy(float)
    samples = samples[samples["day"].to_numpy(float) < event_day]
    return VisitScores(
        np.array([number[patient] for patient in samples["patient_id"]], dtype=np.int64),
        samples["day"].to_numpy(float),
        samples[name].to_numpy(float),
        np.where(event["code"] == RELAPSE, event["day"], np.nan),
    )


def lead(cohort: StudyCohort, name: str) -> Warnings | None:
    """The feature's warnings; None with under FEWEST relapses, or patients without relapse."""
    if name not in cohort.blood:
        return None
    readings = visits(cohort, name)
    n_relapses = int(readings.has_event.sum())
    if min(n_relapses, len(readings.event_day) - n_relapses) < FEWEST:
        return None
    return warnings_of(readings, RATE, draws=cohort.protocol.bootstraps)


def lead_row(name: str, warnings: Warnings) -> dict[str, object]:
    """One row of numbers: share of relapses warned, median lead, false alarms."""
    return {
        "feature": name, "relapses": int(warnings.has_event.sum()),
        "without": int((~warnings.has_event).sum()), "false_alarms": warnings.false_alarms,
        **_measure("share_warned", warnings.share_warned),
        **_measure("median_lead_days", warnings.median_lead),
    }  # fmt: skip


def lead_sentence(name: str, warnings: Warnings, per_patient: float) -> str:
    """The lead time in a sentence.

    `per_patient` is the mean number of samples of a patient, since a rise between two samples goes
    unseen.
    """
    sentence = f"{ALL_FEATURES[name].label}: {_with_interval(warnings.share_warned, 100, '%')} of "
    sentence += f"{warnings.has_event.sum()} relapses were preceded by a value above a threshold "
    sentence += f"chosen on other patients ({warnings.false_alarms:.0%} of those without relapse "
    sentence += "had a false alarm)"
    if warnings.median_lead.value is not None:
        sentence += f", a median of {_with_interval(warnings.median_lead, 1, '')} days before"
    return f"{sentence}; {per_patient:.1f} samples a patient"


def _measure(name: str, measure: Measure) -> dict[str, object]:
    return {name: measure.value, f"{name}_low": measure.low, f"{name}_high": measure.high}


def _with_interval(measure: Measure, times: float, unit: str) -> str:
    if measure.value is None:
        return "an undefined share"
    text = f"{times * measure.value:.0f}{unit}"
    if measure.low is not None and measure.high is not None:
        text += f" ({times * measure.low:.0f} to {times * measure.high:.0f})"
    return text
