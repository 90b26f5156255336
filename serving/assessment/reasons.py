"""One horizon's reasons: contributions in log-odds with values, units and words, and their sums."""

import math
from collections.abc import Sequence
from typing import Any

from features.schema import ALL_FEATURES
from models.frozen import HorizonRisk
from serving.assessment import wording

SHOWN_GROUPS = ("s100", "composition", "cd7", "activation", "history")


# A feature's value in words, alone and with what is usual: written once for all of an answer's
# horizons and endpoints.
Said = dict[str, tuple[str, str]]


def explained(
    features: Sequence[str], values: Sequence[float], risk: HorizonRisk, said: Said
) -> dict[str, Any]:
    """Baseline, reasons (largest first) and groups of one horizon.

    `values` and `risk.contributions` have one number a feature, contributions in log-odds.
    baseline_logit + sum of contributions = logit. Features that contribute exactly nothing, such
    as those the chosen candidate does not use, are left out. `said` is filled as it is used.
    """
    moved = risk.contributions.tolist()
    order = sorted((i for i, x in enumerate(moved) if x != 0.0), key=lambda i: -abs(moved[i]))
    reasons = [_reason(features[i], values[i], moved[i], said) for i in order]
    return {
        "baseline_logit": float(risk.baseline_logit),
        "logit": float(risk.logit),
        "reasons": reasons,
        "groups": grouped(reasons),
        "reasons_mean": wording.MODEL_NOT_CAUSE,
    }


def _reason(name: str, given: float, contribution: float, said: Said) -> dict[str, Any]:
    feature = ALL_FEATURES[name]
    value = given if math.isfinite(given) else None
    if name not in said:
        text = wording.value_text(name, value)
        said[name] = text, wording.measured(name, text)
    text, opening = said[name]
    return {
        "feature": name,
        "label": feature.label,
        "group": feature.group,
        "value": value,
        "value_text": text,
        "unit": feature.unit,
        "healthy": feature.healthy,
        "contribution": contribution,
        "direction": wording.direction(contribution),
        "sentence": f"{opening}; {wording.moves(contribution)}.",
    }


def grouped(reasons: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Contributions summed over features of one group, whose separate shares are arbitrary.

    The five groups of the models' features always appear, others only when they hold a reason.

    >>> grouped([{"group": "s100", "contribution": 0.5, "feature": "s100a8a9_monocyte"}])[0]
    {'group': 's100', 'label': 'S100A8/A9', 'contribution': 0.5, 'features': ['s100a8a9_monocyte']}
    """
    moved: dict[str, list[float]] = {name: [] for name in SHOWN_GROUPS}
    named: dict[str, list[str]] = {}
    for reason in reasons:
        moved.setdefault(reason["group"], []).append(reason["contribution"])
        named.setdefault(reason["group"], []).append(reason["feature"])
    return [
        {
            "group": name,
            "label": wording.GROUPS[name],
            "contribution": math.fsum(parts),
            "features": named.get(name, []),
        }
        for name, parts in moved.items()
    ]
