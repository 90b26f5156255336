"""What the measured features can tell of a simulated patient's risk, at best: the oracle.

A model sees features, not the latent state. The oracle knows the simulator's law: it takes the
latent values as normal given the four planted features measured at baseline and at the landmark
(mean and spread from a regression on a large simulated reference with the same number of cells),
and averages the true risk over them. Its discrimination is the ceiling for any model that sees
those features; the risk given the latent state is out of anyone's reach.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Floats
from models.endpoints import ENDPOINTS, HORIZONS, LANDMARK
from training.simulation.clinical_course import (
    PLANTED,
    PRESETS,
    Profile,
    log_hazard_ratios,
)
from training.simulation.true_risk import TRANSPLANT_RULES, risk_surface

PLANTED_NAMES: tuple[str, ...] = tuple(name for planted in PLANTED.values() for name in planted)


@dataclass(frozen=True)
class Readout:
    """Regression of one latent value on its feature: E[z | x], with the residual SD.

    `centre`, `scale` (2,) standardise the baseline's and the landmark's measurement; `weights`
    belong to the columns of `_design`. `sd` holds where the landmark was measured, `sd_missing`
    where it was not.
    """

    centre: Floats
    scale: Floats
    weights: Floats
    sd: float
    sd_missing: float

    def expected(self, measured: Floats) -> Floats:
        """E[z | measurements], (n,), from (n, 2) with NaN for missing."""
        mean: Floats = _design(measured, self.centre, self.scale) @ self.weights
        return mean

    def spread(self, measured: Floats) -> Floats:
        """SD of z given the measurements, (n,)."""
        return np.where(np.isnan(measured[:, 1]), self.sd_missing, self.sd)


def _design(measured: Floats, centre: Floats, scale: Floats) -> Floats:
    """Constant, both measurements to third order, their missing indicators: (n, 9)."""
    missing = np.isnan(measured)
    x = np.where(missing, 0.0, np.clip((measured - centre) / scale, -4, 4))
    one = np.ones((len(x), 1))
    return np.concatenate([one, x, x**2, x**3, missing], axis=1)


def learn_readout(latent: Floats, measured: Floats) -> Readout:
    """Least-squares readout of z (n,) from its feature's measurements (n, 2)."""
    seen = np.ma.masked_invalid(measured)  # a feature that is never measured has centre 0, SD 1
    centre: Floats = seen.mean(axis=0).filled(0.0)
    scale: Floats = seen.std(axis=0).filled(1.0)
    design = _design(measured, centre, scale)
    weights = np.asarray(np.linalg.lstsq(design, latent, rcond=None)[0], dtype=np.float64)
    rest, missing = latent - design @ weights, np.isnan(measured[:, 1])
    return Readout(centre, scale, weights, _spread(rest[~missing]), _spread(rest[missing]))


def _spread(rest: Floats) -> float:
    """SD of residuals; that of a standard normal where too few were seen to tell."""
    return float(rest.std()) if rest.size > 10 else 1.0


def true_risks(
    latent: Mapping[str, Floats],
    measured: Mapping[str, Floats],
    readouts: Mapping[str, Readout],
    profile: Profile,
    preset: str,
) -> tuple[Floats, Floats]:
    """Risks given the latent state and given the measured features, (2, 3, 3, n) each.

    Axes: endpoint, transplant rule, horizon, patient. Both are for patients who responded, and
    count from landmark 28.
    """
    log_hr = log_hazard_ratios(latent, preset, profile)
    expected = {name: readouts[name].expected(measured[name]) for name in PLANTED_NAMES}
    mean = log_hazard_ratios(expected, preset, profile)
    b = PRESETS[preset]
    spread = {name: readouts[name].spread(measured[name]) for name in PLANTED_NAMES}
    sd = np.stack([b * _together(spread, endpoint) for endpoint in ENDPOINTS])
    zero = log_hazard_ratios({name: np.zeros(1) for name in PLANTED_NAMES}, preset, profile)[:, 0]
    surface = risk_surface(profile, zero, np.full(2, b * 2**0.5))
    return surface.risks(log_hr[0], log_hr[1]), surface.mean_risks(mean, sd)


def _together(spread: Mapping[str, Floats], endpoint: str) -> Floats:
    """SD of the sum of an endpoint's latent values once its features are known, (n,)."""
    squares = np.stack([spread[name] ** 2 for name in PLANTED[endpoint]])
    spread_of_sum: Floats = np.sqrt(squares.sum(axis=0))
    return spread_of_sum


TRUTH_COLUMNS = (
    "patient_id", "endpoint", "transplant", "landmark", "horizon", "latent_risk", "oracle_risk",
    "provenance",
)  # fmt: skip


def truth_rows(
    patients: tuple[str, ...], response: Bools, latent_risk: Floats, oracle: Floats
) -> Iterator[tuple[str, ...]]:
    """Lines of truth.csv under TRUTH_COLUMNS: responder, endpoint, transplant rule, horizon."""
    cases = [
        (i, j, k, endpoint, rule, str(LANDMARK), str(horizon))
        for i, endpoint in enumerate(ENDPOINTS)
        for j, rule in enumerate(TRANSPLANT_RULES)
        for k, horizon in enumerate(HORIZONS)
    ]
    for p in np.flatnonzero(response):
        latent, measured = latent_risk[..., p].tolist(), oracle[..., p].tolist()
        for i, j, k, *words in cases:
            risks = f"{latent[i][j][k]:.6f}", f"{measured[i][j][k]:.6f}"
            yield (patients[p], *words, *risks, "synthetic")
