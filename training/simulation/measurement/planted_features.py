"""The four planted features as measured, for the oracle: from cells or from pooled sums."""

import functools

import numpy as np
from scipy.sparse import csr_matrix  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.arrays import Floats
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing, typing_from_labels
from features.celltypes.type_profiles import DOUBLET
from features.genes.panels import CD7, S100, SCORE_PANELS
from features.measures.cd7.rna_share import cd7_features, sample_standard
from features.measures.composition import MONOCYTES
from features.measures.pooled_expression import mean_log_expression
from features.measures.t_cell_scores import panel_score
from training.simulation.blood.blood_counts import strategies
from training.simulation.blood.latent_state import draw_state
from training.simulation.cells.cell_counts import SimulatedSample
from training.simulation.cells.expression_profiles import kinds
from training.simulation.cells.reference_genes import SimulatedGenome
from training.simulation.courses.oracle import PLANTED_NAMES, Readout, learn_readout
from training.simulation.measurement.measured_features import LYMPHOCYTES, feature_columns
from training.simulation.measurement.pooled_sums import draw_sums

SCORES = ("cd7neg_t_activation", "cd7neg_t_exhaustion")
PANEL_GENES = (CD7, *S100, *(gene for name in SCORES for gene in SCORE_PANELS[name]))
REFERENCE_PATIENTS = 4000
REFERENCE_SEED = 2_058_969  # patients of the readout's cohort; never those of a simulated one


def measured_in_cells(
    sample: SimulatedSample, strategy: str, genome: SimulatedGenome, *, before_infusion: bool
) -> dict[str, float]:
    """The planted features of one sample by the cell path's formulas, but with true types.

    NK cells are the standard of CD7 as in the cell path, but nothing is withheld for blasts. NaN
    under 50 cells, or where CD7 is unresolved. The cell path types cells by their counts, so its
    measurements are a little less precise.
    """
    counts, typing = _cells(sample, genome)
    monocytes = typing.type_mask(*MONOCYTES)
    standard = sample_standard(counts, typing, before_infusion=before_infusion)
    _, negative = cd7_features(counts, typing, strategy, standard=standard)
    ratio = np.log((monocytes.sum() + 0.5) / (typing.type_mask(*LYMPHOCYTES).sum() + 0.5))
    s100 = counts.summed_umis(S100)[monocytes, None]
    return {
        "log_monocyte_lymphocyte_ratio": float(ratio),
        "s100a8a9_monocyte": mean_log_expression(s100, counts.depth[monocytes]).value,
        **_scores(counts, negative),
    }


def _scores(counts: CellCounts, negative: Floats) -> dict[str, float]:
    """Scores by each cell's posterior of being CD7-negative; NaN where it is unresolved."""
    if np.isnan(negative).any():
        return dict.fromkeys(SCORES, float("nan"))
    return {name: panel_score(counts, SCORE_PANELS[name], negative).value for name in SCORES}


def _cells(sample: SimulatedSample, genome: SimulatedGenome) -> tuple[CellCounts, Typing]:
    """These cells' counts as the features read them, and their true types."""
    matrix = sample.matrix
    shape = (len(matrix.barcodes), len(genome.names))
    counts = csr_matrix((matrix.counts, matrix.genes, matrix.indptr), shape)
    total = np.add.reduceat(matrix.counts, matrix.indptr[:-1]).astype(np.int64)
    panel = counts[:, genome.expressed[genome.columns(PANEL_GENES)]].toarray()
    types = np.array([t for t, _ in kinds(genome)])[sample.kind]
    labels = np.where(sample.doublet, DOUBLET, types).tolist()
    n_genes, mito = np.diff(matrix.indptr), np.zeros(len(total), np.int64)
    in_depth = np.zeros(len(genome.names), bool)
    in_depth[genome.expressed[genome.in_depth]] = True
    depth = np.asarray(counts[:, in_depth].sum(axis=1)).ravel().astype(np.int64)
    cells = CellCounts(total, n_genes, mito, panel.astype(np.int32), PANEL_GENES, depth=depth)
    return cells, typing_from_labels(labels)


@functools.lru_cache(maxsize=4)
def learn_readouts(cells: int, genome: SimulatedGenome) -> dict[str, Readout]:
    """Readout of each planted latent value from its feature, learnt on a cohort of its own seed."""
    responders = np.ones(REFERENCE_PATIENTS, dtype=bool)
    state = draw_state(REFERENCE_SEED, REFERENCE_PATIENTS, genome.types, responders)
    sums = draw_sums(REFERENCE_SEED, state, cells, genome)
    columns = feature_columns(sums, state, strategies(state) == "blocked", genome)
    measurements = {
        name: np.where(state.poor == 0, columns[name], np.nan) for name in PLANTED_NAMES
    }
    return {name: learn_readout(state.latent[name], measurements[name]) for name in PLANTED_NAMES}
