"""Prediction instability: how far another cohort of this size would move each patient's risk."""

import numpy as np

from features.arrays import Floats
from training.evaluation.documents.model_sections import DecisionChange, Instability

LOW, HIGH = 5.0, 95.0


def instability(risk: Floats, refits: Floats, thresholds: tuple[float, ...]) -> Instability:
    """Spread of the refits' risks around the served ones, on the training patients.

    `risk` (n,), `refits` (n, B): the same patients scored by B models, each refitted from scratch
    on a bootstrap of patients. `mean_absolute_difference` is the average |refit - served|;
    `changed_decision` the share of (patient, refit) on the other side of a threshold than the
    served risk. Reference: Riley and Collins, Biom J 2023;65:2200302.

    >>> instability(np.array([0.2]), np.array([[0.1, 0.3]]), (0.25,))["changed_decision"]
    [{'threshold': 0.25, 'share': 0.5}]
    """
    low, high = np.percentile(refits, [LOW, HIGH], axis=1)
    changes: list[DecisionChange] = [
        {"threshold": t, "share": float(np.mean((refits >= t) != (risk >= t)[:, None]))}
        for t in thresholds
    ]
    return {
        "refits": refits.shape[1],
        "mean_absolute_difference": float(np.mean(np.abs(refits - risk[:, None]))),
        "median_width": float(np.median(high - low)),
        "changed_decision": changes,
        "patients": [
            {"risk": float(r), "low": float(a), "high": float(b)}
            for r, a, b in zip(risk, low, high, strict=True)
        ],
    }
