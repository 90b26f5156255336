"""Marker-negative profiles: a common type's expression rates without its own markers.

A cell of a type that has no row (a basophil, a mast cell, a fibroblast, a tumour cell) shares
housekeeping and stress genes with T cells, and the row `unknown`, which has every gene at its
background, fits it worse than theirs. Each common type therefore has a second row: its profile with
its markers at background. Such a cell is called unknown where its depth makes a marker due: the two
rows differ by the markers' likelihood alone, so a shallow cell without markers keeps its type.

Three observations support the rule: the cells that it sets aside in real samples lack what their
type shows and typing does not use (S100A8/A9 in former monocytes 9-12 per 10,000, in the others
126-189; CD7 in former T and NK cells); cells drawn from profiles of other types by the Human
Protein Atlas are called T half as often; no CAR-T cell and no labelled cell of pbmc3k changes its
call (`benchmarks.other_cells`).
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from features.arrays import Floats
from features.genes.expression_rates import RateTable

# Genes that only T cells make, without the receptor's constant chains: precursor B cells transcribe
# TRAC and TRBC2, and libraries of some chemistries hardly hold them.
T_GENES = ("CD3D", "CD3E", "CD3G", "CD5", "CD6", "CD28", "TRAT1", "BCL11B", "CD8B", "CD40LG")
# With those that NK cells make too, but not IL7R and IL32, which fibroblasts, endothelium and
# epithelium make.
T_MARKERS = (*T_GENES, "CD8A", "CD2", "LCK")
NK_MARKERS = ("KLRF1", "KLRD1", "NKG7", "GNLY", "PRF1", "GZMB", "FGFBP2", "SPON2", "XCL2", "CTSW",
              "CST7")  # fmt: skip
B_MARKERS = ("CD79A", "CD79B", "MS4A1", "CD19", "BANK1", "TCL1A", "VPREB3", "FCER2", "LINC00926")
MONOCYTE_MARKERS = ("LYZ", "FCN1", "MNDA", "VCAN", "CD14", "CSTA", "SERPINA1", "CST3", "LST1",
                    "AIF1")  # fmt: skip
MARKERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cd4_t": T_MARKERS,
        "cd8_t": T_MARKERS,
        "other_t": T_MARKERS,
        "nk": NK_MARKERS,
        "b": B_MARKERS,
        "cd14_monocyte": MONOCYTE_MARKERS,
    }
)
# Each row has the prior of `unknown`. At 0.01 it took T cells with CD7 from shallow samples.


def marker_negative_rates(table: RateTable) -> Floats:
    """Rates of the marker-negative profiles, (n_genes, len(MARKERS)), in the order of `MARKERS`.

    Background is a gene's lowest rate in any type, which includes the sample's ambient RNA where
    that was added to the table.

    >>> from features.genes.expression_rates import load_rates
    >>> table = load_rates()
    >>> cd3d, ltb = (table.genes.index(gene) for gene in ("CD3D", "LTB"))
    >>> rates = marker_negative_rates(table)[:, 0]
    >>> rates[cd3d] == table.rates[cd3d].min(), rates[ltb] == table.type_rates("cd4_t")[ltb]
    (np.True_, np.True_)
    """
    background = table.rates.min(axis=1)
    profiles = [
        np.where(np.isin(table.genes, markers), background, table.type_rates(name))
        for name, markers in MARKERS.items()
    ]
    return np.column_stack(profiles)
