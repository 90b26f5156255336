"""Heterogeneity between sites: observed/expected and AUC of each site, summary over sites.

Risks come from models that did not see the site. Per site ln(O/E) and logit AUC, which are nearly
normal, are summarised by random effects; the prediction interval says what a new site may expect.
Reference: Riley et al., BMJ 2016;353:i3140; Snell et al., Stat Methods Med Res 2018;27:3505.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from features.arrays import Floats, Objects
from training.statistics.accuracy.auc import pair_matrices
from training.statistics.calibration.logistic import sigmoid
from training.statistics.pooling.random_effects import (
    LEAST_ESTIMATES,
    RandomEffects,
    random_effects,
)

LEAST_EVENTS = 5  # of events and of non-events in a site that counts
Z = float(norm.ppf(0.975))
NO_VARIANCE = 1e-12
LARGEST_LOG = 700.0  # of an end of an interval; the exponential overflows beyond it


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval on its natural scale: O/E or AUC."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class SiteMeasure:
    """One site's patients and measures; None with under 5 events or non-events."""

    site: str
    n: int
    events: int
    observed_over_expected: Estimate | None
    auc: Estimate | None


@dataclass(frozen=True)
class MeasureSummary:
    """The mean over sites, its interval, and the 95 % prediction interval for a new site.

    `tau` is the SD between sites in ln(O/E) or in logit AUC.
    """

    mean: Estimate
    prediction_low: float
    prediction_high: float
    tau: float


@dataclass(frozen=True)
class SiteSummary:
    """All sites, in the order of their names, and the summaries; or the reason for none."""

    sites: tuple[SiteMeasure, ...]
    observed_over_expected: MeasureSummary | None
    auc: MeasureSummary | None
    reason: str | None


def site_summary(risk: Floats, y: Floats, weight: Floats, site: Objects) -> SiteSummary:
    """Measures of each site and their random-effects summary over sites.

    `risk` (n,) of models that left the patient's site out, `y` (n,) 1, 0 or NaN, `weight` (n,)
    of censoring, `site` (n,) names; patients without a site ("") are left out. A site counts with
    5 events and 5 non-events. Under 3 such sites there is no summary, and `reason` says so.
    """
    counts = ~np.isnan(y) & (weight > 0)
    names = sorted({str(name) for name in site[counts] if name})
    parts = [
        _Site(name, *(x[counts & (site == name)] for x in (risk, y, weight))) for name in names
    ]
    large = [part for part in parts if part.is_large]
    sites = tuple(part.measure() for part in parts)
    if len(large) < LEAST_ESTIMATES:
        reason = (
            f"no summary over sites: {len(large)} of {len(parts)} sites have at least "
            f"{LEAST_EVENTS} patients with and {LEAST_EVENTS} without the event; at least "
            f"{LEAST_ESTIMATES} sites are needed"
        )
        return SiteSummary(sites, None, None, reason)
    ratio, area = (
        random_effects(*np.array([scale(part) for part in large]).T)
        for scale in (_Site.log_ratio, _Site.logit_auc)
    )
    return SiteSummary(sites, _summary(ratio, _exp), _summary(area, _expit), None)


@dataclass(frozen=True)
class _Site:
    name: str
    risk: Floats
    y: Floats
    weight: Floats

    @property
    def is_large(self) -> bool:
        events = int(self.y.sum())
        return min(events, len(self.y) - events) >= LEAST_EVENTS

    def measure(self) -> SiteMeasure:
        ratio = _estimate(self.log_ratio(), _exp) if self.is_large else None
        area = _estimate(self.logit_auc(), _expit) if self.is_large else None
        return SiteMeasure(self.name, len(self.y), int(self.y.sum()), ratio, area)

    def log_ratio(self) -> tuple[float, float]:
        """ln(O/E) and its standard error, E taken as known.

        By the delta method, SE = sqrt(sum w^2 (y - o)^2) / sum w y with o the weighted share of
        events: sqrt((1 - o) / O) where every weight is 1 (Debray et al., BMJ 2017;356:i6460).
        """
        w, y = self.weight, self.y
        observed = float(w @ y)
        share = observed / float(w.sum())
        error = float(np.sqrt(np.sum(w**2 * (y - share) ** 2))) / observed
        return float(np.log(observed / (w @ self.risk))), error

    def logit_auc(self) -> tuple[float, float]:
        """logit AUC and its standard error, by the placements of events and others.

        DeLong's variance (Biometrics 1988;44:837) with weights. It is 0 where all events lie above
        all others or all risks are equal: there it is that of a share of the fewer class. The AUC
        is kept half a pair from 0 and 1, where the logit does not exist.
        """
        wins, pairs = pair_matrices(
            self.risk[None], self.y, self.weight[None], np.zeros((1, len(self.y)), dtype=np.int64)
        )
        area = float(wins.sum() / pairs.sum())
        variance = sum(_placement_variance(wins.sum(axis=k), pairs.sum(axis=k)) for k in (0, 1))
        half_pair = 0.5 / pairs.size
        area = min(max(area, half_pair), 1 - half_pair)
        binomial = area * (1 - area)
        variance = variance if variance > NO_VARIANCE else binomial / min(pairs.shape)
        return float(np.log(area / (1 - area))), float(np.sqrt(variance)) / binomial


def _placement_variance(wins: Floats, pairs: Floats) -> float:
    """Variance of the AUC from one side's placements, n / (n - 1) as DeLong's."""
    n, total = len(wins), pairs.sum()
    return float(np.sum((wins - wins.sum() / total * pairs) ** 2) / total**2) * n / (n - 1)


def _estimate(scaled: tuple[float, float], back: Callable[[float], float]) -> Estimate:
    value, error = scaled
    return Estimate(back(value), back(value - Z * error), back(value + Z * error))


def _summary(effects: RandomEffects, back: Callable[[float], float]) -> MeasureSummary:
    return MeasureSummary(
        mean=Estimate(back(effects.mean), back(effects.low), back(effects.high)),
        prediction_low=back(effects.prediction_low),
        prediction_high=back(effects.prediction_high),
        tau=effects.tau,
    )


def _exp(x: float) -> float:
    return float(np.exp(min(x, LARGEST_LOG)))


def _expit(x: float) -> float:
    return float(sigmoid(np.array(x)))
