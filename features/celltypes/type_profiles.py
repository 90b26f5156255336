"""Expression profiles and priors of cell types, unknown cells and doublets.

Each profile is a row of the likelihood table. Priors are weights in blood mononuclear cells; a rare
type's prior is small because at equal priors a few stray UMIs made 2-12 % of ordinary CAR-T samples
into blasts.
"""

from collections.abc import Mapping
from itertools import combinations
from types import MappingProxyType

import numpy as np

from features.arrays import Floats
from features.celltypes.marker_negative_profiles import (
    B_MARKERS,
    MARKERS,
    MONOCYTE_MARKERS,
    NK_MARKERS,
    marker_negative_rates,
)
from features.genes.expression_rates import RateTable

UNKNOWN = "unknown"
DOUBLET = "doublet"

# Leukaemic cells, and the normal precursors of thymus and marrow that share their genes. They are
# one lineage: a cell that could be two kinds of blast is one, and is called the likelier kind.
BLASTS = ("blast_like_t", "early_t_precursor", "precursor_b", "myeloid_blast")

# Types that share one parent lineage; a cell is called by lineage, then by type within it.
LINEAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "monocyte": ("cd14_monocyte", "cd16_monocyte"),
        "neutrophil_like": ("neutrophil_like",),
        "cdc": ("cdc",),
        "pdc": ("pdc",),
        "t": ("cd4_t", "cd8_t", "other_t"),
        "nk": ("nk",),
        "b": ("b",),
        "plasma": ("plasma",),
        "platelet": ("platelet",),
        "erythroid": ("erythroid",),
        "hspc": ("hspc",),
        "blast": BLASTS,
        UNKNOWN: (UNKNOWN,),
        DOUBLET: (DOUBLET,),
    }
)

PRIORS: Mapping[str, float] = MappingProxyType(
    {
        "cd14_monocyte": 0.15,
        "cd16_monocyte": 0.03,
        "neutrophil_like": 0.005,
        "cdc": 0.008,
        "pdc": 0.003,
        "cd4_t": 0.25,
        "cd8_t": 0.15,
        "other_t": 0.08,
        "nk": 0.10,
        "b": 0.10,
        "plasma": 0.003,
        "platelet": 0.01,
        "erythroid": 0.005,
        "hspc": 0.001,
        "blast_like_t": 0.0002,
        "early_t_precursor": 0.00005,
        "precursor_b": 0.0001,
        "myeloid_blast": 0.00002,
        UNKNOWN: 0.003,
        DOUBLET: 0.02,
    }
)

# A call of these types needs UMIs of at least two of their markers, whatever the posterior.
RARE_TYPE_MARKERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "blast_like_t": ("CD34", "DNTT", "CD1A", "CD1B", "RAG1", "PTCRA", "ARPP21"),
        "early_t_precursor": ("CD34", "DNTT", "SOX4", "KIT", "CD1B", "RAG1", "ARPP21", "LYL1",
                              "WT1"),
        "precursor_b": ("CD34", "DNTT", "SOX4", "VPREB3", "TCL1A", "VPREB1", "ERG", "RAG1",
                        "ARPP21", "LMO2", "MYB"),
        "myeloid_blast": ("CD34", "KIT", "FLT3", "WT1", "ERG", "FAM30A", "DNTT"),
        "hspc": ("SPINK2", "CRHBP", "PRSS57", "GATA2", "CYTL1", "AVP", "EGFL7", "MPO", "AZU1",
                 "ELANE", "PRTN3", "ERG", "KIT", "MYB", "FAM30A", "SMIM24"),
        "plasma": ("MZB1", "JCHAIN", "DERL3", "TNFRSF17", "SDC1", "XBP1", "IGHG1"),
        "pdc": ("LILRA4", "CLEC4C", "IL3RA", "PLD4", "SERPINF1", "SMPD3", "PTGDS", "TCF4"),
        "neutrophil_like": ("FCGR3B", "CXCR2", "LCN2", "MMP8", "MMP9", "CAMP", "LTF", "CMTM2",
                            "PROK2", "CSF3R"),
    }
)  # fmt: skip

# One profile per lineage for doublets, of lineages common enough to form them. T with NK is left
# out: it cannot be distinguished from cytotoxic T.
DOUBLET_PARTNERS = ("cd14_monocyte", "t", "nk", "b")
NO_DOUBLET = frozenset({("t", "nk")})

# A doublet shows UMIs of at least two of each partner's markers; a cell that does not is one cell
# with ambient RNA. (CARPALL's CAR-T10484040 showed the need: its doublets had 0.63 of a cell's UMIs
# instead of those of two cells; this rule halves their number, and finds as many doublets made of
# two real cells.)
DOUBLET_MARKERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cd14_monocyte": MONOCYTE_MARKERS,
        "t": ("CD3D", "CD3E", "CD3G", "TRAC", "CD5", "CD6", "CD28", "TRAT1", "CD8A", "CD8B", "IL7R",
              "IL32", "CD2"),
        "nk": NK_MARKERS,
        "b": B_MARKERS,
    }
)  # fmt: skip

# A leukocyte with haemoglobin from burst red cells is still that leukocyte: each common type has a
# second row with this share of its UMIs from red cells. (Platelets stuck to leukocytes changed no
# call in nine real samples and have no row.)
CONTAMINANTS: Mapping[str, float] = MappingProxyType({"erythroid": 0.05})
CONTAMINATED_TYPES = ("cd14_monocyte", "cd16_monocyte", "cd4_t", "cd8_t", "other_t", "nk", "b")
CONTAMINANT_PRIOR = 0.02  # relative to the type's prior


def doublet_pairs() -> tuple[tuple[str, str], ...]:
    """Pairs of lineages that have a doublet row.

    >>> len(doublet_pairs())
    5
    """
    return tuple(pair for pair in combinations(DOUBLET_PARTNERS, 2) if pair not in NO_DOUBLET)


def row_names(table: RateTable) -> tuple[str, ...]:
    """The name that each row gives to a cell for which it is the likeliest, in the rows' order."""
    contaminated = CONTAMINATED_TYPES * len(CONTAMINANTS)
    unknown = (UNKNOWN, *(UNKNOWN for _ in MARKERS))
    return (*table.types, *unknown, *contaminated, *(DOUBLET for _ in doublet_pairs()))


def row_rates(table: RateTable) -> Floats:
    """Rates of all competing rows, shape (n_genes, n_rows), ordered as `row_names`.

    Types; unknown, every gene at its background, which is its lowest rate in any type, and common
    types without their markers, which are unknown cells too
    (`features.celltypes.marker_negative_profiles`); types with haemoglobin; doublets, half of
    whose UMIs come from each partner.
    """
    t_cells = [table.type_rates(name) for name in LINEAGES["t"]]
    profiles = {name: table.type_rates(name) for name in table.types} | {
        "t": np.mean(t_cells, axis=0)
    }
    contaminated = [
        (1 - share) * profiles[name] + share * profiles[contaminant]
        for contaminant, share in CONTAMINANTS.items()
        for name in CONTAMINATED_TYPES
    ]
    pairs = [(profiles[a] + profiles[b]) / 2 for a, b in doublet_pairs()]
    unknown = (table.rates.min(axis=1), marker_negative_rates(table))
    return np.column_stack([table.rates, *unknown, *contaminated, *pairs])


def row_log_priors(table: RateTable) -> Floats:
    """Log prior weights of the rows of `row_rates`; the doublets share theirs."""
    pairs = doublet_pairs()
    weights = [PRIORS[name] for name in (*table.types, UNKNOWN, *(UNKNOWN for _ in MARKERS))]
    weights += [CONTAMINANT_PRIOR * PRIORS[host] for host in CONTAMINATED_TYPES * len(CONTAMINANTS)]
    weights += [PRIORS[DOUBLET] / len(pairs)] * len(pairs)
    return np.log(np.array(weights) / sum(weights))
