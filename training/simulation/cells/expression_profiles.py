"""Expected expression of each kind of cell of one sample, and of its ambient RNA.

Shared by the two ways to simulate: cell by cell into count files, and pooled sums into a table.
"""

from collections.abc import Mapping

import numpy as np

from features.arrays import Bools, Floats
from features.genes import panels
from features.sheet_measures.chimerism import XIST, Y_GENES
from training.simulation.blood.latent_state import PANELS
from training.simulation.cells.reference_genes import CD7_NEGATIVE_RATE, T_TYPES, SimulatedGenome

# Median UMIs of a type's cells relative to a T cell's.
RELATIVE_DEPTH = {
    "cd14_monocyte": 1.3, "cd16_monocyte": 1.3, "neutrophil_like": 0.6, "cdc": 1.6, "pdc": 1.4,
    "plasma": 2.0, "platelet": 0.5, "erythroid": 1.2, "hspc": 2.0, "blast_like_t": 1.6,
    "early_t_precursor": 1.6, "precursor_b": 1.6, "myeloid_blast": 1.8,
}  # fmt: skip
# S100A8/A9, interferon and handling stress act on all cells, the other panels on CD7-negative T.
EVERYWHERE = ("s100a8a9_monocyte", "cd7neg_t_interferon", "handling_stress")
MOVING_GENES: tuple[str, ...] = tuple(
    dict.fromkeys([panels.CD7, *(gene for panel in PANELS.values() for gene in panel)])
)


def kinds(genome: SimulatedGenome) -> tuple[tuple[str, bool], ...]:
    """Kinds of cell: every type as it is, then the T types without CD7 (flag true)."""
    return (*((t, False) for t in genome.types), *((t, True) for t in T_TYPES))


def _base_rates(genome: SimulatedGenome) -> tuple[Floats, Bools]:
    """UMIs per 10,000 of each kind (kinds, genes) before a patient's state; which lack CD7."""
    rows = [genome.types.index(t) for t, _ in kinds(genome)]
    negative = np.array([without for _, without in kinds(genome)])
    rates = genome.rates[rows]
    rates[negative, genome.columns((panels.CD7,))[0]] = (
        CD7_NEGATIVE_RATE * genome.depth_shares[rows][negative]
    )
    return rates, negative


def moving_rates(
    genome: SimulatedGenome, multiplier: Mapping[str, Floats]
) -> tuple[Floats, Floats]:
    """Rates of the genes that depend on a patient's state, and the sum of UMIs of each profile.

    `multiplier` maps a panel to the factor on its genes, all of one shape (...). Returns
    (..., kinds, MOVING_GENES) UMIs per 10,000 before rescaling, and the sums (..., kinds).
    """
    base, negative = _base_rates(genome)
    base_moving = base[:, genome.columns(MOVING_GENES)]
    shape = np.broadcast_shapes(*(np.shape(factor) for factor in multiplier.values()))
    rates = np.broadcast_to(base_moving, (*shape, *base_moving.shape)).copy()
    for panel, factor in multiplier.items():
        cells = np.flatnonzero(np.ones_like(negative) if panel in EVERYWHERE else negative)
        genes = np.flatnonzero(np.isin(MOVING_GENES, PANELS[panel]))
        rates[..., cells[:, None], genes] *= np.asarray(factor)[..., None, None]
    return rates, base.sum(axis=1) + (rates - base_moving).sum(axis=-1)


def depth_shares(genome: SimulatedGenome, total: Floats) -> Floats:
    """Share of each kind's UMIs from depth genes, given their sum by `moving_rates`, (..., kinds).

    All MOVING_GENES are depth genes, so what lies outside does not move.
    """
    base, _ = _base_rates(genome)
    return np.asarray(1 - base[:, ~genome.in_depth].sum(axis=1) / total)


def profiles(genome: SimulatedGenome, multiplier: Mapping[str, Floats]) -> Floats:
    """Expected shares of the expressed genes in each kind of cell, (kinds, genes), rows adding
    up to 1; mitochondrial genes are left out.
    """
    rates, _ = _base_rates(genome)
    moving, total = moving_rates(genome, multiplier)
    rates[:, genome.columns(MOVING_GENES)] = moving
    return rates / total[:, None]


def of_sex(profile: Floats, genome: SimulatedGenome, *, female: bool) -> Floats:
    """Profiles (..., genes) without the genes of the other sex, rows adding up to 1 again."""
    silent = genome.columns(Y_GENES if female else (XIST,))
    of_one = profile.copy()
    of_one[..., silent] = 0.0
    return np.asarray(of_one / of_one.sum(axis=-1, keepdims=True))


def kind_shares(genome: SimulatedGenome, composition: Floats, cd7_negative: Floats) -> Floats:
    """Shares of each kind among cells, (..., kinds), from type shares and CD7-negative shares."""
    at = [genome.types.index(t) for t in T_TYPES]
    negative = composition[..., at] * cd7_negative[..., None]
    shares = np.concatenate([composition, negative], axis=-1)
    shares[..., at] -= negative
    return shares


def relative_depth(genome: SimulatedGenome) -> Floats:
    """Median UMIs of each kind relative to a T cell's, shape (kinds,)."""
    return np.array([RELATIVE_DEPTH.get(t, 1.0) for t, _ in kinds(genome)])


def ambient_profile(profile: Floats, shares: Floats, depth: Floats) -> Floats:
    """Expected shares of genes in the ambient RNA: the UMIs of all cells together, (..., genes).

    `profile` (..., kinds, genes), `shares` (..., kinds) of cells, `depth` (kinds,) per cell.
    """
    weight = shares * depth
    total: Floats = np.einsum("...k,...kg->...g", weight, profile)
    mean: Floats = total / weight.sum(axis=-1, keepdims=True)
    return mean
