"""One horizon's reasons: contributions in log-odds with values, units and words, and their sums."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.schema import ALL_FEATURES
from models.frozen import HorizonRisk
from serving import words

SHOWN_GROUPS = ("s100", "composition", "cd7", "activation", "history")


def explained(
    features: Sequence[str], values: NDArray[np.float64], risk: HorizonRisk
) -> dict[str, Any]:
    """Baseline, reasons (largest first) and groups of one horizon.

    `values` and `risk.contributions` have shape (n_features,), contributions in log-odds.
    baseline_logit + sum of contributions = logit. Features that contribute exactly nothing, such
    as those the chosen candidate does not use, are left out.
    """
    order = np.argsort(-np.abs(risk.contributions), kind="stable")
    reasons = [
        _reason(features[i], float(values[i]), float(risk.contributions[i]))
        for i in order
        if risk.contributions[i] != 0.0
    ]
    return {
        "baseline_logit": float(risk.baseline_logit),
        "logit": float(risk.logit),
        "reasons": reasons,
        "groups": grouped(reasons),
        "reasons_mean": words.MODEL_NOT_CAUSE,
    }


def _reason(name: str, given: float, contribution: float) -> dict[str, Any]:
    feature = ALL_FEATURES[name]
    value = given if math.isfinite(given) else None
    said = words.value_text(name, value)
    return {
        "feature": name,
        "label": feature.label,
        "group": feature.group,
        "value": value,
        "value_text": said,
        "unit": feature.unit,
        "healthy": list(feature.healthy) if feature.healthy else None,
        "contribution": contribution,
        "direction": words.direction(contribution),
        "sentence": words.reason(name, said, contribution),
    }


def grouped(reasons: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Contributions summed over features of one group, whose separate shares are arbitrary.

    The five groups of the models' features always appear, others only when they hold a reason.

    >>> grouped([{"group": "s100", "contribution": 0.5, "feature": "s100a8a9_monocyte"}])[0]
    {'group': 's100', 'label': 'S100A8/A9', 'contribution': 0.5, 'features': ['s100a8a9_monocyte']}
    """
    names = dict.fromkeys((*SHOWN_GROUPS, *(reason["group"] for reason in reasons)))
    return [_group(name, [r for r in reasons if r["group"] == name]) for name in names]


def _group(name: str, members: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "group": name,
        "label": words.GROUPS[name],
        "contribution": math.fsum(member["contribution"] for member in members),
        "features": [member["feature"] for member in members],
    }
