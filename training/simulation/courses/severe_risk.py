"""True risk of a simulated severe infection after landmark 28, by numerical integration.

With X the first survived onset after the landmark, T the end of the event-free course, U the time
of death from infection and L the time from its onset to death, the event by day h is

    X <= h and X < T,   or   death from infection at U, onset U - L <= h and X > min(h, U).

X is independent of the course given the latent values. Relapse and other death end the course; a
transplant ends it ("competing"), is undone ("censoring"), or its effect on the course is part of
the risk ("ignored"); survived infections go on at their rate after it.
"""

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats
from models.endpoints import HORIZONS, LANDMARK
from training.simulation.courses.cause_paths import (
    CausePaths,
    cause_paths,
    cumulative,
    latent_survival,
    middle,
    transplant_plan,
)
from training.simulation.courses.clinical_course import DAYS_PER_MONTH, Profile
from training.simulation.courses.infection_rates import FATAL_DAYS, cumulative_onset_hazard

FATAL_REACH = 90  # days past the horizon on which a fatal infection from within it may end in death


@dataclass(frozen=True)
class _Cause:
    """One cause of the end of the course: its survival, integrals, and the weights of the terms
    a1 a2 P_none + a2 k1 P_first + a1 k2 P_second + k1 k2 P_both after a transplant.
    """

    paths: CausePaths
    first: Floats
    second: Floats
    keep: tuple[float, float, float]

    def terms(self) -> tuple[tuple[Floats, Floats], ...]:
        """Pairs of a weight by transplant day and an integral by event day, (n, t) each."""
        k0, k1, k2 = self.keep
        a1, a2 = (1 - k1) * self.first, (1 - k2) * self.second
        paths = self.paths
        return (
            (k0 * a1 * a2, paths.none),
            (k0 * k1 * a2, paths.first),
            (k0 * k2 * a1, paths.second),
            (np.full_like(a1, k0 * k1 * k2), paths.both),
        )


def after_transplant(cause: _Cause, share: Floats) -> Floats:
    """Incidence by day t of events after a transplant, (n, t).

    `share` (t - 1,) is the share transplanted on each day. The sum over transplant days x up to t
    of share(x) weight(x) (P(t) - P(x)) is split into two running sums.
    """
    total = np.zeros_like(cause.first)
    for weight, path in cause.terms():
        total += path * cumulative(middle(weight) * share)
        total -= cumulative(middle(weight * path) * share)
    return total


def severe_risks(profile: Profile, log_hr: Floats, severe: Floats) -> Floats:
    """Risk of a severe infection in (28, 28 + h], (3, 3, n): transplant rule, horizon, patient.

    `log_hr` (2, n) is of relapse and fatal infection, `severe` (n,) of survived severe infection.
    """
    days = np.arange(LANDMARK, LANDMARK + HORIZONS[-1] + FATAL_REACH + 1)
    months = days / DAYS_PER_MONTH
    planned = transplant_plan(profile, months)
    relapse, infection, other = _causes(profile, log_hr, months)
    free = np.exp(-cumulative_onset_hazard(days.astype(float)) * np.exp(severe)[:, None])
    never = 1 - planned
    untouched = 1 - relapse.paths.both - infection.paths.both - other.paths.both
    before = cumulative(np.diff(infection.paths.both, axis=1) * middle(never[None, :]))
    share = np.diff(planned)
    ends = sum(
        (
            cumulative(np.diff(cause.paths.both, axis=1) * middle(never[None, :]))
            + after_transplant(cause, share)
            for cause in (relapse, infection, other)
        ),
        start=np.zeros_like(free),
    )
    result = np.empty((3, len(HORIZONS), len(severe)))
    for k, h in enumerate(HORIZONS):
        by_h = np.where(np.arange(share.size) < h, share, 0.0)  # transplanted within the horizon
        with_care = before + after_transplant(infection, by_h)
        result[0, k] = _severe_by(h, free, 1 - ends, with_care)
        result[1, k] = _severe_by(h, free, untouched * never, before)
        result[2, k] = _severe_by(h, free, untouched, infection.paths.both)
    return result


def _causes(profile: Profile, log_hr: Floats, months: Floats) -> tuple[_Cause, _Cause, _Cause]:
    """Relapse, fatal infection and other death, each against the other two."""
    relapse = latent_survival(profile.relapse, log_hr[0], months)
    infection = latent_survival(profile.infection, log_hr[1], months)
    other = np.broadcast_to(latent_survival(profile.other, np.zeros(1), months), relapse.shape)
    keep_r, keep_d = profile.keep_relapse, profile.keep_death

    def cause(
        survival: Floats, first: Floats, second: Floats, keep: tuple[float, float, float]
    ) -> _Cause:
        return _Cause(cause_paths(survival, first, second), first, second, keep)

    return (
        cause(relapse, infection, other, (keep_r, keep_d, keep_d)),
        cause(infection, relapse, other, (keep_d, keep_r, keep_d)),
        cause(other, relapse, infection, (keep_d, keep_r, keep_d)),
    )


def _severe_by(h: int, free: Floats, event_free: Floats, fatal: Floats) -> Floats:
    """Risk by day h after the landmark, (n,).

    `free` is the survival of X, `event_free` that of the course, `fatal` the incidence of death
    from infection of those not transplanted between h and their death; (n, t) each.
    """
    survived = -np.diff(free[:, : h + 1], axis=1) * middle(event_free[:, : h + 1])
    deaths = np.diff(fatal, axis=1)
    within = deaths[:, :h] * middle(free[:, : h + 1])
    days_after = np.arange(deaths.shape[1] - h) + 0.5
    onset_before = np.exp(-days_after / FATAL_DAYS)
    risk: Floats = (
        survived.sum(axis=1) + within.sum(axis=1) + free[:, h] * (deaths[:, h:] @ onset_before)
    )
    return risk
