"""What a reader may see of the cohort behind a model: groups of patients, never one of them.

It travels in the manifest of the model's folder (key `cohort`), since the service has no table of
outcomes. Nothing here stands for fewer than `LEAST` patients, and no day is one patient's own.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from features.arrays import Floats
from training.cohort.labels import Labelled
from training.cohort.outcomes import endpoint_code
from training.evaluation.cross_validation import OutOfFold
from training.evaluation.internal_validation import mean_risk
from training.evaluation.warning_times import warned
from training.statistics.incidence import Incidence, cumulative_incidence

# A cell under 5 can point at a person (NHS Digital, Disclosure Control Methodology, 2022).
LEAST = 5
# Curves are read at these steps, so that none of them shows the day of one patient's event.
STEP_DAYS = 30
NORMAL = 1.959964  # 97.5 % quantile: 95 % intervals
THIRDS = ("low", "middle", "high")


def shown_cohort(
    evaluation: Mapping[str, Any], oof: OutOfFold, labelled: Labelled, last_day: int
) -> dict[str, object]:
    """Calibration, incidence by thirds of the out-of-fold risk, and who was warned how early.

    `evaluation` holds `calibration_curve` and `metrics` of the same scores; incidence is shown up
    to `last_day` (days after the landmark).
    """
    risk, weight = mean_risk(oof), oof.weight.mean(axis=0)
    return {
        "patients": labelled.at_risk.n,
        "horizon": labelled.horizon,
        "least": LEAST,
        "calibration": calibration(evaluation, risk, labelled.y, weight),
        "incidence": incidence(risk, labelled, last_day),
        "warned": warned(risk, labelled, LEAST),
    }


def calibration(
    evaluation: Mapping[str, Any], risk: Floats, y: Floats, weight: Floats
) -> dict[str, object]:
    """Observed share against mean risk: of all patients, and in groups unless suppressed.

    `observed_over_expected` and `slope` are the evaluation's, with their intervals.
    """
    curve, metrics = evaluation["calibration_curve"], evaluation["metrics"]
    known = ~np.isnan(y) & (weight > 0)
    overall = {
        "risk": float(np.average(risk[known], weights=weight[known])),
        "observed": float(np.average(y[known], weights=weight[known])),
        "n": int(known.sum()),
    }
    return {
        "suppressed": curve["suppressed"],
        "reason": curve["reason"],
        "overall": _with_interval(overall),
        "groups": [_with_interval(group) for group in curve["groups"]],
        "observed_over_expected": metrics["observed_over_expected"],
        "slope": metrics["calibration_slope"],
    }


def _with_interval(group: Mapping[str, Any]) -> dict[str, object]:
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


def incidence(risk: Floats, labelled: Labelled, last_day: int) -> dict[str, object]:
    """Cumulative incidence every `STEP_DAYS` days in thirds of the risk, lowest first.

    A curve ends where fewer than `LEAST` patients are still followed; with a third smaller than
    that there is none, and `reason` says so.
    """
    groups = np.array_split(np.argsort(risk, kind="stable"), len(THIRDS))
    smallest = min(len(members) for members in groups)
    if smallest < LEAST:
        reason = f"not shown: a third would be {smallest} patients, and at least {LEAST} are shown"
        return {"reason": reason, "groups": []}
    time, code = labelled.at_risk.time, labelled.at_risk.code
    cause = endpoint_code(labelled.endpoint)
    return {
        "reason": None,
        "groups": [
            {"third": name, **_course(time[members], cumulative_incidence(
                time[members], code[members], cause), last_day)}
            for name, members in zip(THIRDS, groups, strict=True)
        ],
    }  # fmt: skip


def _course(time: Floats, curve: Incidence, last_day: int) -> dict[str, object]:
    days = [*range(0, last_day, STEP_DAYS), last_day]
    followed = {day: int(np.sum(time >= day)) for day in days}
    days = [day for day in days if followed[day] >= LEAST]
    points = [_point(*curve.at(day)) for day in days]
    return {
        "n": len(time),
        "days": days,
        "followed": [followed[day] for day in days],
        "share": [share for share, _, _ in points],
        "low": [low for _, low, _ in points],
        "high": [high for _, _, high in points],
    }


def _point(share: float, error: float) -> tuple[float, float, float]:
    """A share with its 95 % interval on the log(-log) scale, which stays within 0 and 1.

    F^exp(-+ z se / (F ln F)). Kalbfleisch and Prentice, The Statistical Analysis of Failure Time
    Data, 2002, section 1.4.

    >>> [round(x, 3) for x in _point(0.3, 0.1)]
    [0.3, 0.126, 0.497]
    """
    if not 0 < share < 1:
        return share, share, share
    power = np.exp(NORMAL * error / (share * np.log(share)))  # the logarithm is negative
    return share, float(share ** (1 / power)), float(share**power)
