"""Reasons of one risk: SHAP values in log-odds with value, unit and sentence, and sums by group."""

import math
from collections.abc import Sequence

from features.schema import Feature
from models.frozen import HorizonRisk
from serving.assessment import labels, risk_wording, sentences, wording
from serving.assessment.answer import HorizonReasons, Reason, ReasonGroup

# The groups of the models' features; an explained horizon has a sum for each of them.
MODEL_GROUPS = ("s100", "composition", "cd7", "activation")

# By feature: its description, the value's text, and the start of its sentence. One answer writes
# them once for all its horizons, and for all endpoints whose models describe it alike.
ValueTexts = dict[str, tuple[Feature, str, str]]


def horizon_reasons(
    features: Sequence[Feature], values: Sequence[float], risk: HorizonRisk, texts: ValueTexts
) -> HorizonReasons:
    """Baseline, reasons (largest first) and groups of one horizon.

    `values`, `risk.contributions` (log-odds) and `risk.risk_if_average` have one number a feature.
    baseline_logit + sum of contributions = logit. Features that contribute exactly nothing, such
    as those that did not vary in training, are left out. `texts` collects the values' texts.
    """
    contributions, if_average = risk.contributions.tolist(), risk.risk_if_average.tolist()
    now = risk_wording.of_hundred(risk.risk)
    order = sorted(
        (i for i, x in enumerate(contributions) if x != 0.0), key=lambda i: -abs(contributions[i])
    )
    reasons = [
        _reason(
            features[i], values[i], contributions[i],
            average=if_average[i], now=now, texts=texts,
        )
        for i in order
    ]  # fmt: skip
    return {
        "baseline_logit": float(risk.baseline_logit),
        "logit": float(risk.logit),
        "reasons": reasons,
        "groups": group_sums(reasons),
        "reasons_mean": sentences.REASONS_MEAN,
    }


def _reason(
    feature: Feature, number: float, contribution: float,
    *, average: float, now: str, texts: ValueTexts,
) -> Reason:  # fmt: skip
    """One reason; `average` is the risk were this feature average, `now` the risk in words."""
    value = number if math.isfinite(number) else None
    cached_text = texts.get(feature.name)
    if cached_text is None or cached_text[0] is not feature:
        text = wording.value_text(feature, value)
        cached_text = texts[feature.name] = feature, text, wording.labelled_value(feature, text)
    _, text, start = cached_text
    return {
        "feature": feature.name,
        "label": feature.label,
        "group": feature.group,
        "value": value,
        "value_text": text,
        "unit": feature.unit,
        "healthy": feature.healthy,
        "contribution": contribution,
        "risk_if_average": average,
        "direction": risk_wording.direction(contribution),
        "sentence": f"{start}; {risk_wording.effect_on_risk(contribution)};"
        f" {risk_wording.if_average(now, average)}.",
    }


def group_sums(reasons: Sequence[Reason]) -> list[ReasonGroup]:
    """Sums of contributions by group: the shares of entangled features are arbitrary, sums are not.

    The groups of `MODEL_GROUPS` always appear, others only when they hold a reason.

    >>> group_sums([{"group": "s100", "contribution": 0.5, "feature": "s100a8a9_monocyte"}])[0]
    {'group': 's100', 'label': 'S100A8/A9', 'contribution': 0.5, 'features': ['s100a8a9_monocyte']}
    """
    contributions: dict[str, list[float]] = {name: [] for name in MODEL_GROUPS}
    features: dict[str, list[str]] = {}
    for reason in reasons:
        contributions.setdefault(reason["group"], []).append(reason["contribution"])
        features.setdefault(reason["group"], []).append(reason["feature"])
    return [
        {
            "group": name,
            "label": labels.GROUPS[name],
            "contribution": math.fsum(parts),
            "features": features.get(name, []),
        }
        for name, parts in contributions.items()
    ]
