"""Assessment of one patient: risk, stability interval and reasons at each horizon."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.arrays import Floats
from models.explain import Background, reasons
from models.log_odds import risk_of
from models.logit_stack import Stack, concatenate

INTERVAL = (0.05, 0.95)
"""Share of the refits below the two ends of the stability interval."""
# Contributions and baseline where no reasons were requested.
UNEXPLAINED: tuple[Floats, float] = (np.empty((1, 0)), math.nan)


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
class JoinedHorizons:
    """All horizons' models and all their refits as one stack, which one call evaluates.

    `stack` holds each horizon's model, then each horizon's refits; those of horizon i are the
    members `ends[i]` to `ends[i + 1]`.
    """

    parts: tuple[Horizon, ...]
    stack: Stack
    ends: tuple[int, ...]


def join_horizons(parts: Sequence[Horizon]) -> JoinedHorizons:
    """The horizons' models and refits as one stack, built once and used for every patient."""
    stacks = [part.stack for part in parts] + [part.refits for part in parts]
    sizes = [len(parts), *(len(part.refits.intercept) for part in parts)]
    ends = tuple(int(end) for end in np.cumsum(sizes))
    return JoinedHorizons(tuple(parts), concatenate(stacks), ends)


@dataclass(frozen=True)
class HorizonRisk:
    """One patient's risk at one horizon.

    `low` and `high` bound the stability interval: where 90 % of the refits put this risk. It is
    no confidence interval. `quantile` is the share of the training cohort with a lower risk.
    `contributions` (p,) and `baseline_logit` add up to `logit`; without
    reasons they are empty and NaN. `raised` says that this horizon's own model gave a lower risk
    than a shorter horizon's, which then replaces it (risk, interval, reasons and quantile;
    `prevalence` stays this horizon's own).
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
    """Risks of one patient at all horizons, and whether the patient is in the applicability domain.

    Risks are present also when `abstained` gives a reason; they must then not be shown.
    """

    horizons: tuple[HorizonRisk, ...]
    out_of_range: tuple[str, ...]
    out_of_population: bool
    abstained: str | None
    distance: float


def answers(
    horizons: Sequence[int], models: JoinedHorizons, x: Floats, explain: bool = True
) -> tuple[HorizonRisk, ...]:
    """Answers of all horizons, shortest first, for one patient (p,); risks never fall."""
    row = x[None]
    logits = models.stack.logits(row)[0]
    risks = risk_of(logits)
    horizon_risks: list[HorizonRisk] = []
    for i, (horizon, part) in enumerate(zip(horizons, models.parts, strict=True)):
        refits = risks[models.ends[i] : models.ends[i + 1]]
        explanation = reasons(part.stack, part.background, row) if explain else UNEXPLAINED
        answer = _answer(
            horizon, part, logits.item(i),
            risk=risks.item(i), refits=refits, explanation=explanation,
        )  # fmt: skip
        horizon_risks.append(_not_below(answer, horizon_risks))
    return tuple(horizon_risks)


def stability_interval(risks: Floats) -> tuple[float, float]:
    """5 % and 95 % quantiles of the refits' risks (R,), linear between order statistics.

    `np.quantile` takes 70 us, of the 300 us that a whole assessment may take.

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
    horizon: int,
    part: Horizon,
    logit: float,
    *,
    risk: float,
    refits: Floats,
    explanation: tuple[Floats, float],
) -> HorizonRisk:
    low, high = stability_interval(refits)
    below = int(part.training_risks.searchsorted(risk, side="left"))
    return HorizonRisk(
        horizon=horizon,
        risk=risk,
        low=low,
        high=high,
        prevalence=part.prevalence,
        quantile=below / len(part.training_risks),
        baseline_logit=explanation[1],
        logit=logit,
        contributions=explanation[0][0],
        raised=False,
    )


def _not_below(answer: HorizonRisk, shorter: list[HorizonRisk]) -> HorizonRisk:
    """A longer horizon contains the shorter one, so its risk cannot be lower."""
    if not shorter or answer.risk >= shorter[-1].risk:
        return answer
    return replace(shorter[-1], horizon=answer.horizon, prevalence=answer.prevalence, raised=True)
