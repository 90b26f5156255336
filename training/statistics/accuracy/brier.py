"""Brier score with censoring weights."""

import numpy as np

from features.arrays import Floats


def brier(risk: Floats, y: Floats, weight: Floats) -> float:
    """Weighted mean of (y - risk)^2: lower is better; a constant risk of 0.5 scores 0.25.

    Patients censored inside the window have NaN labels or weight 0; the weights of the others
    represent them. Divided by the sum of the weights, so that it is a mean whatever they add up
    to. Shapes (n,). NaN when no patient counts. Reference: Graf et al., Stat Med 1999;18:2529.

    >>> brier(np.array([0.8, 0.2]), np.array([1., 0.]), np.ones(2)).__round__(3)
    0.04
    """
    loss, total_weight = squared_loss(risk[None], y, weight[None])
    total = float(total_weight.sum())
    return float(loss.sum()) / total if total > 0 else float("nan")


def squared_loss(risk: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Each patient's weighted loss and weight, summed over repeats.

    `risk` and `weight` (repeats, n), `y` (n,); returns two arrays (n,), zero for unknown labels.
    """
    has_label = ~np.isnan(y)
    effective = np.where(has_label[None], weight, 0.0)
    loss = effective * (np.where(has_label, y, 0.0)[None] - risk) ** 2
    return np.asarray(loss.sum(axis=0)), np.asarray(effective.sum(axis=0))


def skill(model: float, reference: float) -> float:
    """1 - Brier / Brier of a reference: above 0 is better than the reference, 1 is perfect.

    >>> round(skill(0.15, 0.20), 6)
    0.25
    """
    return 1.0 - model / reference if reference > 0 else float("nan")


def bootstrap_mean(loss: Floats, weight: Floats, copies: Floats) -> Floats:
    """Mean loss of each bootstrap sample, (B,); `loss`, `weight` (n,), `copies` (B, n)."""
    total = copies @ weight
    mean: Floats = np.divide(
        copies @ loss, total, out=np.full(len(copies), np.nan), where=total > 0
    )
    return mean
