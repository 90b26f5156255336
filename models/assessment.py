"""Assessment of one patient: risk, stability interval and reasons at each horizon."""

import math
from dataclasses import dataclass

import numpy as np

from features.arrays import Floats
from models.hazard_kernel import endpoint_log_odds, endpoint_risks
from models.reasons import Reasons, reasons

INTERVAL = (0.05, 0.95)
"""Share of the refits below the two ends of the stability interval."""
NO_REASONS = np.empty(0)


@dataclass(frozen=True)
class CohortRisks:
    """What a risk is compared with at each of H horizons.

    `prevalence` (H,): the cohort's cumulative incidence; `training_risks` (H, n): the sorted risks
    of the training cohort.
    """

    prevalence: Floats
    training_risks: Floats


@dataclass(frozen=True)
class HorizonRisk:
    """One patient's risk at one horizon.

    `low` and `high` bound the stability interval: where 90 % of the refits put this risk. It is
    no confidence interval. `quantile` is the share of the training cohort with a lower risk.
    `contributions` (p,) and `baseline_logit` add up to `logit`; `risk_if_average` (p,) is the risk
    were one feature average. Without reasons they are empty and NaN.
    """

    horizon: int
    risk: float
    low: float
    high: float
    prevalence: float
    quantile: float
    baseline_logit: float
    logit: float
    contributions: Floats
    risk_if_average: Floats


@dataclass(frozen=True)
class Assessment:
    """Risks of one patient at all horizons, and whether the patient is in the applicability domain.

    `few_measured`: under a third of what most training patients had was measured.
    Risks are present also when `abstained` gives a reason; they must then not be shown.
    """

    horizons: tuple[HorizonRisk, ...]
    out_of_range: tuple[str, ...]
    out_of_population: bool
    few_measured: bool
    abstained: str | None
    distance: float


def answers(
    horizons: tuple[int, ...], cohort: CohortRisks, odds: Floats, predictors: Floats,
    *, in_endpoint: Floats, parts: tuple[Floats, Floats] | None,
) -> tuple[HorizonRisk, ...]:  # fmt: skip
    """Answers of all horizons, shortest first, for one patient.

    `odds` (R, K, C) and `predictors` (R, C) of the model and its refits; `parts` are the model's
    `terms`, None for an answer without reasons.
    """
    risks = endpoint_risks(odds, predictors[None], in_endpoint)[0]
    logits = endpoint_log_odds(odds[0], predictors[0], in_endpoint)
    explanation = None if parts is None else _reasons(odds[0], parts, in_endpoint)
    return tuple(
        _answer(i, horizon, cohort, logits.item(i), risks=risks[:, i], explanation=explanation)
        for i, horizon in enumerate(horizons)
    )


def _reasons(odds: Floats, parts: tuple[Floats, Floats], in_endpoint: Floats) -> Reasons:
    average, terms = parts
    return reasons(np.log(odds) + average, terms, in_endpoint)


def stability_interval(risks: Floats) -> tuple[float, float]:
    """5 % and 95 % quantiles of the refits' risks (R,), linear between order statistics.

    `np.quantile` takes 70 us, nearly as long as all else of an assessment without reasons.

    >>> stability_interval(np.arange(101.0))
    (5.0, 95.0)
    """
    ordered = risks.copy()
    ordered.sort()
    last = len(ordered) - 1
    low, high = (_between(ordered, share * last, last) for share in INTERVAL)
    return low, high


def _between(ordered: Floats, position: float, last: int) -> float:
    """The value at a position between two order statistics, of which `last` is the largest."""
    below = int(position)
    lower, upper = ordered.item(below), ordered.item(min(below + 1, last))
    return (upper - lower) * (position - below) + lower


def _answer(
    i: int, horizon: int, cohort: CohortRisks, logit: float,
    *, risks: Floats, explanation: Reasons | None,
) -> HorizonRisk:  # fmt: skip
    low, high = stability_interval(risks[1:])
    risk = risks.item(0)
    training_risks = cohort.training_risks[i]
    below = int(training_risks.searchsorted(risk, side="left"))
    return HorizonRisk(
        horizon=horizon,
        risk=risk,
        low=low,
        high=high,
        prevalence=cohort.prevalence.item(i),
        quantile=below / len(training_risks),
        baseline_logit=math.nan if explanation is None else explanation.baseline.item(i),
        logit=logit,
        contributions=NO_REASONS if explanation is None else explanation.contributions[i],
        risk_if_average=NO_REASONS if explanation is None else explanation.risk_if_average[i],
    )
