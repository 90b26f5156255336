"""A claim of the source study tested in a cohort: effect, interval, p, and verdict in words."""

import math
from dataclasses import dataclass, replace

from training.statistics.significance.holm import ALPHA
from training.statistics.significance.proportions import Proportion
from training.statistics.significance.rank_sum import RankSumResult

HOLDS, OPPOSITE, NOT_SHOWN, NOT_ESTIMABLE = (
    "holds here", "opposite here", "not shown here", "not estimable here",
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """A question, declared before any outcome is read.

    `key` names it, `short` too in a few words, `section` is the report's (1 to 6), `study` the
    source study's sentence, `measure` what the effect is the share or chance of, `expected` its
    direction there: +1 above one half, -1 below.
    """

    key: str
    section: int
    short: str
    study: str
    measure: str
    expected: int = 1


@dataclass(frozen=True)
class Claim:
    """A question with its answer on this cohort.

    `effect` lies between 0 and 1 with one half for "no difference", with its 95 % interval; `n`
    patients took part, of `n_group` with the event and `n_others` (both 0 where no groups are
    compared). `shift` with its interval is the same difference in the value's own `unit`. `p` is
    two-sided and of patients, never of cells; `p_holm` is corrected over the family. `smallest_p`
    is the least p that so few patients could have given. `finding` describes the data in words,
    `reason` why nothing could be computed. Undefined numbers are NaN.
    """

    question: Question
    finding: str
    n: int
    effect: float = math.nan
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan
    smallest_p: float = 1.0
    n_group: int = 0
    n_others: int = 0
    shift: float = math.nan
    shift_low: float = math.nan
    shift_high: float = math.nan
    unit: str = ""
    reason: str = ""
    p_holm: float = math.nan
    verdict: str = ""


def not_estimable(question: Question, reason: str, n: int = 0) -> Claim:
    """A claim for which nothing can be computed, and why."""
    return Claim(question, "", n, reason=reason)


def from_proportion(question: Question, result: Proportion, finding: str) -> Claim:
    """A claim about most of the patients."""
    if not result.n:
        return not_estimable(question, "no patient has the data it needs")
    return Claim(
        question, finding, result.n, result.estimate, result.low, result.high, result.p,
        result.smallest_p,
    )  # fmt: skip


def from_comparison(question: Question, result: RankSumResult, finding: str, unit: str) -> Claim:
    """A claim about patients with an event against the others."""
    n = result.n_group + result.n_others
    if math.isnan(result.superiority):
        groups = f"{result.n_group} patients with the event and {result.n_others} others to compare"
        return not_estimable(question, groups, n)
    return Claim(
        question, finding, n, result.superiority, result.low, result.high, result.p,
        result.smallest_p, result.n_group, result.n_others, result.shift, result.shift_low,
        result.shift_high, unit,
    )  # fmt: skip


def with_verdict(claim: Claim, p_holm: float, family: int) -> Claim:
    """The claim with its corrected p and its verdict; `family` is the number of questions.

    It is not estimable where even the clearest difference among so few patients would stay above
    the level that the first of `family` questions must pass.
    """
    claim = replace(claim, p_holm=p_holm)
    return replace(claim, verdict=_verdict(claim, family))


def _verdict(claim: Claim, family: int) -> str:
    if claim.reason:
        return f"{NOT_ESTIMABLE}: {claim.reason}"
    if claim.p_holm <= ALPHA:
        same = _direction(claim) * claim.question.expected > 0
        return HOLDS if same else OPPOSITE
    if claim.smallest_p * family > ALPHA:
        return (
            f"{NOT_ESTIMABLE}: too few patients ({_patients(claim)}); even the clearest result "
            f"would give p {claim.smallest_p:.2g}, and one of {family} questions needs "
            f"{ALPHA / family:.2g}"
        )
    return f"{NOT_SHOWN} (effect {claim.effect:.2f}, interval {claim.low:.2f} to {claim.high:.2f})"


def _direction(claim: Claim) -> float:
    """Above 0 where the value is higher: by the shift, or by the share where there is none."""
    return claim.effect - 0.5 if math.isnan(claim.shift) or not claim.shift else claim.shift


def _patients(claim: Claim) -> str:
    if claim.n_group or claim.n_others:
        return f"{claim.n_group} with the event, {claim.n_others} others"
    return f"{claim.n}"
