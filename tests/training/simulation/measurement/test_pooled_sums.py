"""Pooled sums against sums over cells drawn one by one."""

import numpy as np
import pytest

from features.genes.panels import S100
from training.simulation.blood.latent_state import LANDMARK, draw_state
from training.simulation.cells.cell_counts import draw_sample
from training.simulation.cells.expression_profiles import kinds
from training.simulation.cells.reference_genes import T_TYPES, simulated_genome
from training.simulation.measurement.pooled_sums import SCORED, draw_sums, t_kinds
from training.simulation.random_streams import CELLS, stream

GENOME = simulated_genome()
N = 40


def test_sums_agree_with_cells_on_average() -> None:
    """Over 40 patients, S100 and UMIs of CD14 monocytes are those of drawn cells within 10 %."""
    state = draw_state(6, N, GENOME.types, np.ones(N, bool))
    sums = draw_sums(6, state, 400, GENOME)
    monocyte = GENOME.types.index("cd14_monocyte")
    genes = GENOME.expressed[GENOME.columns(S100)]
    from_cells = np.zeros(2)
    usable = np.flatnonzero(state.poor[:, LANDMARK] == 0)
    for patient in usable:
        sample = draw_sample(
            state,
            int(patient),
            LANDMARK,
            cells=400,
            genome=GENOME,
            rng=stream(7, int(patient), CELLS),
        )
        matrix = sample.matrix
        cell = np.repeat(np.arange(len(matrix.barcodes)), np.diff(matrix.indptr))
        monocyte_entries = ((sample.kind == monocyte) & ~sample.doublet)[cell]
        from_cells += (
            matrix.counts[monocyte_entries & np.isin(matrix.genes, genes)].sum(),
            matrix.counts[monocyte_entries].sum(),
        )
    at = usable, LANDMARK, monocyte
    from_sums = np.array([sums.s100[at].sum(), sums.umis[at].sum()])
    rates = from_cells[0] / from_cells[1], from_sums[0] / from_sums[1]
    assert rates[1] == pytest.approx(rates[0], rel=0.10)
    assert from_sums[1] == pytest.approx(from_cells[1] / 0.96, rel=0.10)  # 4 % are doublets


def test_a_patients_sums_do_not_depend_on_the_cohort() -> None:
    """The first patients of a larger cohort have the same sums."""
    large = draw_state(1, 7, GENOME.types, np.ones(7, bool))
    small = draw_state(1, 3, GENOME.types, np.ones(3, bool))
    of_large, of_small = (draw_sums(1, s, 200, GENOME) for s in (large, small))
    for name in ("cells", "s100", "scored", "stress", "noise"):
        np.testing.assert_array_equal(getattr(of_large, name)[:3], getattr(of_small, name))


def test_shapes_and_kinds() -> None:
    """Cells add up to the number requested; T kinds are the three types with and without CD7."""
    state = draw_state(1, 3, GENOME.types, np.ones(3, bool))
    sums = draw_sums(1, state, 200, GENOME)
    assert (sums.cells.sum(axis=-1) == 200).all()
    assert sums.scored.shape == (3, 2, len(SCORED))
    positive, negative = t_kinds(GENOME)
    names = kinds(GENOME)
    assert {names[i][0] for i in positive} == {names[i][0] for i in negative} == set(T_TYPES)
