"""True risk of a simulated patient between landmark 28 and a horizon, by numerical integration.

Responders have no event before month 1, so every responder is at risk at day 28. With
S_c(t) = (1 - s_c W_c(t))^exp(eta_c) the survival of latent cause c, k_c the share of events that
a transplant does not prevent, and G the planned time of transplant:

- `censoring` ("without any transplant"): integral of f_c times the other causes' S;
- `competing` ("before transplant"): the same times the share not yet transplanted;
- `ignored` ("under the care received"): the mixture over transplant times x, where after x the
  density is k_c f_c and every other cause's survival k S(t) + (1 - k) S(x).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.interpolate import RectBivariateSpline  # type: ignore[import-untyped, unused-ignore]  # no stubs

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
from training.simulation.courses.clinical_course import CAUSES, DAYS_PER_MONTH, Profile
from training.simulation.courses.severe_risk import severe_risks

TRUTH_ENDPOINTS = (*CAUSES, "severe_infection")
TRANSPLANT_RULES = ("ignored", "competing", "censoring")
GRID_POINTS = 49  # per axis of the interpolated risk; its error is below 1e-4 (tests)
GRID_REACH = 6.0  # standard deviations of the log hazard ratio that the grid covers
QUADRATURE = 5  # Gauss-Hermite nodes per endpoint when a posterior is averaged


def _after_transplant(
    paths: CausePaths, first: Floats, second: Floats, keep: tuple[float, float, float], end: int
) -> Floats:
    """Risk from each transplant time on the grid to `end`, shape (n, end + 1)."""
    k0, k1, k2 = keep
    a1, a2 = (1 - k1) * first[:, : end + 1], (1 - k2) * second[:, : end + 1]

    def rest(path: Floats) -> Floats:
        return path[:, end : end + 1] - path[:, : end + 1]

    risk: Floats = (
        a1 * a2 * rest(paths.none)
        + a2 * k1 * rest(paths.first)
        + a1 * k2 * rest(paths.second)
        + k1 * k2 * rest(paths.both)
    )
    return k0 * risk


def latent_risks(profile: Profile, log_hr: Floats) -> Floats:
    """Risk of each endpoint in (28, 28 + h] for responders with known log hazard ratios.

    `log_hr` is (2, n): relapse, fatal infection. Returns (2, 3, 3, n): endpoint, transplant rule,
    horizon, patient, in the orders CAUSES, TRANSPLANT_RULES, HORIZONS.

    >>> from training.simulation.courses.clinical_course import PROFILES
    >>> latent_risks(PROFILES["phase2"], np.zeros((2, 1)))[:, :, 1, 0].round(2)
    array([[0.36, 0.27, 0.44],
           [0.09, 0.08, 0.12]])
    """
    days = np.arange(LANDMARK, LANDMARK + HORIZONS[-1] + 1)
    months = days / DAYS_PER_MONTH
    planned = transplant_plan(profile, months)
    relapse = latent_survival(profile.relapse, log_hr[0], months)
    infection = latent_survival(profile.infection, log_hr[1], months)
    other = latent_survival(profile.other, np.zeros(1), months)
    keep_r, keep_d = profile.keep_relapse, profile.keep_death
    relapse_risks = _by_rule(
        relapse, infection, np.broadcast_to(other, relapse.shape), planned, (keep_r, keep_d, keep_d)
    )
    infection_risks = _by_rule(
        infection, relapse, np.broadcast_to(other, relapse.shape), planned, (keep_d, keep_r, keep_d)
    )
    return np.stack([relapse_risks, infection_risks])


def _by_rule(
    survival: Floats,
    first: Floats,
    second: Floats,
    planned: Floats,
    keep: tuple[float, float, float],
) -> Floats:
    """Risks by transplant rule and horizon, (3, 3, n), from the survivals of three causes."""
    paths = cause_paths(survival, first, second)
    never = 1 - planned
    before = cumulative(np.diff(paths.both, axis=1) * middle(never[None, :]))
    result = np.empty((len(TRANSPLANT_RULES), len(HORIZONS), len(survival)))
    for j, horizon in enumerate(HORIZONS):
        after = _after_transplant(paths, first, second, keep, horizon)
        share = np.diff(planned[: horizon + 1])
        result[0, j] = before[:, horizon] + middle(after) @ share
        result[1, j] = before[:, horizon]
        result[2, j] = paths.both[:, horizon]
    return result


@dataclass(frozen=True)
class RiskSurface:
    """The true risks as splines of the two log hazard ratios, for speed.

    Error of the interpolation is below 1e-4 within 6 standard deviations (tests).
    """

    splines: Mapping[tuple[str, str, int], RectBivariateSpline]

    def risks(self, relapse: Floats, infection: Floats) -> Floats:
        """Risks (3, 3, 3, n) at log hazard ratios (n,) and (n,)."""
        values = [spline.ev(relapse, infection) for spline in self.splines.values()]
        shape = (len(TRUTH_ENDPOINTS), len(TRANSPLANT_RULES), len(HORIZONS), len(relapse))
        clipped: Floats = np.clip(np.stack(values), 0.0, 1.0).reshape(shape)
        return clipped

    def mean_risks(self, mean: Floats, sd: Floats) -> Floats:
        """Risks (3, 3, 3, n) averaged over independent normal log hazard ratios, (2, n) each."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(QUADRATURE)
        weights = weights / weights.sum()
        shape = (len(TRUTH_ENDPOINTS), len(TRANSPLANT_RULES), len(HORIZONS), mean.shape[1])
        total = np.zeros(shape)
        for a, wa in zip(nodes, weights, strict=True):
            for b, wb in zip(nodes, weights, strict=True):
                total += wa * wb * self.risks(mean[0] + a * sd[0], mean[1] + b * sd[1])
        return total


def all_risks(profile: Profile, log_hr: Floats, severe: Floats) -> Floats:
    """Risks of TRUTH_ENDPOINTS, (3, 3, 3, n): those of CAUSES and of severe infection.

    `log_hr` (2, n) is of CAUSES, `severe` (n,) of survived severe infection.
    """
    of_severe = severe_risks(profile, log_hr, severe)
    return np.concatenate([latent_risks(profile, log_hr), of_severe[None]])


def risk_surface(
    profile: Profile, centre: Floats, sd: Floats, *, severe_shift: float
) -> RiskSurface:
    """Interpolated risks around mean log hazard ratios `centre` (2,) with spread `sd` (2,).

    Survived severe infection has the log hazard ratio of fatal infection plus `severe_shift`.
    """
    reach = np.maximum(GRID_REACH * np.asarray(sd), 0.5)
    x, y = (c + np.linspace(-r, r, GRID_POINTS) for c, r in zip(centre, reach, strict=True))
    pairs = np.stack([np.repeat(x, GRID_POINTS), np.tile(y, GRID_POINTS)])
    risks = all_risks(profile, pairs, pairs[1] + severe_shift)
    values = risks.reshape(3, 3, 3, GRID_POINTS, GRID_POINTS)
    return RiskSurface(
        MappingProxyType(
            {
                (endpoint, rule, horizon): RectBivariateSpline(x, y, values[i, j, k])
                for i, endpoint in enumerate(TRUTH_ENDPOINTS)
                for j, rule in enumerate(TRANSPLANT_RULES)
                for k, horizon in enumerate(HORIZONS)
            }
        )
    )
