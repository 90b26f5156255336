"""Leukaemic cells for `benchmarks.blasts`: real blasts of two CARPALL samples, five summed to one.

CAR-T10484034 and CAR-T10484036 are blood of two children in relapse of B-ALL, sequenced to 290
genes a cell. Five of their blasts added up have the depth of a usual cell. A blast is a cell that
shows at least one of `CHOICE_GENES`, which no row of the rate table uses.
"""

import numpy as np

from benchmarks.cells import are_good, carpall_matrix, from_matrix
from features.arrays import Ints
from features.cells.cell_counts import CellCounts

CHOSEN_ON, REPORTED_ON = "CAR-T10484034", "CAR-T10484036"
LEUKAEMIC = (CHOSEN_ON, REPORTED_ON)
# B-lineage genes outside the rate table (Bastian et al. 2019; CD9 and CD24: flow cytometry of
# B-ALL, EuroFlow, Leukemia 2012, 26:1908).
CHOICE_GENES = ("CD9", "CD24", "AKAP12", "SOCS2", "LCN6")
LEAST_GENES = {CHOSEN_ON: 1, REPORTED_ON: 2}
# CAR-T10484034 is mostly ambient RNA of T cells, NK cells and blasts (its cells differ little more
# than chance): there a blast shows none of these either. They are no part of the report.
T_NK_GENES = ("CD3D", "CD3E", "CD3G", "TRAC", "IL32", "CD2", "NKG7", "GNLY", "CCL5", "CST7", "GZMA")
CELLS_A_SUM = 5


def shallow_blasts(sample: str) -> CellCounts:
    """Good cells of a leukaemic sample that show enough of the choice genes."""
    matrix, ids, names, _ = carpall_matrix(sample)
    counts = from_matrix(matrix, ids, names)
    detected = sum(
        (matrix[:, [names.index(gene)]].toarray().ravel() > 0).astype(np.int64)
        for gene in CHOICE_GENES
    )
    chosen = are_good(counts) & (detected >= LEAST_GENES[sample])
    if sample == CHOSEN_ON:
        chosen &= counts.summed_umis(T_NK_GENES) == 0
    return counts.select(chosen)


def summed(counts: CellCounts, groups: Ints) -> CellCounts:
    """One cell for each row of `groups` (n, k), the sum of the k cells that it names.

    Genes detected are those of the deepest member times the square root of k: no limit reads them.
    """
    return CellCounts(
        counts.total[groups].sum(axis=1),
        counts.n_genes[groups].max(axis=1) * 2,
        counts.mito[groups].sum(axis=1),
        counts.panel[groups].sum(axis=1).astype(np.int32),
        counts.genes,
        counts.missing_genes,
        depth=counts.depth[groups].sum(axis=1),
    )


def real_blasts(sample: str, n: int, rng: np.random.Generator) -> CellCounts:
    """n blasts of a leukaemic sample, each the sum of five different cells."""
    cells = shallow_blasts(sample)
    groups = np.stack([rng.choice(cells.n_cells, CELLS_A_SUM, replace=False) for _ in range(n)])
    return summed(cells, groups)
