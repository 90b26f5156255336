"""Cells of one simulated sample: types, doublets, soup and gamma-Poisson counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.arrays import Bools, Floats, Ints
from training.simulation.expression_profiles import (
    kind_shares,
    profiles,
    relative_depth,
    soup_profile,
)
from training.simulation.latent_state import POOR_KINDS, State
from training.simulation.negative_binomial import draw_counts
from training.simulation.reference_genes import Reference
from training.simulation.write_tenx import CountMatrix

DOUBLET_SHARE = 0.04
DEPTH_LOG_SD = 0.40  # spread of ln(UMIs) between cells of a type
FEW_CELLS = 0.2  # share of the cells left in a sample spoilt by too few


@dataclass(frozen=True)
class Drawn:
    """A sample's counts and what each barcode truly is.

    `kind` (n,) indexes `simulate_profiles.kinds`: a cell type, or a T type without CD7; `doublet`
    (n,) marks barcodes that hold a second cell.
    """

    matrix: CountMatrix
    kind: Ints
    doublet: Bools


def draw_sample(
    state: State, patient: int, occasion: int, cells: int, reference: Reference,
    rng: np.random.Generator,
) -> Drawn:  # fmt: skip
    """Counts of one sample of `cells` barcodes, of which DOUBLET_SHARE hold two cells."""
    at = patient, occasion
    n = round(cells * FEW_CELLS) if POOR_KINDS[state.poor[at]] == "few_cells" else cells
    profile = profiles(reference, {name: m[at] for name, m in state.multiplier.items()})
    shares = kind_shares(reference, state.composition[at], state.cd7_negative[at])
    depths = relative_depth(reference)
    soup = soup_profile(profile, shares, depths)
    kind = rng.choice(len(shares), size=n, p=shares / shares.sum())
    doublet = rng.random(n) < DOUBLET_SHARE
    partner = np.where(doublet, rng.choice(len(shares), size=n, p=shares / shares.sum()), -1)
    depth = state.depth[at] * depths[kind] * np.exp(DEPTH_LOG_SD * rng.standard_normal(n))
    second = np.where(doublet, state.depth[at] * depths[partner], 0.0)
    mito = np.clip(state.mito[at] * np.exp(0.3 * rng.standard_normal(n)), 0.0, 0.9)
    matrix = _counts(
        profile, kind, partner, depth, second, mito, soup, float(state.ambient[at]), reference, rng
    )
    return Drawn(matrix, kind, doublet)


def _counts(
    profile: Floats, kind: Ints, partner: Ints, depth: Floats, second: Floats, mito: Floats,
    soup: Floats, ambient: float, reference: Reference, rng: np.random.Generator,
) -> CountMatrix:  # fmt: skip
    n, n_genes = len(kind), profile.shape[1]
    genes, counts = np.empty(n * n_genes, np.int32), np.empty(n * n_genes, np.int32)
    indptr = np.zeros(n + 1, np.int64)
    filled = draw_counts(
        profile.astype(np.float32), kind.astype(np.int64), partner.astype(np.int64),
        depth.astype(np.float32), second.astype(np.float32),
        rng.random((n, n_genes), dtype=np.float32), reference.mitochondrial.astype(np.float32),
        soup.astype(np.float32), np.float32(ambient), mito.astype(np.float32)[:, None],
        genes, counts, indptr,
    )  # fmt: skip
    rows = reference.expressed[genes[:filled]].astype(np.int32)
    return CountMatrix(indptr, rows, counts[:filled].copy(), _barcodes(n, rng))


def _barcodes(n: int, rng: np.random.Generator) -> NDArray[np.bytes_]:
    """Distinct random 16-letter barcodes with Cell Ranger's suffix."""
    codes = rng.choice(4**10, size=n, replace=False)[:, None] // 4 ** np.arange(10) % 4
    tail = rng.integers(0, 4, size=(n, 6))
    letters = np.frombuffer(b"ACGT", dtype="S1")[np.concatenate([codes, tail], axis=1)]
    return np.array([b"".join(row) + b"-1" for row in letters], dtype="S18")
