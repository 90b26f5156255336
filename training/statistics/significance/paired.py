"""Paired test of a value before and after in the same patients, with or without a covariate."""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Floats
from training.statistics.significance.signed_rank import LEAST_PATIENTS, signed_rank

UPPER_QUANTILE = 0.975  # 95 % intervals
# Share of a covariate's variance that counts as real, however large its stated noise: correcting
# for more would multiply the noise beyond use.
LEAST_RELIABLE = 0.3
ADJUSTED = "memory composition adjusted for"


@dataclass(frozen=True)
class PairedTest:
    """A change after infusion in the same patients, tested between patients, never between cells.

    `effect` (after less before, in the value's unit) with its 95 % interval and two-sided p, not
    corrected for other tests. `before` and `after` (n_patients,) are the patients' values.
    `smallest_p` is the least p that so few patients could have given. NaN where the change is not
    estimable, for the `reason` that `sentence` repeats.
    """

    name: str
    effect: float
    low: float
    high: float
    p: float
    n_patients: int
    sentence: str
    before: tuple[float, ...] = ()
    after: tuple[float, ...] = ()
    smallest_p: float = 1.0
    reason: str = ""


class _Effect(NamedTuple):
    """An effect with its interval and p; NaN where undefined."""

    effect: float = math.nan
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan


def rank_test(name: str, before: Floats, after: Floats) -> PairedTest:
    """Signed-rank test of the change, with the Hodges-Lehmann shift.

    >>> rank_test("x", np.zeros(6), np.arange(1.0, 7.0)).p
    0.03125
    """
    shift = signed_rank(after - before)
    estimate = _Effect(shift.shift, shift.low, shift.high, shift.p)
    return _paired_test(name, estimate, before, after, "signed-rank")


def adjusted_test(
    name: str,
    before: Floats,
    after: Floats,
    covariate: Floats,
    noise: Floats | None = None,
) -> PairedTest:
    """The change at an unchanged covariate, (n,) each.

    change_i = effect + slope x (change of the covariate)_i + error: the paired design
    ~ patient + covariate + time, since differences cancel the patient. `covariate` is its change,
    after less before, and `noise` the variance with which each was measured, 0 when None. Noise
    flattens the slope and would leave part of the covariate's effect in the estimate, so the slope
    is S_xy / (S_xx - mean noise), with Fuller's errors (Measurement Error Models, 1987, section
    1.2); without noise this is ordinary least squares. At least 30 % of S_xx must count as real.
    Student's t with n - 2 degrees of freedom; assumes errors of about equal, normal spread between
    patients. Where the covariate changed alike in all patients, its effect and that of time are
    not identifiable apart, and the interval is accordingly wide.

    >>> result = adjusted_test("x", np.zeros(6), np.array([1.0, 2, 3, 4, 5, 7]), np.arange(6.0))
    >>> round(result.effect, 2)
    0.81
    """
    estimate = _Effect()
    if before.size >= LEAST_PATIENTS and np.ptp(covariate) != 0:
        variance = 0.0 if noise is None else float(noise.mean())
        estimate = _adjusted_effect(after - before, covariate, variance)
    return _paired_test(name, estimate, before, after, ADJUSTED)


def _adjusted_effect(change: Floats, covariate: Floats, noise: float) -> _Effect:
    n = change.size
    total = float(np.var(covariate, ddof=1))
    real = max(total - noise, LEAST_RELIABLE * total)
    slope = float(np.cov(covariate, change)[0, 1]) / real
    residual = change - change.mean() - slope * (covariate - covariate.mean())
    spread = float(residual @ residual) / (n - 2)
    slope_variance = (total * spread + (slope * (total - real)) ** 2) / ((n - 1) * real**2)
    effect = float(change.mean() - slope * covariate.mean())
    se = math.sqrt(spread / n + float(covariate.mean()) ** 2 * slope_variance)
    reach = float(student.ppf(UPPER_QUANTILE, n - 2)) * se
    p = 2 * float(student.sf(abs(effect) / se, n - 2)) if se > 0 else 1.0
    return _Effect(effect, effect - reach, effect + reach, p)


def not_estimable(name: str, reason: str) -> PairedTest:
    """A change that these patients give no estimate of, and the reason.

    >>> not_estimable("x", "its genes are missing").sentence
    'x: not estimable here, its genes are missing.'
    """
    sentence = f"{name}: not estimable here, {reason}."
    return PairedTest(name, *_Effect(), n_patients=0, sentence=sentence, reason=reason)


def _paired_test(
    name: str, estimate: _Effect, before: Floats, after: Floats, method: str
) -> PairedTest:
    n = int(before.size)
    if n < LEAST_PATIENTS or math.isnan(estimate.p):
        test = not_estimable(name, _reason(n))
    else:
        test = PairedTest(name, *estimate, n, _sentence(name, estimate, n, method))
    return replace(
        test,
        n_patients=n,
        before=tuple(before.tolist()),
        after=tuple(after.tolist()),
        smallest_p=1.0 if test.reason else min(1.0, 2.0 ** (1 - n)),
    )


def _reason(n: int) -> str:
    if n >= LEAST_PATIENTS:
        return "memory composition changed alike in all patients"
    return (
        f"{n} patients have a value before and after infusion, at least {LEAST_PATIENTS} are needed"
    )


def _sentence(name: str, estimate: _Effect, n: int, method: str) -> str:
    effect, low, high, p = estimate
    return (
        f"{name}: {abs(effect):.2f} {'higher' if effect > 0 else 'lower'} after infusion than "
        f"before (95 % {low:.2f} to {high:.2f}, {n} patients, {method}, p {p:.2g})."
    )
