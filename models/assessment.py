"""One patient's answer: risk, stability interval, reasons and standing, per horizon."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.explain import Background, reasons
from models.odds import risk_of
from models.stack import Stack

Floats = NDArray[np.float64]

INTERVAL = (0.05, 0.95)
"""Share of the refits below the two ends of the stability interval."""


@dataclass(frozen=True)
class Horizon:
    """One horizon's model, its refits, and what a risk is compared with.

    `training_risks` are the sorted risks (n,) of the training cohort.
    """

    stack: Stack
    background: Background
    refits: Stack
    prevalence: float
    training_risks: Floats


@dataclass(frozen=True)
class HorizonRisk:
    """One patient's answer for one horizon.

    `low` and `high` bound the stability interval: where 90 % of the refits put this risk. It is
    no confidence interval. `quantile` is the share of the training cohort with a lower risk.
    `contributions` (p,) and `baseline_logit` add up to `logit`. `raised` says that this horizon's
    own model gave a lower risk than a shorter horizon's, whose answer is then used (risk,
    interval, reasons and quantile; `prevalence` stays this horizon's own).
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
    raised: bool


@dataclass(frozen=True)
class Assessment:
    """All horizons for one patient, and whether the patient is one the model knows.

    Risks are there also when `abstained` gives a reason; whoever shows them must then not.
    """

    horizons: tuple[HorizonRisk, ...]
    out_of_range: tuple[str, ...]
    out_of_population: bool
    abstained: str | None
    distance: float


def answers(
    horizons: Sequence[int], parts: Sequence[Horizon], x: Floats
) -> tuple[HorizonRisk, ...]:
    """Answers of all horizons, shortest first, for one patient (p,); risks never fall."""
    given: list[HorizonRisk] = []
    for horizon, part in zip(horizons, parts, strict=True):
        given.append(_not_below(_answer(horizon, part, x[None]), given))
    return tuple(given)


def stability_interval(risks: Floats) -> tuple[float, float]:
    """5 % and 95 % quantiles of the refits' risks (R,), linear between order statistics.

    `np.quantile` takes 70 us for this; an answer has 300 for everything.

    >>> stability_interval(np.arange(101.0))
    (5.0, 95.0)
    """
    ordered = np.sort(risks)
    low, high = np.interp([q * (len(risks) - 1) for q in INTERVAL], np.arange(len(risks)), ordered)
    return float(low), float(high)


def _answer(horizon: int, part: Horizon, x: Floats) -> HorizonRisk:
    logit = part.stack.logits(x)[0]
    risk = float(risk_of(logit)[0])
    low, high = stability_interval(risk_of(part.refits.logits(x)[0]))
    contributions, baseline = reasons(part.stack, part.background, x)
    below = np.searchsorted(part.training_risks, risk, side="left")
    return HorizonRisk(
        horizon=horizon,
        risk=risk,
        low=low,
        high=high,
        prevalence=part.prevalence,
        quantile=float(below) / len(part.training_risks),
        baseline_logit=baseline,
        logit=float(logit[0]),
        contributions=contributions[0],
        raised=False,
    )


def _not_below(answer: HorizonRisk, shorter: list[HorizonRisk]) -> HorizonRisk:
    """A longer horizon contains the shorter one, so its risk cannot be lower."""
    if not shorter or answer.risk >= shorter[-1].risk:
        return answer
    return replace(shorter[-1], horizon=answer.horizon, prevalence=answer.prevalence, raised=True)
