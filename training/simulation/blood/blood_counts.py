"""Simulated blood counts and handling of a sample, in agreement with the simulated blood.

Monocytes follow the cells (AMC = ALC x monocytes per lymphocyte). A marrow factor, correlated 0.5
with the monocyte state, moves neutrophils, platelets and haemoglobin; an inflammation factor,
correlated 0.4 with exhaustion, moves CRP, ferritin and LDH. So the clinical comparators carry a
little information on the causes of fatal infection. Levels are assumptions near those of patients
before lymphodepletion and about four weeks after CAR-T. Values are missing completely at random.
"""

import numpy as np
from scipy.special import ndtr  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Bools, Floats, Texts
from features.schema import ALL_FEATURES
from training.simulation.blood.latent_state import SITES, BloodState

MARROW_MONOCYTES = 0.5
INFLAMMATION_EXHAUSTION = 0.4
MISSING_SHARE = {"ferritin": 0.15, "ldh": 0.10, "creatinine": 0.03}  # the others 5 %
STRATEGIES = {
    "naturally_selected": 0.48, "knockout": 0.36, "base_edited": 0.08, "blocked": 0.05,
    "unknown": 0.03,
}  # fmt: skip
COUNTS = ("anc", "amc", "alc", "wbc", "plt", "hb", "crp", "ferritin", "ldh", "creatinine")


def blood_counts(state: BloodState, types: tuple[str, ...]) -> dict[str, Floats]:
    """Blood counts of every sample, (n, k) each, NaN where not measured.

    anc, amc, alc, wbc, plt 10^9/L; hb g/dL; crp mg/dL; ferritin ng/mL; ldh U/L; creatinine mg/dL.
    """
    values = _true_counts(state, types)
    uniform = ndtr(state.missingness)
    return {
        name: np.where(
            uniform[:, i] < MISSING_SHARE.get(name, 0.05), np.nan, _reported(name, values[name])
        )
        for i, name in enumerate(COUNTS)
    }


def _true_counts(state: BloodState, types: tuple[str, ...]) -> dict[str, Floats]:
    """Blood counts before rounding and missing values, (n, k) each."""
    noise = state.noise.transpose(1, 0, 2)
    after = state.day > 0
    ratio_state = state.level["log_monocyte_lymphocyte_ratio"]
    marrow = _correlated(ratio_state, MARROW_MONOCYTES, noise[0])
    inflammation = _correlated(
        state.level["cd7neg_t_exhaustion"], INFLAMMATION_EXHAUSTION, noise[1]
    )
    alc = _by_time(after, 0.9, 0.6) * np.exp(0.5 * noise[2])
    anc = _by_time(after, 2.2, 1.3) * np.exp(0.5 * marrow + 0.6 * noise[3])
    amc = alc * monocytes_per_lymphocyte(state, types) * np.exp(0.2 * noise[4])
    return {
        "anc": anc,
        "amc": amc,
        "alc": alc,
        "wbc": anc + amc + alc + 0.05,
        "plt": _by_time(after, 110.0, 60.0) * np.exp(0.5 * marrow + 0.4 * noise[5]),
        "hb": np.clip(_by_time(after, 9.8, 8.9) + 0.9 * marrow + 0.8 * noise[6], 4.0, 18.0),
        "crp": np.exp(0.9 * inflammation + 0.5 * noise[7]),
        "ferritin": 1200 * np.exp(0.7 * inflammation + 0.6 * noise[8]),
        "ldh": 260 * np.exp(0.25 * inflammation + 0.25 * noise[9]),
        "creatinine": 0.7 * np.exp(0.25 * noise[10]),
    }


def monocytes_per_lymphocyte(state: BloodState, types: tuple[str, ...]) -> Floats:
    """Ratio of monocytes to T, NK and B cells in the blood drawn, (n, k)."""

    def share(*names: str) -> Floats:
        at = [types.index(name) for name in names]
        total: Floats = state.composition[..., at].sum(axis=-1)
        return total

    return share("cd14_monocyte", "cd16_monocyte") / share("cd4_t", "cd8_t", "other_t", "nk", "b")


def hours_to_freezing(state: BloodState) -> Floats:
    """Hours from draw to freezing, (n, k), longer where the stress genes are up."""
    hours = 4 * np.exp(0.4 * state.level["handling_stress"] + 0.2 * state.handling)
    return _three_digits(hours)


def strategies(state: BloodState) -> Texts:
    """How each patient's product avoids fratricide, (n,); mostly selection or knockout."""
    edges = np.cumsum(list(STRATEGIES.values()))[:-1]
    names: Texts = np.array(list(STRATEGIES))[np.searchsorted(edges, ndtr(state.product))]
    return names


def site_names(state: BloodState) -> Texts:
    """Each patient's hospital, (n,)."""
    names: Texts = np.array(SITES)[state.site]
    return names


def _by_time(after: Bools, before_value: float, after_value: float) -> Floats:
    """Usual value before lymphodepletion and from the landmark on; no recovery is simulated."""
    return np.where(after, after_value, before_value)


def _correlated(state: Floats, correlation: float, noise: Floats) -> Floats:
    factor: Floats = correlation * state + (1 - correlation**2) ** 0.5 * noise
    return factor


def _reported(name: str, values: Floats) -> Floats:
    """The laboratory's report: clipped to the plausible range, which one value in 10^5 exceeds."""
    feature = ALL_FEATURES[name]
    return _three_digits(np.clip(values, feature.low, feature.high))


def _three_digits(values: Floats) -> Floats:
    """Rounded to three significant digits, as a laboratory reports."""
    scale = 10.0 ** (2 - np.floor(np.log10(np.maximum(values, 1e-6))))
    rounded: Floats = np.rint(values * scale) / scale
    return rounded
