"""Pooled sums of simulated samples without drawing cells: types, UMIs, panel counts.

The features pool counts over the cells of a type before they take a logarithm, so a group's sums
determine every expression feature. They are drawn from the same state, shares, profiles and
ambient RNA as the count files: cells of a kind multinomial, a gene's pooled count gamma-Poisson
with the same shape per cell. Typing is taken as perfect;
`training.simulation.measurement.measured_features` adds its error.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from features.arrays import Floats, Ints
from features.genes.panels import HANDLING_STRESS, S100, SCORE_PANELS
from training.simulation.blood.latent_state import BloodState
from training.simulation.blood.visits_axis import select_occasions
from training.simulation.cells.cell_counts import DEPTH_LOG_SD
from training.simulation.cells.expression_profiles import (
    MOVING_GENES,
    ambient_profile,
    depth_shares,
    kind_shares,
    kinds,
    moving_rates,
    relative_depth,
)
from training.simulation.cells.negative_binomial import SIZE
from training.simulation.cells.reference_genes import T_TYPES, SimulatedGenome
from training.simulation.random_streams import CELLS, stream, visit_streams

SCORED: tuple[str, ...] = tuple(gene for panel in SCORE_PANELS.values() for gene in panel)
NOISE = 12  # standard normals of a sample for the measurement error of its features
# T cells without CD7 RNA at 3,000 UMIs, ambient RNA included.
ZERO_NEGATIVE, ZERO_POSITIVE = 0.80, 0.32
BLOCK = 1000  # patients at a time, which bounds memory


@dataclass(frozen=True)
class PooledSums:
    """Sums over cells, n patients x k samples.

    `cells` (n, k, kinds); `umis` (n, k, kinds) their UMIs, `depth` (n, k, kinds) those of the
    depth genes; `s100` (n, k, kinds) S100A8 + S100A9; `scored` (n, k, SCORED) counts in the T cells
    called CD7-negative, `scored_depth` (n, k) and `scored_cells` (n, k) theirs; `stress`
    (n, k, genes) counts in all T cells; `noise` (n, k, NOISE) standard normals.
    """

    cells: Floats
    umis: Floats
    depth: Floats
    s100: Floats
    scored: Floats
    scored_depth: Floats
    scored_cells: Floats
    stress: Floats
    noise: Floats


def draw_sums(seed: int, state: BloodState, cells: int, genome: SimulatedGenome) -> PooledSums:
    """Sums of every patient's samples with `cells` good cells each.

    The first two samples share a stream; every later visit has its own.
    """
    parts = [(select_occasions(state, 0, 2), CELLS)]
    for j in range(state.day.shape[1] - 2):
        parts.append((select_occasions(state, 2 + j, 3 + j), visit_streams(j)[1]))
    sums = [_all_patients(seed, kind, part, cells, genome) for part, kind in parts]
    return PooledSums(*(np.concatenate(arrays, axis=1) for arrays in zip(*sums, strict=True)))


def _all_patients(
    seed: int, kind: int, state: BloodState, cells: int, genome: SimulatedGenome
) -> tuple[Floats, ...]:
    """The arrays of PooledSums for one stream's occasions, block by block of patients."""
    n = len(state.site)
    blocks = []
    for start in range(0, n, BLOCK):
        patients = range(start, min(start + BLOCK, n))
        streams = [stream(seed, patient, kind) for patient in patients]
        blocks.append(_block(streams, state, slice(start, patients[-1] + 1), cells, genome))
    return tuple(np.concatenate(parts) for parts in zip(*blocks, strict=True))


def t_kinds(genome: SimulatedGenome) -> tuple[Ints, Ints]:
    """Positions among the kinds of CD7-positive and of CD7-negative T cells."""
    names = kinds(genome)
    positive = [i for i, (t, without) in enumerate(names) if t in T_TYPES and not without]
    negative = [i for i, (_, without) in enumerate(names) if without]
    return np.array(positive), np.array(negative)


def _block(
    streams: Sequence[np.random.Generator],
    state: BloodState,
    rows: slice,
    cells: int,
    genome: SimulatedGenome,
) -> tuple[Floats, ...]:
    """The arrays of PooledSums for the patients of `rows`, each with their stream."""
    shares = kind_shares(genome, state.composition[rows], state.cd7_negative[rows])
    samples = [rng.multinomial(cells, p) for rng, p in zip(streams, shares, strict=True)]
    number = np.stack(samples).astype(np.float64)
    per_cell = state.depth[rows][..., None] * relative_depth(genome)
    umis = number * per_cell * np.exp(DEPTH_LOG_SD**2 / 2)
    shares_of_umis = _observed_shares(state, rows, shares, genome)
    depth = umis * shares_of_umis[..., -1]
    rate = shares_of_umis[..., :-1] / shares_of_umis[..., -1:]
    scored = _scored(rate, number, depth, state.cd7_negative[rows], genome)
    counts = _gene_counts(streams, number, depth, rate=rate, scored=scored, genome=genome)
    noise = np.stack([rng.standard_normal((state.day.shape[1], NOISE)) for rng in streams])
    k, g = number.shape[-1], len(SCORED)
    return (number, umis, depth, counts[..., :k], counts[..., k : k + g], scored.depth,
            scored.cells, counts[..., k + g :], noise)  # fmt: skip


class _ScoredCells(NamedTuple):
    """T cells called CD7-negative: rates of the scored genes, effective cells and depth."""

    rate: Floats
    cells: Floats
    depth: Floats


def _gene_counts(
    streams: Sequence[np.random.Generator], number: Floats, depth: Floats,
    *, rate: Floats, scored: _ScoredCells, genome: SimulatedGenome,
) -> Floats:  # fmt: skip
    """Pooled counts: S100 by kind, scored genes, stress genes in T cells; drawn in this order."""
    t_cells = np.concatenate(t_kinds(genome))
    s100 = rate[..., [MOVING_GENES.index(g) for g in S100]].sum(axis=-1)
    genes = [MOVING_GENES.index(g) for g in HANDLING_STRESS]
    stress = np.einsum("...k,...kg->...g", depth[..., t_cells], rate[..., t_cells, :][..., genes])
    means = np.concatenate([depth * s100, scored.rate * scored.depth[..., None], stress], axis=-1)
    n_t_cells = number[..., t_cells].sum(axis=-1)
    cells = np.concatenate(
        [number, _by_gene(scored.cells, scored.rate), _by_gene(n_t_cells, stress)], axis=-1
    )
    return np.stack(
        [_gamma_poisson(rng, m, c) for rng, m, c in zip(streams, means, cells, strict=True)]
    )


def _observed_shares(
    state: BloodState, rows: slice, shares: Floats, genome: SimulatedGenome
) -> Floats:
    """Expected share of a cell's UMIs from each moving gene and last from all depth genes.

    Ambient RNA is included. Shape (m, k, kinds, genes + 1).
    """
    rates, total = moving_rates(genome, {name: m[rows] for name, m in state.multiplier.items()})
    in_depth = depth_shares(genome, total)[..., None]
    profile = np.concatenate([rates / total[..., None], in_depth], axis=-1)
    ambient = ambient_profile(profile, shares, relative_depth(genome))
    fraction = state.ambient[rows][..., None, None]
    cellular = (1 - fraction) * (1 - state.mito[rows][..., None, None])
    return np.asarray(cellular * profile + fraction * ambient[..., None, :])


def _scored(
    rate: Floats, number: Floats, depth: Floats, share: Floats, genome: SimulatedGenome
) -> _ScoredCells:
    """Rates of the scored genes in T cells called CD7-negative, their cells and depth.

    The cell path weighs each T cell by its posterior of being negative. Where the posterior
    depends only on "no CD7 RNA", which ZERO_NEGATIVE of negative and ZERO_POSITIVE of positive T
    cells show, negative and positive cells get these mean weights at CD7-negative `share` (...,).
    """
    positive, negative = t_kinds(genome)
    genes = [MOVING_GENES.index(gene) for gene in SCORED]
    without_rna = _posterior(share, ZERO_NEGATIVE, ZERO_POSITIVE)
    with_rna = _posterior(share, 1 - ZERO_NEGATIVE, 1 - ZERO_POSITIVE)
    weight = np.zeros_like(number)
    for cells, zero in ((negative, ZERO_NEGATIVE), (positive, ZERO_POSITIVE)):
        weight[..., cells] = (zero * without_rna + (1 - zero) * with_rna)[..., None]
    total = np.einsum("...k,...kg->...g", weight * depth, rate[..., genes])
    safe = np.maximum((weight * depth).sum(axis=-1, keepdims=True), 1e-9)
    return _ScoredCells(total / safe, _effective(weight, number), _effective(weight, depth))


def _effective(weight: Floats, amount: Floats) -> Floats:
    """Unweighted amount that is as informative: (sum w a)^2 / sum w^2 a."""
    square: Floats = (weight**2 * amount).sum(axis=-1)
    effective: Floats = (weight * amount).sum(axis=-1) ** 2 / np.maximum(square, 1e-9)
    return effective


def _posterior(share: Floats, if_negative: float, if_positive: float) -> Floats:
    return share * if_negative / (share * if_negative + (1 - share) * if_positive)


def _by_gene(cells: Floats, genes: Floats) -> Floats:
    return np.broadcast_to(cells[..., None], genes.shape)


def _gamma_poisson(rng: np.random.Generator, mean: Floats, cells: Floats) -> Floats:
    """Pooled count of `cells` cells, each gamma-Poisson with shape SIZE; 0 without cells."""
    shape = np.maximum(SIZE * cells, 1e-3)
    return rng.poisson(mean * rng.standard_gamma(shape) / shape).astype(np.float64)
