"""Decision curve: net benefit of acting on the risk, beside treating all and treating none."""

from typing import TypedDict

import numpy as np

from features.arrays import Floats
from models.disclosed_cohort import MeasureDocument
from training.statistics.bootstrap import measure

THRESHOLDS: tuple[float, ...] = tuple(round(0.05 * k, 2) for k in range(1, 13))


class NetBenefit(TypedDict):
    """Net benefit at a threshold of acting on the risk and of treating all, with intervals.

    `gain` is the model's less that of the better of treating all and treating none.
    """

    threshold: float
    model: MeasureDocument
    treat_all: MeasureDocument
    gain: MeasureDocument


def net_benefit(risk: Floats, y: Floats, weight: Floats, threshold: float) -> float:
    """Net benefit of treating those at or above a threshold.

    NB = TP/n - FP/n * pt/(1 - pt), with shares weighted for censoring: what acting brings, in
    true positives per patient, when a false alarm costs pt/(1-pt) of a missed event. Shapes (n,).
    Reference: Vickers and Elkin, Med Decis Making 2006;26:565.

    >>> net_benefit(np.array([0.9, 0.1]), np.array([1., 0.]), np.ones(2), 0.5)
    0.5
    """
    has_label = ~np.isnan(y)
    total = float(weight[has_label].sum())
    if total <= 0:
        return float("nan")
    treated = has_label & (risk >= threshold)
    true = float(np.sum((weight * (y == 1))[treated]))
    false = float(np.sum((weight * (y == 0))[treated]))
    return (true - false * threshold / (1 - threshold)) / total


def decision_curve(
    risks: dict[str, Floats],
    y: Floats,
    weight: Floats,
    thresholds: tuple[float, ...] = THRESHOLDS,
) -> list[dict[str, float]]:
    """Net benefit of each named risk, of treating all and of treating none, at each threshold."""
    rows = []
    for threshold in thresholds:
        row = {"threshold": threshold, "treat_none": 0.0}
        row["treat_all"] = net_benefit(np.ones(len(y)), y, weight, threshold)
        for name, risk in risks.items():
            row[name] = net_benefit(risk, y, weight, threshold)
        rows.append(row)
    return rows


def net_benefit_intervals(
    risk: Floats, y: Floats, weight: Floats, copies: Floats, thresholds: tuple[float, ...]
) -> list[NetBenefit]:
    """Net benefit of the model, of treating all, and the model's gain, at declared thresholds.

    `risk` and `weight` (n,), or (repeats, n) of out-of-fold risks, which are pooled; `y` (n,) 1, 0
    or NaN; `copies` (B, n) how often each bootstrap sample holds each patient. Intervals are 2.5
    to 97.5 % of the samples, one threshold at a time: declare the thresholds before the outcomes
    are read, since the best of many looks better than it is. Whether all or none is the better
    reference is asked anew in each sample. Reference: Vickers et al., BMC Med Inform Decis Mak
    2008;8:53.
    """
    risks, weights = np.atleast_2d(risk), np.where(np.isnan(y), 0.0, np.atleast_2d(weight))
    samples = np.vstack([np.ones(len(y)), copies])  # the first is the cohort itself
    total = samples @ weights.sum(axis=0)
    return [_net_benefit_row(risks, y, weights, (samples, total), t) for t in thresholds]


def _net_benefit_row(
    risk: Floats, y: Floats, weight: Floats, samples: tuple[Floats, Floats], threshold: float
) -> NetBenefit:
    copies, total = samples
    worth = weight * np.where(y == 1, 1.0, -threshold / (1 - threshold))
    model, treat_all = (
        np.divide(copies @ sums, total, out=np.full(len(copies), np.nan), where=total > 0)
        for sums in ((worth * (risk >= threshold)).sum(axis=0), worth.sum(axis=0))
    )
    gain = model - np.maximum(treat_all, 0.0)
    return {
        "threshold": threshold,
        "model": measure(float(model[0]), model[1:]).as_dict(),
        "treat_all": measure(float(treat_all[0]), treat_all[1:]).as_dict(),
        "gain": measure(float(gain[0]), gain[1:]).as_dict(),
    }
