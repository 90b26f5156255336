"""Disclosure control: figures on the training cohort that a model's readers may see.

They are written to the manifest of the model's folder (key `cohort`), since the service has no
table of outcomes. Every figure describes at least `LEAST` patients, and no day is that of one
patient's event.
"""

import numpy as np

from features.arrays import Floats
from models.disclosed_cohort import (
    CohortCalibration,
    CohortIncidence,
    DisclosedCohort,
    RiskGroup,
    ThirdIncidence,
)
from training.cohort.labels import EndpointLabels
from training.evaluation.documents.model_sections import ScoreSections
from training.evaluation.out_of_fold import OutOfFold
from training.evaluation.performance import THIRDS
from training.evaluation.warning_times import warning_times
from training.statistics.calibration.calibration_curve import CalibrationGroup
from training.statistics.survival.incidence import Incidence, cumulative_incidence, loglog_interval

# A cell under 5 can point at a person (NHS Digital, Disclosure Control Methodology, 2022).
LEAST = 5
# Curves are read at these steps, so that none of them shows the day of one patient's event.
STEP_DAYS = 30
NORMAL = 1.959964  # 97.5 % quantile: 95 % intervals


def disclosed_cohort(
    scores: ScoreSections, oof: OutOfFold, labels: EndpointLabels, last_day: int
) -> DisclosedCohort:
    """Calibration, incidence by thirds of the out-of-fold risk, and warning times.

    `scores` are the evaluation's sections of the same out-of-fold risks; incidence is shown up to
    `last_day` (days after the landmark).
    """
    risk = oof.mean_risk
    return {
        "patients": labels.at_risk.n,
        "horizon": labels.horizon,
        "least": LEAST,
        "calibration": calibration(scores, risk, labels.y, oof.mean_weight),
        "incidence": incidence(risk, labels, last_day),
        "warned": warning_times(risk, labels, LEAST),
    }


def calibration(
    scores: ScoreSections, risk: Floats, y: Floats, weight: Floats
) -> CohortCalibration:
    """Observed share against mean risk: of all patients, and in groups unless suppressed.

    `observed_over_expected` and `slope` are the evaluation's, with their intervals.
    """
    curve, metrics = scores["calibration_curve"], scores["metrics"]
    members = ~np.isnan(y) & (weight > 0)
    overall: CalibrationGroup = {
        "risk": float(np.average(risk[members], weights=weight[members])),
        "observed": float(np.average(y[members], weights=weight[members])),
        "n": int(members.sum()),
    }
    return {
        "suppressed": curve["suppressed"],
        "reason": curve["reason"],
        "overall": _with_interval(overall),
        "groups": [_with_interval(group) for group in curve["groups"]],
        "observed_over_expected": metrics["observed_over_expected"],
        "slope": metrics["calibration_slope"],
    }


def _with_interval(group: CalibrationGroup) -> RiskGroup:
    low, high = wilson(group["observed"], group["n"])
    return {**group, "low": low, "high": high}


def wilson(share: float, n: int) -> tuple[float, float]:
    """95 % interval of a share of n patients; weights for censoring are taken as equal.

    (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n). Wilson, J Am Stat Assoc
    1927;22:209.

    >>> [round(end, 3) for end in wilson(0.3, 20)]
    [0.145, 0.519]
    """
    square = NORMAL**2 / n
    middle = (share + square / 2) / (1 + square)
    half = NORMAL * np.sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def incidence(risk: Floats, labels: EndpointLabels, last_day: int) -> CohortIncidence:
    """Cumulative incidence every `STEP_DAYS` days in thirds of the risk, lowest first.

    A curve ends where fewer than `LEAST` patients are still followed; with a third smaller than
    that there is none, and `reason` says so.
    """
    groups = np.array_split(np.argsort(risk, kind="stable"), len(THIRDS))
    smallest = min(len(members) for members in groups)
    if smallest < LEAST:
        reason = f"not shown: a third would be {smallest} patients, and at least {LEAST} are shown"
        return {"reason": reason, "groups": []}
    time, code = labels.at_risk.time, labels.at_risk.code
    cause = labels.definition.event_codes
    thirds: list[ThirdIncidence] = []
    for name, members in zip(THIRDS, groups, strict=True):
        curve = cumulative_incidence(time[members], code[members], cause)
        thirds.append(_third_incidence(name, time[members], curve, last_day))
    return {"reason": None, "groups": thirds}


def _third_incidence(third: str, time: Floats, curve: Incidence, last_day: int) -> ThirdIncidence:
    steps = [*range(0, last_day, STEP_DAYS), last_day]
    n_followed = {day: int(np.sum(time >= day)) for day in steps}
    days = [day for day in steps if n_followed[day] >= LEAST]
    share, error = np.array([curve.at(day) for day in days]).T
    low, high = loglog_interval(share, error)
    return {
        "third": third,
        "n": len(time),
        "days": days,
        "followed": [n_followed[day] for day in days],
        "share": share.tolist(),
        "low": low.tolist(),
        "high": high.tolist(),
    }
