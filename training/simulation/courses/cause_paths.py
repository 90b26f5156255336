"""Daily survival and cause-specific integrals from landmark 28, for the true risks.

A latent cause c has survival S_c(t) = (1 - s_c W_c(t))^exp(eta_c). The integrals run over one
cause's density, times the survival of none, one or both of the others.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Floats
from training.simulation.courses.clinical_course import Cause, Profile


def latent_survival(cause: Cause, log_hr: Floats, months: Floats) -> Floats:
    """Latent survival, shape (n, t), for log hazard ratios (n,) at months (t,)."""
    survival: Floats = (1 - cause.susceptible * cause.distribution(months)) ** np.exp(log_hr)[
        :, None
    ]
    return survival


def transplant_plan(profile: Profile, months: Floats) -> Floats:
    """Share of responders whose planned transplant falls by each month, shape (t,)."""
    low, high = profile.transplant_range
    z = np.log(months / profile.transplant_median) / profile.transplant_log_sd
    share = np.where(months < low, 0.0, np.where(months >= high, 1.0, ndtr(z)))
    planned: Floats = profile.transplant / profile.response * share
    return planned


@dataclass(frozen=True)
class CausePaths:
    """Cumulative integrals on the daily grid of one cause's density, times the survival of none,
    the first, the second or both other causes; shape (n, t) each.
    """

    none: Floats
    first: Floats
    second: Floats
    both: Floats


def cause_paths(survival: Floats, first: Floats, second: Floats) -> CausePaths:
    """Integrals of one cause's density from its survival and the others', (n, t) each."""
    density = -np.diff(survival, axis=1)
    mid_first, mid_second = middle(first), middle(second)
    return CausePaths(
        cumulative(density),
        cumulative(density * mid_first),
        cumulative(density * mid_second),
        cumulative(density * mid_first * mid_second),
    )


def middle(values: Floats) -> Floats:
    """Means of neighbours on the grid, (n, t - 1) from (n, t)."""
    return (values[:, :-1] + values[:, 1:]) / 2


def cumulative(increments: Floats) -> Floats:
    """Running sums that start at 0, (n, t + 1) from (n, t)."""
    return np.concatenate([np.zeros((len(increments), 1)), np.cumsum(increments, axis=1)], axis=1)
