"""Decision curve: net benefit of acting on the risk, beside treating all and treating none."""

import numpy as np

from features.arrays import Floats

THRESHOLDS: tuple[float, ...] = tuple(round(0.05 * k, 2) for k in range(1, 13))


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
