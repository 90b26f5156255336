"""Oracle risk: the best possible prediction of a simulated patient's risk from measured features.

A model sees features, not the latent state. The oracle knows the simulator's distribution: it
takes the latent values as normal given the four planted features measured at baseline and at the
landmark (mean and spread from a regression on a large simulated reference with the same number of
cells), and averages the true risk over them. Its discrimination is the ceiling for any model that
sees those features; no model can reach the risk given the latent state.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Floats
from models.endpoints import HORIZONS, LANDMARK
from training.simulation.courses.clinical_course import (
    CAUSES,
    PLANTED,
    PRESETS,
    Profile,
    effect_shift,
    log_hazard_ratios,
)
from training.simulation.courses.infection_rates import severe_log_hr
from training.simulation.courses.true_risk import (
    TRANSPLANT_RULES,
    TRUTH_ENDPOINTS,
    RiskSurface,
    risk_surface,
)

PLANTED_NAMES: tuple[str, ...] = tuple(name for planted in PLANTED.values() for name in planted)
MIN_RESIDUALS = 10  # fewer give no SD


@dataclass(frozen=True)
class Readout:
    """Regression of one latent value on its feature: E[z | x], with the residual SD.

    `centre`, `scale` (2,) standardise the baseline's and the landmark's measurement; `weights`
    belong to the columns of `_design`. `sd` holds with a measurement at the landmark, `sd_missing`
    without one.
    """

    centre: Floats
    scale: Floats
    weights: Floats
    sd: float
    sd_missing: float

    def expected(self, measurements: Floats) -> Floats:
        """E[z | measurements], (n,), from (n, 2) with NaN for missing."""
        mean: Floats = _design(measurements, self.centre, self.scale) @ self.weights
        return mean

    def spread(self, measurements: Floats) -> Floats:
        """SD of z given the measurements, (n,)."""
        return np.where(np.isnan(measurements[:, 1]), self.sd_missing, self.sd)


def _design(measurements: Floats, centre: Floats, scale: Floats) -> Floats:
    """Constant, both measurements to third order, their missing indicators: (n, 9)."""
    missing = np.isnan(measurements)
    x = np.where(missing, 0.0, np.clip((measurements - centre) / scale, -4, 4))
    one = np.ones((len(x), 1))
    return np.concatenate([one, x, x**2, x**3, missing], axis=1)


def learn_readout(latent: Floats, measurements: Floats) -> Readout:
    """Least-squares readout of z (n,) from its feature's measurements (n, 2)."""
    valid = np.ma.masked_invalid(measurements)  # without any measurement centre 0, SD 1
    centre: Floats = valid.mean(axis=0).filled(0.0)
    scale: Floats = valid.std(axis=0).filled(1.0)
    design = _design(measurements, centre, scale)
    weights = np.asarray(np.linalg.lstsq(design, latent, rcond=None)[0], dtype=np.float64)
    residual, missing = latent - design @ weights, np.isnan(measurements[:, 1])
    return Readout(centre, scale, weights, _spread(residual[~missing]), _spread(residual[missing]))


def _spread(residual: Floats) -> float:
    """SD of residuals; that of a standard normal where there are too few."""
    return float(residual.std()) if residual.size > MIN_RESIDUALS else 1.0


def true_risks(
    latent: Mapping[str, Floats],
    measurements: Mapping[str, Floats],
    readouts: Mapping[str, Readout],
    profile: Profile,
    preset: str,
) -> tuple[Floats, Floats]:
    """Risks given the latent state and given the measured features, (3, 3, 3, n) each.

    Axes: endpoint (TRUTH_ENDPOINTS), transplant rule, horizon, patient. Both are for patients who
    responded, and count from landmark 28.
    """
    log_hr = log_hazard_ratios(latent, preset, profile)
    expected = {name: readouts[name].expected(measurements[name]) for name in PLANTED_NAMES}
    mean = log_hazard_ratios(expected, preset, profile)
    b = PRESETS[preset]
    spread = {name: readouts[name].spread(measurements[name]) for name in PLANTED_NAMES}
    sd = np.stack([b * _spread_of_sum(spread, endpoint) for endpoint in CAUSES])
    surface = surface_of_preset(profile, preset)
    return surface.risks(log_hr[0], log_hr[1]), surface.mean_risks(mean, sd)


@functools.lru_cache(maxsize=8)
def surface_of_preset(profile: Profile, preset: str) -> RiskSurface:
    """Interpolated risks of a profile around a preset's mean; the same for every cohort."""
    zero = log_hazard_ratios({name: np.zeros(1) for name in PLANTED_NAMES}, preset, profile)[:, 0]
    fatal_shift = effect_shift("fatal_infection", preset, profile)
    severe_shift = float(severe_log_hr(np.zeros(1), preset, fatal_shift)[0])
    sd = np.full(2, PRESETS[preset] * 2**0.5)
    return risk_surface(profile, zero, sd, severe_shift=severe_shift)


def _spread_of_sum(spread: Mapping[str, Floats], endpoint: str) -> Floats:
    """SD of the sum of an endpoint's latent values given its features, (n,)."""
    squares = np.stack([spread[name] ** 2 for name in PLANTED[endpoint]])
    sd: Floats = np.sqrt(squares.sum(axis=0))
    return sd


TRUTH_COLUMNS = (
    "patient_id", "endpoint", "transplant", "landmark", "horizon", "latent_risk", "oracle_risk",
    "provenance",
)  # fmt: skip


def truth_rows(
    patients: tuple[str, ...], response: Bools, latent_risk: Floats, oracle_risk: Floats
) -> Iterator[tuple[str, ...]]:
    """Lines of truth.csv under TRUTH_COLUMNS: responder, endpoint, transplant rule, horizon."""
    cases = [
        (i, j, k, endpoint, rule, str(LANDMARK), str(horizon))
        for i, endpoint in enumerate(TRUTH_ENDPOINTS)
        for j, rule in enumerate(TRANSPLANT_RULES)
        for k, horizon in enumerate(HORIZONS)
    ]
    for p in np.flatnonzero(response):
        latent, oracle = latent_risk[..., p].tolist(), oracle_risk[..., p].tolist()
        for i, j, k, *words in cases:
            risks = f"{latent[i][j][k]:.6f}", f"{oracle[i][j][k]:.6f}"
            yield (patients[p], *words, *risks, "synthetic")
