"""Cells of one simulated sample against their expectation."""

import functools

import numpy as np
import pytest

from training.simulation.blood.latent_state import LANDMARK, POOR_KINDS, BloodState, draw_state
from training.simulation.cells.cell_counts import DOUBLET_SHARE, SimulatedSample, draw_sample
from training.simulation.cells.expression_profiles import kind_shares, kinds
from training.simulation.cells.reference_genes import T_TYPES, simulated_genome
from training.simulation.random_streams import CELLS, stream

GENOME = simulated_genome()
PATIENTS = 60


@functools.cache
def state() -> BloodState:
    """Blood of 60 responders."""
    return draw_state(4, PATIENTS, GENOME.types, np.ones(PATIENTS, bool))


@functools.cache
def sample(patient: int, cells: int = 1500) -> SimulatedSample:
    """The landmark sample of one patient."""
    return draw_sample(
        state(), patient, LANDMARK, cells=cells, genome=GENOME, rng=stream(4, patient, CELLS)
    )


def dense(simulated: SimulatedSample) -> np.ndarray:
    """Counts as cells x expressed genes."""
    matrix = simulated.matrix
    full = np.zeros((len(matrix.barcodes), len(GENOME.names)), np.int32)
    full[np.repeat(np.arange(len(full)), np.diff(matrix.indptr)), matrix.genes] = matrix.counts
    return full[:, GENOME.expressed]


def good(kind: str = "good") -> int:
    """First patient whose landmark sample is of this quality."""
    return int(np.flatnonzero(state().poor[:, LANDMARK] == POOR_KINDS.index(kind))[0])


def test_cells_pass_quality_and_barcodes_are_distinct() -> None:
    """Nearly all cells have >= 400 UMIs, >= 200 genes, <= 20 % mitochondrial RNA."""
    simulated = sample(good())
    counts = dense(simulated)
    umis, genes = counts.sum(axis=1), (counts > 0).sum(axis=1)
    mito = counts[:, GENOME.mitochondrial > 0].sum(axis=1) / umis
    assert ((umis >= 400) & (genes >= 200) & (mito <= 0.2)).mean() > 0.99
    assert np.median(genes) >= 700
    assert 2000 < np.median(umis) < 5000
    assert len(set(simulated.matrix.barcodes)) == len(umis)


def test_types_doublets_and_ambient_follow_the_state() -> None:
    """Kinds of cell are drawn with the state's shares; 4 % of barcodes hold two cells."""
    patient = good()
    simulated = sample(patient)
    at = patient, LANDMARK
    expected = kind_shares(GENOME, state().composition[at], state().cd7_negative[at])
    shares = np.bincount(simulated.kind, minlength=len(expected)) / len(simulated.kind)
    np.testing.assert_allclose(shares, expected, atol=0.05)
    assert simulated.doublet.mean() == pytest.approx(DOUBLET_SHARE, abs=0.02)


def test_cd7_drops_out_as_on_a_10x_chip() -> None:
    """About a third of CD7-positive T cells show no CD7 RNA, and most of the negative ones."""
    names = kinds(GENOME)
    zero: dict[bool, list[np.ndarray]] = {True: [], False: []}
    for patient in np.flatnonzero(state().poor[:, LANDMARK] == 0)[:6]:
        simulated = sample(int(patient), 600)
        cd7 = dense(simulated)[:, GENOME.columns(("CD7",))[0]]
        for negative in (True, False):
            of_kind = [i for i, (t, n) in enumerate(names) if t in T_TYPES and n == negative]
            zero[negative].append(cd7[np.isin(simulated.kind, of_kind) & ~simulated.doublet] == 0)
    assert 0.2 < np.concatenate(zero[False]).mean() < 0.4
    assert np.concatenate(zero[True]).mean() > 0.7


def test_each_gene_is_expressed_as_its_kind_and_ambient_rna_imply() -> None:
    """Pooled over CD14 monocytes, highly expressed genes are within six standard errors."""
    simulated = sample(good())
    counts = dense(simulated)
    cells = (simulated.kind == GENOME.types.index("cd14_monocyte")) & ~simulated.doublet
    share = counts[cells].sum(axis=0) / counts[cells].sum()
    lyz, cd3d = GENOME.columns(("LYZ", "CD3D"))
    expected = GENOME.rates[GENOME.types.index("cd14_monocyte"), lyz] / 1e4
    assert 0.75 * expected < share[lyz] < 1.1 * expected
    assert share[cd3d] < 1e-4


def test_the_same_stream_gives_the_same_cells() -> None:
    """Drawing again changes nothing; another patient's cells differ."""
    again = draw_sample(
        state(), 3, LANDMARK, cells=80, genome=GENOME, rng=stream(4, 3, CELLS)
    ).matrix
    first = sample(3, 80).matrix
    np.testing.assert_array_equal(first.counts, again.counts)
    np.testing.assert_array_equal(first.barcodes, again.barcodes)
    assert len(sample(5, 80).matrix.counts) != len(first.counts)
