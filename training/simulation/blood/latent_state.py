"""Latent state of simulated patients and their blood on the days of the draws.

A latent value z (standard normal, one per feature) is the patient's state at the landmark; the
hazards depend on it. The baseline sample holds 0.5 z + sqrt(0.75) e, and every draw adds a
fluctuation of 0.3 SD, so that no measurement, however deep, shows z itself. All constants here
are assumptions chosen to resemble blood before and after CD7 CAR-T (source study: CD7-positive
T cells gone by day 11, CD7-negative ones expanded); none is an estimate. Later visits use the same
functions (`training.simulation.blood.follow_up_visits`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Bools, Floats, Ints
from features.celltypes.type_profiles import BLASTS
from features.genes import panels
from training.simulation.random_streams import STATE, normals

BASELINE, LANDMARK = 0, 1  # the two occasions
PERSISTENCE = 0.5  # correlation of a patient's state before infusion and at the landmark
FLUCTUATION = 0.3  # SD of a draw around the patient's state, in SD of the state
STATE_NORMALS = 140  # standard normals of one patient's state; the last 60 are for blood counts
BLOOD_NORMALS = 60
# Normals of a draw's blood count: for its values, and for which of them are missing.
BLOOD_NOISES, BLOOD_VALUES = 12, 10

PANELS: Mapping[str, tuple[str, ...]] = {
    "s100a8a9_monocyte": panels.S100,
    **panels.SCORE_PANELS,
    "handling_stress": panels.HANDLING_STRESS,
}
# SD of ln(expression) between patients, common to a panel's genes.
PANEL_LOG_SD: Mapping[str, float] = {
    "s100a8a9_monocyte": 0.5,
    "cd7neg_t_activation": 0.5,
    "cd7neg_t_exhaustion": 0.5,
    "cd7neg_t_cytotoxicity": 0.35,
    "cd7neg_t_proliferation": 0.5,
    "cd7neg_t_interferon": 0.6,
    "handling_stress": 0.5,
}
# Mean and SD on the logit or log scale, at baseline and at the landmark.
SCALES: Mapping[str, tuple[float, float, float]] = {
    "log_monocyte_lymphocyte_ratio": (-1.0, -1.2, 0.8),
    "cd7neg_t_fraction": (-2.0, 1.7, 0.8),
    "nk": (-1.9, -2.9, 0.6),
    "b": (-2.4, -2.8, 0.8),
    "cd16": (-1.9, -1.9, 0.5),
    "cd8": (0.0, 0.5, 0.5),
    "dc": (-4.2, -4.4, 0.5),
    "neutrophil": (-5.0, -4.6, 0.9),
    "blast": (-3.0, -3.0, 0.8),
}
LATENTS: tuple[str, ...] = (*PANELS, *SCALES)

SITES = ("site_a", "site_b", "site_c")
SITE_SHARES = (0.5, 0.3, 0.2)
SITE_DEPTH = (1.0, 0.85, 1.15)  # times the median UMIs of a cell
SITE_AMBIENT = (0.0, 0.4, -0.2)  # added to ln(ambient share)
SITE_EXPRESSION = (0.0, 0.08, -0.08)  # added to ln(expression) of every panel
SITE_RATIO = (0.0, -0.15, 0.1)  # added to the log ratio: PBMC isolation differs

POOR_SHARE = 0.02  # of samples, which quality control should refuse
POOR_KINDS = ("good", "few_cells", "shallow", "mitochondrial")


@dataclass(frozen=True)
class BloodState:
    """Blood of n patients on k occasions; arrays are (n, k) unless stated otherwise.

    Without follow-up visits k is 2: baseline and landmark. `latent` and `level` map a name of
    LATENTS to (n,) z and (n, k) state at the draw, in SD; `multiplier` maps a panel to the factor
    on its genes; `composition` is (n, k, types) shares of all cells; `cd7_negative` shares of T
    cells; `depth` median UMIs of a T cell; `ambient`, `mito` shares of UMIs; `poor` indexes
    POOR_KINDS; `site` (n,) indexes SITES. Normals for the blood count: `noise` (n, 12, k) of its
    values, `missingness` (n, 10, k) of which are missing, `handling`, `product` (n,).
    """

    day: Ints
    site: Ints
    latent: Mapping[str, Floats]
    level: Mapping[str, Floats]
    multiplier: Mapping[str, Floats]
    composition: Floats
    cd7_negative: Floats
    depth: Floats
    ambient: Floats
    mito: Floats
    poor: Ints
    noise: Floats
    missingness: Floats
    handling: Floats
    product: Floats


@dataclass(frozen=True)
class DrawNoise:
    """Technical variation of k draws, standard normal: (n, k), or (n, 12, k) and (n, 10, k)."""

    quality: Floats
    depth: Floats
    ambient: Floats
    mito: Floats
    noise: Floats
    missingness: Floats
    handling: Floats


def draw_latent(z: Iterator[Floats]) -> dict[str, Floats]:
    """Latent standard normals at the landmark, (n,) each, from the first columns of `z`."""
    return {name: next(z) for name in LATENTS}


def draw_state(seed: int, n: int, types: tuple[str, ...], response: Bools) -> BloodState:
    """State of n patients; non-responders (`response` false) keep blasts at the landmark."""
    columns = normals(seed, n, STATE, STATE_NORMALS)
    z = iter(columns[:, :-BLOOD_NORMALS].T)
    latent = draw_latent(z)
    level = {name: _levels(latent[name], z) for name in LATENTS}
    site = np.searchsorted(np.cumsum(SITE_SHARES)[:-1], ndtr(next(z))).astype(np.int64)
    has_blasts = (ndtr(next(z)) < 0.35)[:, None] & np.array([True, False])
    has_blasts[:, LANDMARK] = ~response
    blood = columns[:, -BLOOD_NORMALS:]
    noise = DrawNoise(
        _pair(z), _pair(z), _pair(z), _pair(z), blood[:, :24].reshape(n, BLOOD_NOISES, 2),
        blood[:, 24:44].reshape(n, BLOOD_VALUES, 2), blood[:, 44:46],
    )  # fmt: skip
    return blood_state(
        day=_first_days(z), site=site, latent=latent, level=level, has_blasts=has_blasts,
        noise=noise, product=blood[:, 46], types=types,
    )  # fmt: skip


def _first_days(z: Iterator[Floats]) -> Ints:
    """Days of the baseline draw, near -5, and of the landmark draw, 21 to 28, (n, 2)."""
    day = np.stack([np.rint(-5 + 0.8 * next(z)), 21 + np.floor(8 * ndtr(next(z)))], axis=1)
    days: Ints = np.clip(day, [-9, 21], [-2, 28]).astype(np.int64)
    return days


def blood_state(
    *, day: Ints, site: Ints, latent: Mapping[str, Floats], level: Mapping[str, Floats],
    has_blasts: Bools, noise: DrawNoise, product: Floats, types: tuple[str, ...],
) -> BloodState:  # fmt: skip
    """Blood on the given days, (n, k), from state levels and technical noise."""
    after: Bools = np.min(day, axis=0) > 0
    poor = _poor(noise.quality, level["log_monocyte_lymphocyte_ratio"])
    return BloodState(
        day=day,
        site=site,
        latent=latent,
        level=level,
        multiplier={name: _multiplier(name, level[name], site) for name in PANELS},
        composition=_composition(level, after, site, has_blasts, types),
        cd7_negative=expit(_scaled("cd7neg_t_fraction", level, after)),
        depth=_depth(noise.depth, site, poor),
        ambient=_ambient(noise.ambient, site),
        mito=_mito(noise.mito, poor),
        poor=poor,
        noise=noise.noise,
        missingness=noise.missingness,
        handling=noise.handling,
        product=product,
    )


def _depth(noise: Floats, site: Ints, poor: Ints) -> Floats:
    depth = 3000 * _of_site(SITE_DEPTH, site) * np.exp(0.15 * noise)
    return np.where(poor == POOR_KINDS.index("shallow"), 0.15, 1.0) * depth


def _ambient(noise: Floats, site: Ints) -> Floats:
    ambient = 0.06 * np.exp(_of_site(SITE_AMBIENT, site) + 0.45 * noise)
    return np.clip(ambient, 0.02, 0.20)


def _mito(noise: Floats, poor: Ints) -> Floats:
    mito = 0.045 * np.exp(0.25 * noise)
    return np.where(poor == POOR_KINDS.index("mitochondrial"), 0.45, mito)


def _pair(z: Iterator[Floats]) -> Floats:
    return np.stack([next(z), next(z)], axis=1)


def _levels(latent: Floats, z: Iterator[Floats]) -> Floats:
    before = PERSISTENCE * latent + (1 - PERSISTENCE**2) ** 0.5 * next(z)
    return np.stack([before, latent], axis=1) + FLUCTUATION * _pair(z)


def _of_site(values: tuple[float, ...], site: Ints) -> Floats:
    return np.array(values)[site][:, None]


def _scaled(name: str, level: Mapping[str, Floats], after: Bools) -> Floats:
    """On the logit or log scale; `after` (k,) marks the occasions after the infusion."""
    baseline, landmark, sd = SCALES[name]
    return np.where(after, landmark, baseline) + sd * level[name]


def _multiplier(name: str, level: Floats, site: Ints) -> Floats:
    return np.exp(PANEL_LOG_SD[name] * level + _of_site(SITE_EXPRESSION, site))


def _poor(quality: Floats, ratio: Floats) -> Ints:
    """Index of POOR_KINDS of each draw; draws with few monocytes are poor twice as often."""
    uniform = ndtr(quality)
    share = POOR_SHARE * np.where(ratio < -0.5, 2.0, 1.0)
    kind = 1 + np.floor(3 * uniform / share).astype(np.int64)
    return np.where(uniform < share, np.clip(kind, 1, 3), 0)


def _composition(
    level: Mapping[str, Floats], after: Bools, site: Ints,
    has_blasts: Bools, types: tuple[str, ...],
) -> Floats:  # fmt: skip
    """Shares of cell types, (n, k, types), adding up to 1; lymphocytes are T, NK and B cells.

    Relapse is of cortical T-ALL (`blast_like_t`); the other kinds of blast are not simulated.
    """
    values = {name: _scaled(name, level, after) for name in SCALES}
    ratio = np.exp(values["log_monocyte_lymphocyte_ratio"] + _of_site(SITE_RATIO, site))
    blasts = np.where(has_blasts, expit(_blasts(level)), 0.0)
    absent = dict.fromkeys(BLASTS, np.zeros_like(blasts))
    amounts = _amounts(values, ratio) | absent | {"blast_like_t": blasts}
    shares = np.stack([amounts[t] for t in types], axis=2)
    composition: Floats = shares / shares.sum(axis=2, keepdims=True)
    return composition


def _amounts(values: Mapping[str, Floats], ratio: Floats) -> dict[str, Floats]:
    """Cells of each type per lymphocyte, (n, k) each, blasts left out."""
    nk, b = expit(values["nk"]), expit(values["b"])
    t, cd8, cd16 = (1 - nk) * (1 - b), expit(values["cd8"]), expit(values["cd16"])
    dc = expit(values["dc"])
    return {
        "cd14_monocyte": ratio * (1 - cd16),
        "cd16_monocyte": ratio * cd16,
        "cd4_t": t * 0.94 * (1 - cd8),
        "cd8_t": t * 0.94 * cd8,
        "other_t": t * 0.06,
        "nk": nk,
        "b": (1 - nk) * b * 0.95,
        "plasma": (1 - nk) * b * 0.05,
        "cdc": dc * 0.7,
        "pdc": dc * 0.3,
        "neutrophil_like": expit(values["neutrophil"]),
        "hspc": np.full_like(nk, 0.002),
        "platelet": np.full_like(nk, 0.012),
        "erythroid": np.full_like(nk, 0.008),
    }


def _blasts(level: Mapping[str, Floats]) -> Floats:
    """Logit of the blast share where there are blasts: the baseline's scale on every occasion."""
    baseline, _, sd = SCALES["blast"]
    return baseline + sd * level["blast"]
