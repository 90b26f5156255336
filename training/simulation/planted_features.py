"""The four planted features as they were measured, for the oracle: from cells or from sums."""

import functools

import numpy as np
from scipy.sparse import csr_matrix  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing, typing_from_labels
from features.celltypes.type_profiles import DOUBLET
from features.genes.panels import CD7, S100, SCORE_PANELS
from features.measures.cd7 import cd7_features
from features.measures.composition import MONOCYTES
from features.measures.pooled_expression import mean_log_expression
from features.measures.t_cell_scores import panel_score
from training.simulation.blood_counts import strategies
from training.simulation.cell_counts import Drawn
from training.simulation.expression_profiles import kinds
from training.simulation.latent_state import draw_state
from training.simulation.measured_features import LYMPHOCYTES, feature_columns
from training.simulation.oracle import PLANTED_NAMES, Readout, learn_readout
from training.simulation.pooled_sums import draw_sums
from training.simulation.reference_genes import Reference

SCORES = ("cd7neg_t_activation", "cd7neg_t_exhaustion")
NEEDED = (CD7, *S100, *(gene for name in SCORES for gene in SCORE_PANELS[name]))
REFERENCE_PATIENTS = 4000
REFERENCE_SEED = 2_058_969  # patients of the readout's cohort; never those of a simulated one


def measured_in_cells(drawn: Drawn, strategy: str, reference: Reference) -> dict[str, float]:
    """The planted features of one sample by the cell path's formulas, but with true types.

    NaN under 50 cells, or where CD7 is unresolved. The cell path types cells by their counts, so
    it knows a little less than this.
    """
    counts, typing = _cells(drawn, reference)
    monocytes = typing.type_mask(*MONOCYTES)
    _, negative = cd7_features(counts, typing, strategy)
    resolved = not np.isnan(negative).any()
    ratio = np.log((monocytes.sum() + 0.5) / (typing.type_mask(*LYMPHOCYTES).sum() + 0.5))
    s100 = counts.summed_umis(S100)[monocytes, None]
    return {
        "log_monocyte_lymphocyte_ratio": float(ratio),
        "s100a8a9_monocyte": mean_log_expression(s100, counts.total[monocytes]).value,
        **{
            name: panel_score(counts, SCORE_PANELS[name], negative).value
            if resolved
            else float("nan")
            for name in SCORES
        },
    }


def _cells(drawn: Drawn, reference: Reference) -> tuple[CellCounts, Typing]:
    """What features keep of these cells, and their true types."""
    matrix = drawn.matrix
    shape = (len(matrix.barcodes), len(reference.names))
    counts = csr_matrix((matrix.counts, matrix.genes, matrix.indptr), shape)
    total = np.add.reduceat(matrix.counts, matrix.indptr[:-1]).astype(np.int64)
    panel = counts[:, reference.expressed[reference.columns(NEEDED)]].toarray()
    named = np.array([t for t, _ in kinds(reference)])[drawn.kind]
    labels = np.where(drawn.doublet, DOUBLET, named).tolist()
    n_genes, mito = np.diff(matrix.indptr), np.zeros(len(total), np.int64)
    cells = CellCounts(total, n_genes, mito, panel.astype(np.int32), NEEDED)
    return cells, typing_from_labels(labels)


@functools.lru_cache(maxsize=4)
def learn_readouts(cells: int, reference: Reference) -> dict[str, Readout]:
    """How each planted latent value reads from its feature, learnt on patients of its own seed."""
    everyone = np.ones(REFERENCE_PATIENTS, dtype=bool)
    state = draw_state(REFERENCE_SEED, REFERENCE_PATIENTS, reference.types, everyone)
    sums = draw_sums(REFERENCE_SEED, state, cells, reference)
    columns = feature_columns(sums, state, strategies(state) == "blocked", reference)
    measured = {name: np.where(state.poor == 0, columns[name], np.nan) for name in PLANTED_NAMES}
    return {name: learn_readout(state.latent[name], measured[name]) for name in PLANTED_NAMES}
