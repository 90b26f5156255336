"""Simulated clinical course after CD7 CAR-T: response, transplant, relapse, death.

A course is drawn from latent event times in months since infusion (1 month = 30.4375 days).
Its constants are set so that a simulated cohort has the published rates; they are not estimates
of any mechanism. Sources of the rates, which `benchmarks/simulator.py` compares:

- phase II, n = 55 (Blood 2025, doi 10.1182/blood.2025029299): response 89 %, no death within 30
  days, grade 5 infection after it 9 %, non-relapse mortality 20 %, median event-free survival 5.0
  and overall survival 8.5 months, transplant 35 %;
- phase I, n = 20 (Tan et al., J Hematol Oncol 2023;16:34, doi 10.1186/s13045-023-01427-3):
  response 95 %, relapse 30 % at a median of 6 months, transplant 35 %, 24-month
  progression-free survival 36.8 % and overall survival 42.3 %, medians 11.0 and 18.3 months.

The two trials disagree, so both can be simulated.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.optimize import brentq  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Bools, Floats
from models.endpoints import LANDMARK, PRIMARY_HORIZON

DAYS_PER_MONTH = 30.4375
CAUSES = ("relapse", "fatal_infection")  # endpoints that a course has a latent cause for
FIRST_EVENT_MONTH = 1.0  # no death within 30 days in the phase II trial
PRIMARY_DAY = LANDMARK + PRIMARY_HORIZON  # base rates are kept on this day
COURSE_UNIFORMS = 12  # uniforms of one patient's course, in the order that `draw_course` reads them


@dataclass(frozen=True)
class Cause:
    """A latent cause: the share who are susceptible, and when: 1 + Weibull(shape, median)."""

    susceptible: float
    shape: float
    median: float

    def distribution(self, month: Floats) -> Floats:
        """Share of the susceptible whose event has come by `month`, between 0 and 1."""
        elapsed = np.maximum(month - FIRST_EVENT_MONTH, 0.0)
        share: Floats = -np.expm1(-np.log(2) * (elapsed / self.median) ** self.shape)
        return share

    def quantile(self, share: Floats) -> Floats:
        """Month by which `share` of the susceptible have had the event; inverse of the above."""
        elapsed: Floats = self.median * (-np.log1p(-share) / np.log(2)) ** (1 / self.shape)
        return FIRST_EVENT_MONTH + elapsed


@dataclass(frozen=True)
class Profile:
    """The constants of one trial's course; shares of 1, times in months.

    `transplant` is the share of all patients for whom a transplant is planned; only responders
    reach it, LogNormal(ln `transplant_median`, 0.45) clipped to [1, 10.6] months. After it an
    event of the given cause still happens with `keep_relapse`, `keep_death`. `response` is the
    share who respond; the others fail at U(0.9, 3). Death follows relapse or failure after
    Exp(median `death_after`).
    """

    response: float
    transplant: float
    relapse: Cause
    infection: Cause
    other: Cause
    keep_relapse: float
    keep_death: float
    death_after: float
    transplant_median: float = 1.5
    transplant_log_sd: float = 0.45
    transplant_range: tuple[float, float] = (1.0, 10.6)
    failure_range: tuple[float, float] = (0.9, 3.0)


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "phase2": Profile(
            response=0.89,
            transplant=0.38,
            relapse=Cause(0.80, 1.5, 4.0),
            infection=Cause(0.236, 1.3, 3.3),
            other=Cause(0.294, 1.3, 3.3),
            keep_relapse=0.40,
            keep_death=0.15,
            death_after=2.7,
        ),
        # Fitted by hand to the phase I rates above; the split of deaths by cause is an assumption.
        "phase1": Profile(
            response=0.95,
            transplant=0.36,
            relapse=Cause(0.48, 2.0, 5.5),
            infection=Cause(0.28, 1.3, 10.0),
            other=Cause(0.31, 1.3, 10.0),
            keep_relapse=0.40,
            keep_death=0.60,
            death_after=5.0,
        ),
    }
)

# |log hazard ratio| per standard deviation of each planted feature.
PRESETS: Mapping[str, float] = MappingProxyType({"null": 0.0, "weak": 0.3, "seed-optimistic": 0.8})

# Signs are the hypotheses of the source study (7 patients, doi 10.1158/1078-0432.CCR-22-2924):
# S100A8/A9 high in those who relapsed, monocytes lost in both who died of infection, CD7-negative
# T cells activated. Exhaustion is our second feature for infection, as a sign of poor T-cell help.
PLANTED: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "relapse": MappingProxyType({"s100a8a9_monocyte": 1.0, "cd7neg_t_activation": 1.0}),
        "fatal_infection": MappingProxyType(
            {"log_monocyte_lymphocyte_ratio": -1.0, "cd7neg_t_exhaustion": 1.0}
        ),
    }
)


@dataclass(frozen=True)
class ClinicalCourse:
    """Months since infusion, shape (n,); infinity means never. Responders only relapse.

    `failure` is the month of non-response (infinite for responders). Of `relapse`, `infection` and
    `other` only the first is finite: the others did not happen.
    """

    response: Bools
    failure: Floats
    relapse: Floats
    infection: Floats
    other: Floats
    transplant: Floats
    death: Floats

    @property
    def event(self) -> Floats:
        """Month of failure, relapse or death, whichever comes first: the end of event-free time."""
        return np.minimum(self.failure, np.minimum(self.relapse, self.death))


@functools.cache
def base_rate_shift(rate: float, log_hr_sd: float) -> float:
    """Shift c that keeps a base rate when log hazard ratios spread with `log_hr_sd`.

    Solves E[1 - (1 - p)^exp(eta + c)] = p for eta ~ N(0, sd^2), p = `rate`.

    >>> base_rate_shift(0.8, 0.0)
    0.0
    >>> bool(base_rate_shift(0.1, 1.0) < 0 < base_rate_shift(0.8, 1.0))
    True
    """
    if log_hr_sd == 0.0:
        return 0.0
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    weights = weights / weights.sum()

    def excess(shift: float) -> float:
        hazard = -np.log1p(-rate) * np.exp(log_hr_sd * nodes + shift)
        return float(weights @ -np.expm1(-hazard)) - rate

    return float(brentq(excess, -10.0, 10.0, xtol=1e-12))


def log_hazard_ratios(latent: Mapping[str, Floats], preset: str, profile: Profile) -> Floats:
    """Log hazard ratio of each of CAUSES, shape (2, n), from the planted features' latent values.

    Formula: b * sum of sign * z over the endpoint's two planted features, plus the shift that
    keeps the cause's base rate on day 208, the end of the primary horizon; z are standard normal,
    b is the preset's log hazard ratio per SD. (Keeping the rate at infinity instead would bring
    the median event-free survival of `seed-optimistic` from 5.0 down to 3.8 months; so it is 4.5.)

    >>> z = {name: np.zeros(1) for planted in PLANTED.values() for name in planted}
    >>> log_hazard_ratios(z, "null", PROFILES["phase2"]).tolist()
    [[0.0], [0.0]]
    """
    b = PRESETS[preset]
    rows = []
    for endpoint in CAUSES:
        total = sum(
            (sign * latent[name] for name, sign in PLANTED[endpoint].items()), start=np.zeros(())
        )
        rows.append(b * np.asarray(total) + effect_shift(endpoint, preset, profile))
    return np.stack(rows)


def effect_shift(endpoint: str, preset: str, profile: Profile) -> float:
    """The part of an endpoint's log hazard ratio that keeps its base rate."""
    cause = {"relapse": profile.relapse, "fatal_infection": profile.infection}[endpoint]
    rate = cause.susceptible * float(cause.distribution(np.array(PRIMARY_DAY / DAYS_PER_MONTH)))
    return base_rate_shift(rate, PRESETS[preset] * len(PLANTED[endpoint]) ** 0.5)


def latent_time(cause: Cause, log_hr: Floats | float, uniform: Floats) -> Floats:
    """Month of a cause's event in the absence of other causes; infinity for the not susceptible.

    v = 1 - U^exp(-eta); no event if v >= susceptible, else 1 + the Weibull quantile at
    v / susceptible. So P(T > t) = (1 - s W(t))^exp(eta): the whole hazard is multiplied.

    >>> latent_time(Cause(0.5, 1.0, 4.0), 0.0, np.array([0.75, 0.4]))
    array([ 5., inf])
    """
    v = -np.expm1(np.log(uniform) * np.exp(-np.asarray(log_hr)))
    susceptible = v < cause.susceptible
    months = np.full(v.shape, np.inf)
    months[susceptible] = cause.quantile(v[susceptible] / cause.susceptible)
    return months


def draw_course(
    profile: Profile, log_hr: Floats, uniforms: Floats, normals: Floats
) -> ClinicalCourse:
    """Courses of n patients.

    `log_hr` is (2, n) as `log_hazard_ratios` gives it, `uniforms` (n, COURSE_UNIFORMS) in (0, 1),
    `normals` (n,) for the transplant's time. Each cause has its own uniform for whether a
    transplant prevents it.
    """
    u = uniforms.T
    response = u[0] < profile.response
    early, late = profile.failure_range
    failure = np.where(response, np.inf, early + (late - early) * u[1])
    latent = _latent_times(profile, log_hr, u[2:5])
    planned = _planned_transplant(profile, u[5], normals)
    has_transplant = response & (planned < latent.min(axis=0))
    after_transplant = _prevent(profile, latent, has_transplant, u[6:9])
    relapse, infection, other = _first_cause(after_transplant, response)
    mean = profile.death_after / np.log(2)
    after = np.minimum(failure, relapse) - mean * np.log(u[9])
    death = np.minimum(np.maximum(after, FIRST_EVENT_MONTH), np.minimum(infection, other))
    transplant = np.where(has_transplant, planned, np.inf)
    return ClinicalCourse(response, failure, relapse, infection, other, transplant, death)


def _latent_times(profile: Profile, log_hr: Floats, uniforms: Floats) -> Floats:
    """Months of relapse, fatal infection and other death without transplant, (3, n)."""
    return np.stack(
        [
            latent_time(profile.relapse, log_hr[0], uniforms[0]),
            latent_time(profile.infection, log_hr[1], uniforms[1]),
            latent_time(profile.other, 0.0, uniforms[2]),
        ]
    )


def _planned_transplant(profile: Profile, uniform: Floats, normals: Floats) -> Floats:
    """Planned month of transplant, infinity where none is planned."""
    months = profile.transplant_median * np.exp(profile.transplant_log_sd * normals)
    has_plan = uniform < profile.transplant / profile.response
    return np.where(has_plan, np.clip(months, *profile.transplant_range), np.inf)


def _prevent(profile: Profile, months: Floats, has_transplant: Bools, uniforms: Floats) -> Floats:
    """Months of each cause, (3, n); infinite where a transplant prevents the event."""
    keep = np.array([profile.keep_relapse, profile.keep_death, profile.keep_death])[:, None]
    return np.where(has_transplant & (uniforms >= keep), np.inf, months)


def _first_cause(months: Floats, response: Bools) -> Floats:
    """Months of the causes, (3, n), finite only for a responder's first one."""
    first = np.where(response, months.min(axis=0), np.inf)
    return np.where(response & (months <= first), months, np.inf)


def to_day(months: Floats) -> Floats:
    """Day since infusion of a month, rounded up; infinity stays.

    >>> to_day(np.array([1.0, np.inf]))
    array([31., inf])
    """
    return np.ceil(months * DAYS_PER_MONTH)
