"""One value before and one after in each patient: the test, adjusted for a covariate or not."""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import t as student  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Floats
from training.statistics.signed_rank import LEAST_PATIENTS, signed_rank

BEYOND = 0.975
# Share of a covariate's spread that counts as real, however noisy it is said to be: correcting for
# more would multiply the noise beyond use.
LEAST_RELIABLE = 0.3


@dataclass(frozen=True)
class PairedTest:
    """A change after infusion in the same patients, tested between patients, never between cells.

    `effect` (after less before, in the value's unit) with its 95 % interval and two-sided p, not
    corrected for other tests. `before` and `after` (n_patients,) are the patients' values.
    `smallest_p` is the least p that so few patients could have given. NaN where `sentence` says
    that it cannot be told.
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


def rank_test(name: str, before: Floats, after: Floats) -> PairedTest:
    """Signed-rank test of the change, with the Hodges-Lehmann shift.

    >>> rank_test("x", np.zeros(6), np.arange(1.0, 7.0)).p
    0.03125
    """
    found = signed_rank(after - before)
    return _told(name, (found.shift, found.low, found.high, found.p), before, after, "signed-rank")


def adjusted_test(
    name: str,
    before: Floats,
    after: Floats,
    covariate: Floats,
    noise: Floats | None = None,
) -> PairedTest:
    """The change that is left where the covariate does not change, (n,) each.

    change_i = effect + slope x (change of the covariate)_i + error: the paired design
    ~ patient + covariate + time, since differences cancel the patient. `covariate` is its change,
    after less before, and `noise` the variance with which each was measured, 0 when None. Noise
    flattens the slope and would leave part of the covariate's doing in the effect, so the slope is
    S_xy / (S_xx - mean noise), with Fuller's errors (Measurement Error Models, 1987, section 1.2);
    without noise this is ordinary least squares. At least 30 % of S_xx must count as real.
    Student's t with n - 2 degrees of freedom; assumes errors of about equal, normal spread between
    patients. Where the covariate changed alike in everyone the two cannot be told apart, and the
    interval is as wide as that.

    >>> found = adjusted_test("x", np.zeros(6), np.array([1.0, 2, 3, 4, 5, 7]), np.arange(6.0))
    >>> round(found.effect, 2)
    0.81
    """
    change, n = after - before, before.size
    how = "memory composition adjusted for"
    if n < LEAST_PATIENTS or np.ptp(covariate) == 0:
        return _told(name, (math.nan,) * 4, before, after, how)
    wrong = 0.0 if noise is None else float(noise.mean())
    seen = float(np.var(covariate, ddof=1))
    real = max(seen - wrong, LEAST_RELIABLE * seen)
    slope = float(np.cov(covariate, change)[0, 1]) / real
    left = change - change.mean() - slope * (covariate - covariate.mean())
    spread = float(left @ left) / (n - 2)
    of_slope = (seen * spread + (slope * (seen - real)) ** 2) / ((n - 1) * real**2)
    effect = float(change.mean() - slope * covariate.mean())
    se = math.sqrt(spread / n + float(covariate.mean()) ** 2 * of_slope)
    reach = float(student.ppf(BEYOND, n - 2)) * se
    p = 2 * float(student.sf(abs(effect) / se, n - 2)) if se > 0 else 1.0
    return _told(name, (effect, effect - reach, effect + reach, p), before, after, how)


def untold(name: str, why: str) -> PairedTest:
    """A test that cannot be made, and why.

    >>> untold("x", "its genes are missing").sentence
    'x: cannot be told, its genes are missing.'
    """
    nothing = (math.nan,) * 4
    return PairedTest(name, *nothing, 0, f"{name}: cannot be told, {why}.")


def _told(
    name: str, numbers: tuple[float, ...], before: Floats, after: Floats, how: str
) -> PairedTest:
    n = int(before.size)
    values = (tuple(before.tolist()), tuple(after.tolist()), min(1.0, 2.0 ** (1 - n)))
    why = (
        f"{n} patients have a value before and after infusion, at least {LEAST_PATIENTS} are needed"
    )
    if n < LEAST_PATIENTS or math.isnan(numbers[-1]):
        if n >= LEAST_PATIENTS:
            why = "memory composition changed alike in all patients"
        return replace(untold(name, why), n_patients=n, before=values[0], after=values[1])
    effect, low, high, p = numbers
    sentence = (
        f"{name}: {abs(effect):.2f} {'higher' if effect > 0 else 'lower'} after infusion than "
        f"before (95 % {low:.2f} to {high:.2f}, {n} patients, {how}, p {p:.2g})."
    )
    return PairedTest(name, effect, low, high, p, n, sentence, *values)
