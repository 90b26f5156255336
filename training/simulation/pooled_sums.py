"""Pooled sums of one cohort's samples, drawn without drawing cells: types, UMIs, panel counts.

The features pool counts over the cells of a type before they take a logarithm, so a group's sums
are all that an expression feature sees. They are drawn from the same state, shares, profiles and
soup as the count files: cells of a kind multinomial, a gene's pooled count gamma-Poisson with the
same shape per cell. Typing is taken as perfect; what it blurs is added in `simulate_features`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.arrays import Floats, Ints
from features.genes.panels import HANDLING_STRESS, S100, SCORE_PANELS
from training.simulation.cell_counts import DEPTH_LOG_SD
from training.simulation.expression_profiles import (
    MOVING_GENES,
    kind_shares,
    kinds,
    moving_rates,
    relative_depth,
    soup_profile,
)
from training.simulation.latent_state import State
from training.simulation.negative_binomial import SIZE
from training.simulation.random_streams import CELLS, stream, visit_streams
from training.simulation.reference_genes import T_TYPES, Reference
from training.simulation.visits_axis import occasions

SCORED: tuple[str, ...] = tuple(gene for panel in SCORE_PANELS.values() for gene in panel)
NOISE = 12  # standard normals a sample is given for what blurs its features
ZERO_NEGATIVE, ZERO_POSITIVE = 0.80, 0.32  # T cells without CD7 RNA at 3,000 UMIs, soup included
BLOCK = 1000  # patients at a time, which bounds memory


@dataclass(frozen=True)
class Sums:
    """Sums over cells, n patients x k samples.

    `cells` (n, k, kinds); `umis` (n, k, kinds) their UMIs; `s100` (n, k, kinds) S100A8 + S100A9;
    `scored` (n, k, SCORED) counts in the T cells called CD7-negative, `scored_umis` (n, k) and
    `scored_cells` (n, k) theirs; `stress` (n, k, genes) counts in all T cells; `noise`
    (n, k, NOISE) standard normals.
    """

    cells: Floats
    umis: Floats
    s100: Floats
    scored: Floats
    scored_umis: Floats
    scored_cells: Floats
    stress: Floats
    noise: Floats


def draw_sums(seed: int, state: State, cells: int, reference: Reference) -> Sums:
    """Sums of every patient's samples with `cells` good cells each.

    The first two samples share a stream; every later visit has its own.
    """
    parts = [(occasions(state, 0, 2), CELLS)]
    for j in range(state.day.shape[1] - 2):
        parts.append((occasions(state, 2 + j, 3 + j), visit_streams(j)[1]))
    found = [_all_patients(seed, kind, part, cells, reference) for part, kind in parts]
    return Sums(*(np.concatenate(arrays, axis=1) for arrays in zip(*found, strict=True)))


def _all_patients(
    seed: int, kind: int, state: State, cells: int, reference: Reference
) -> tuple[Floats, ...]:
    n = len(state.site)
    blocks = [_block(seed, kind, state, range(i, min(i + BLOCK, n)), cells, reference)
              for i in range(0, n, BLOCK)]  # fmt: skip
    return tuple(np.concatenate(parts) for parts in zip(*blocks, strict=True))


def t_kinds(reference: Reference) -> tuple[Ints, Ints]:
    """Positions among the kinds of CD7-positive and of CD7-negative T cells."""
    names = kinds(reference)
    positive = [i for i, (t, without) in enumerate(names) if t in T_TYPES and not without]
    negative = [i for i, (_, without) in enumerate(names) if without]
    return np.array(positive), np.array(negative)


def _block(
    seed: int, kind: int, state: State, patients: Sequence[int], cells: int, reference: Reference
) -> tuple[Floats, ...]:
    rows = slice(patients[0], patients[-1] + 1)
    streams = [stream(seed, patient, kind) for patient in patients]
    shares = kind_shares(reference, state.composition[rows], state.cd7_negative[rows])
    drawn = [rng.multinomial(cells, p) for rng, p in zip(streams, shares, strict=True)]
    number = np.stack(drawn).astype(np.float64)
    per_cell = state.depth[rows][..., None] * relative_depth(reference)
    umis = number * per_cell * np.exp(DEPTH_LOG_SD**2 / 2)
    rate = _observed_rates(state, rows, shares, reference)
    scored, scored_cells, scored_umis = _scored(
        rate, number, umis, state.cd7_negative[rows], reference
    )
    everyone = np.concatenate(t_kinds(reference))
    genes = [MOVING_GENES.index(g) for g in HANDLING_STRESS]
    s100 = rate[..., [MOVING_GENES.index(g) for g in S100]].sum(axis=-1)
    stress = np.einsum("...k,...kg->...g", umis[..., everyone],
                       rate[..., everyone, :][..., genes])  # fmt: skip
    means = np.concatenate([umis * s100, scored * scored_umis[..., None], stress], axis=-1)
    over = np.concatenate([number, _like(scored_cells, scored),
                           _like(number[..., everyone].sum(axis=-1), stress)], axis=-1)  # fmt: skip
    counts = np.stack(
        [_gamma_poisson(rng, m, c) for rng, m, c in zip(streams, means, over, strict=True)]
    )
    noise = np.stack([rng.standard_normal((state.day.shape[1], NOISE)) for rng in streams])
    k, g = number.shape[-1], len(SCORED)
    return (number, umis, counts[..., :k], counts[..., k : k + g], scored_umis, scored_cells,
            counts[..., k + g :], noise)  # fmt: skip


def _observed_rates(state: State, rows: slice, shares: Floats, reference: Reference) -> Floats:
    """Expected share of a cell's UMIs from each moving gene with soup: (m, k, kinds, genes)."""
    moved, total = moving_rates(reference, {name: m[rows] for name, m in state.multiplier.items()})
    profile = moved / total[..., None]
    soup = soup_profile(profile, shares, relative_depth(reference))
    ambient = state.ambient[rows][..., None, None]
    kept = (1 - ambient) * (1 - state.mito[rows][..., None, None])
    return kept * profile + ambient * soup[..., None, :]


def _scored(
    rate: Floats, number: Floats, umis: Floats, share: Floats, reference: Reference
) -> tuple[Floats, Floats, Floats]:
    """Rates of the scored genes in T cells called CD7-negative, and how many cells and UMIs.

    The cell path weighs each T cell by its posterior of being negative. Told by "no CD7 RNA"
    alone, which ZERO_NEGATIVE of negative and ZERO_POSITIVE of positive T cells show, negative
    and positive cells get these mean weights at CD7-negative `share` (..., ).
    """
    positive, negative = t_kinds(reference)
    genes = [MOVING_GENES.index(gene) for gene in SCORED]
    of_zero = _posterior(share, ZERO_NEGATIVE, ZERO_POSITIVE)
    of_seen = _posterior(share, 1 - ZERO_NEGATIVE, 1 - ZERO_POSITIVE)
    weight = np.zeros_like(number)
    for cells, zero in ((negative, ZERO_NEGATIVE), (positive, ZERO_POSITIVE)):
        weight[..., cells] = (zero * of_zero + (1 - zero) * of_seen)[..., None]
    pooled = np.einsum("...k,...kg->...g", weight * umis, rate[..., genes])
    safe = np.maximum((weight * umis).sum(axis=-1, keepdims=True), 1e-9)
    return pooled / safe, _effective(weight, number), _effective(weight, umis)


def _effective(weight: Floats, amount: Floats) -> Floats:
    """Unweighted amount that is as informative: (sum w a)^2 / sum w^2 a."""
    square: Floats = (weight**2 * amount).sum(axis=-1)
    effective: Floats = (weight * amount).sum(axis=-1) ** 2 / np.maximum(square, 1e-9)
    return effective


def _posterior(share: Floats, if_negative: float, if_positive: float) -> Floats:
    return share * if_negative / (share * if_negative + (1 - share) * if_positive)


def _like(cells: Floats, genes: Floats) -> Floats:
    return np.broadcast_to(cells[..., None], genes.shape)


def _gamma_poisson(rng: np.random.Generator, mean: Floats, cells: Floats) -> Floats:
    """Pooled count of `cells` cells, each gamma-Poisson with shape SIZE; 0 where there are none."""
    shape = np.maximum(SIZE * cells, 1e-3)
    return rng.poisson(mean * rng.standard_gamma(shape) / shape).astype(np.float64)
