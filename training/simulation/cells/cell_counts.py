"""Cells of one simulated sample: types, doublets, ambient RNA and gamma-Poisson counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.arrays import Bools, Floats, Ints
from training.simulation.blood.latent_state import POOR_KINDS, BloodState
from training.simulation.cells.expression_profiles import (
    ambient_profile,
    kind_shares,
    of_sex,
    profiles,
    relative_depth,
)
from training.simulation.cells.negative_binomial import draw_counts
from training.simulation.cells.reference_genes import SimulatedGenome
from training.simulation.cells.write_tenx import CountMatrix

DOUBLET_SHARE = 0.04
DEPTH_LOG_SD = 0.40  # spread of ln(UMIs) between cells of a type
FEW_CELLS = 0.2  # share of the cells left in a poor sample of few cells


@dataclass(frozen=True)
class SimulatedSample:
    """A sample's counts and the true identity of each barcode.

    `kind` (n,) indexes `expression_profiles.kinds`: a cell type, or a T type without CD7;
    `doublet` (n,) marks barcodes that hold a second cell.
    """

    matrix: CountMatrix
    kind: Ints
    doublet: Bools


@dataclass(frozen=True)
class _AmbientRna:
    """Ambient RNA of a sample: shares of genes (g,), and its share of a barcode's UMIs."""

    profile: Floats
    fraction: float


@dataclass(frozen=True)
class _Barcodes:
    """Barcodes of a sample, (n,): kinds of cell and expected UMIs of the cell and its partner.

    `partner` is -1 and `partner_depth` 0 for single cells; `mito` is the mitochondrial share.
    """

    kind: Ints
    partner: Ints
    depth: Floats
    partner_depth: Floats
    mito: Floats


def draw_sample(
    state: BloodState, patient: int, occasion: int,
    *, cells: int, genome: SimulatedGenome, rng: np.random.Generator, female: bool = False,
) -> SimulatedSample:  # fmt: skip
    """Counts of one sample of `cells` barcodes, of which DOUBLET_SHARE hold two cells.

    A `female` patient's cells show XIST, a male one's the genes of Y.
    """
    at = patient, occasion
    n = round(cells * FEW_CELLS) if POOR_KINDS[state.poor[at]] == "few_cells" else cells
    rates = profiles(genome, {name: m[at] for name, m in state.multiplier.items()})
    profile = of_sex(rates, genome, female=female)
    shares = kind_shares(genome, state.composition[at], state.cd7_negative[at])
    depths = relative_depth(genome)
    barcodes = _draw_barcodes(n, shares, state.depth[at] * depths, float(state.mito[at]), rng)
    ambient = _AmbientRna(ambient_profile(profile, shares, depths), float(state.ambient[at]))
    matrix = _counts(profile, barcodes, ambient, genome, rng)
    return SimulatedSample(matrix, barcodes.kind, barcodes.partner >= 0)


def _draw_barcodes(
    n: int, shares: Floats, depths: Floats, mito: float, rng: np.random.Generator
) -> _Barcodes:
    """Barcodes with kinds by `shares`, UMIs around `depths` (kinds,), mitochondrial share."""
    probability = shares / shares.sum()
    kind = rng.choice(len(shares), size=n, p=probability)
    doublet = rng.random(n) < DOUBLET_SHARE
    partner = np.where(doublet, rng.choice(len(shares), size=n, p=probability), -1)
    depth = depths[kind] * np.exp(DEPTH_LOG_SD * rng.standard_normal(n))
    partner_depth = np.where(doublet, depths[partner], 0.0)
    shares_of_mito = np.clip(mito * np.exp(0.3 * rng.standard_normal(n)), 0.0, 0.9)
    return _Barcodes(kind, partner, depth, partner_depth, shares_of_mito)


def _counts(
    profile: Floats, barcodes: _Barcodes, ambient: _AmbientRna,
    genome: SimulatedGenome, rng: np.random.Generator,
) -> CountMatrix:  # fmt: skip
    n, n_genes = len(barcodes.kind), profile.shape[1]
    genes, counts = np.empty(n * n_genes, np.int32), np.empty(n * n_genes, np.int32)
    indptr = np.zeros(n + 1, np.int64)
    n_entries = draw_counts(
        profile.astype(np.float32), barcodes.kind.astype(np.int64),
        barcodes.partner.astype(np.int64), barcodes.depth.astype(np.float32),
        barcodes.partner_depth.astype(np.float32),
        rng.random((n, n_genes), dtype=np.float32), genome.mitochondrial.astype(np.float32),
        ambient.profile.astype(np.float32), np.float32(ambient.fraction),
        barcodes.mito.astype(np.float32)[:, None], genes, counts, indptr,
    )  # fmt: skip
    rows = genome.expressed[genes[:n_entries]].astype(np.int32)
    return CountMatrix(indptr, rows, counts[:n_entries].copy(), _barcode_names(n, rng))


def _barcode_names(n: int, rng: np.random.Generator) -> NDArray[np.bytes_]:
    """Distinct random 16-letter barcodes with Cell Ranger's suffix."""
    codes = rng.choice(4**10, size=n, replace=False)[:, None] // 4 ** np.arange(10) % 4
    tail = rng.integers(0, 4, size=(n, 6))
    letters = np.frombuffer(b"ACGT", dtype="S1")[np.concatenate([codes, tail], axis=1)]
    return np.array([b"".join(row) + b"-1" for row in letters], dtype="S18")
