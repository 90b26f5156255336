"""The oracle's measurements against the features themselves."""

from pathlib import Path

import numpy as np
import pytest

from features.pipeline.sample import summarise
from features.table.sample_sheet import sheet_row
from training.simulation.blood.latent_state import FLUCTUATION, LANDMARK, draw_state
from training.simulation.cells.cell_counts import draw_sample
from training.simulation.cells.reference_genes import GENOME, simulated_genome
from training.simulation.cells.write_tenx import GeneList, write_tenx
from training.simulation.courses.oracle import PLANTED_NAMES
from training.simulation.measurement.planted_features import learn_readouts, measured_in_cells
from training.simulation.random_streams import CELLS, stream


def test_true_types_and_called_types_measure_alike(tmp_path: Path) -> None:
    """On six samples the feature path differs from true types by less than 0.15 (log scale)."""
    genome = simulated_genome()
    state = draw_state(9, 30, genome.types, np.ones(30, bool))
    usable = np.flatnonzero(state.poor[:, LANDMARK] == 0)[:6]
    for patient in usable:
        rng = stream(9, int(patient), CELLS)
        sample = draw_sample(state, int(patient), LANDMARK, cells=500, genome=genome, rng=rng)
        genes = GeneList(genome.ids, genome.names, GENOME)
        write_tenx(tmp_path / "a.h5", sample.matrix, genes, "synthetic")
        row = summarise(
            sheet_row(tmp_path / "a.h5", enrichment="none", car_cd7_strategy="knockout")
        )
        with_types = measured_in_cells(sample, "knockout", genome, before_infusion=False)
        assert row["provenance"] == "synthetic"
        for name in PLANTED_NAMES:
            value = row[name]
            assert isinstance(value, float)
            if not np.isnan(value) and not np.isnan(with_types[name]):
                assert value == pytest.approx(with_types[name], abs=0.15), name


def test_blocked_cd7_leaves_its_scores_missing() -> None:
    """A blocked product keeps CD7 mRNA: activation and exhaustion are missing, the rest is not."""
    genome = simulated_genome()
    state = draw_state(9, 2, genome.types, np.ones(2, bool))
    rng = stream(9, 0, CELLS)
    sample = draw_sample(state, 0, LANDMARK, cells=500, genome=genome, rng=rng)
    features = measured_in_cells(sample, "blocked", genome, before_infusion=False)
    assert np.isnan([features["cd7neg_t_activation"], features["cd7neg_t_exhaustion"]]).all()
    assert not np.isnan(features["log_monocyte_lymphocyte_ratio"])


def test_more_cells_are_more_precise_but_never_show_the_state_itself() -> None:
    """A readout's SD falls with the number of cells and stays above the draw's fluctuation."""
    few, many = (learn_readouts(cells, simulated_genome()) for cells in (200, 2000))
    floor = FLUCTUATION / (1 + FLUCTUATION**2) ** 0.5
    for name in ("log_monocyte_lymphocyte_ratio", "cd7neg_t_exhaustion"):
        assert 0.9 * floor < many[name].sd < few[name].sd < 1
