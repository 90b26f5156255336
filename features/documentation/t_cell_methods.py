"""Methods of T-cell subsets and plasmablasts."""

from collections.abc import Mapping
from types import MappingProxyType

from features.documentation.method import Method

_MIXTURE = (
    "maximum likelihood share of a mixture of {components}, whose rates of {genes} are fixed "
    "(negative binomial, own depth, the sample's ambient RNA added), so that dropout is accounted "
    "for; {missing}; error: the curvature of the likelihood and the spread of each gene set's rate "
    "between laboratories (log-SD {spread})"
)
_NO_T_CELLS = (
    "missing under 50 T cells, under a median of 500 UMIs of the depth genes in them, above 0.5 of "
    "ambient RNA, or at an error above "
)
_LINEAGE = _MIXTURE.format(
    components="CD4, regulatory, naive and other CD8, Vd2 and other gamma-delta T cells",
    genes="CD4, CD40LG, CD8A, CD8B, TRDC, TRDV2 + TRGV9 and FOXP3",
    missing="{missing}",
    spread="0.30 to 0.35, of V regions 0.70",
)
_LINEAGE_RATES = (
    "rates and their origin: features/subsets/t_lineage_rates.json (ECCITE-seq, Mimitou et al., "
    "Nat Methods 2019); search: Kim et al., J Comput Graph Stat 2020"
)
_STATE = Method(
    _MIXTURE.format(
        components="naive, CD4 and CD8 memory, CD4 and CD8 effector T cells",
        genes="CCR7 LEF1 TCF7 SELL NELL2 ACTN1 MAL, of GZMB GZMH PRF1 FGFBP2 CX3CR1, of S100A4 "
        "ANXA1 GZMK KLRB1 and of IL7R",
        missing="by protein naive cells have CD27 and little CD2, effectors little CD127, memory "
        "cells are the others; " + _NO_T_CELLS + "0.17",
        spread="0.25",
    )
    + ", and 0.08 for the difference between definitions by protein and by RNA",
    "rates and their origin: features/subsets/t_state_rates.json (ECCITE-seq, Mimitou et al., Nat "
    "Methods 2019)",
)


def _lineage(share: str, missing: str = _NO_T_CELLS + "0.15") -> Method:
    return Method(f"{share}: {_LINEAGE.format(missing=missing)}", _LINEAGE_RATES)


T_CELL_METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "cd4_t_fraction": _lineage(
            "CD4 and regulatory, with T cells that have neither CD4 nor CD8 (and gamma-delta ones "
            "where the reference lacks TRDC)"
        ),
        "cd8_t_fraction": _lineage("naive and other CD8"),
        "gamma_delta_t_fraction": _lineage(
            "Vd2 and other gamma-delta",
            "missing where the reference lacks TRDC; " + _NO_T_CELLS + "0.15",
        ),
        "log_cd4_cd8_ratio": _lineage(
            "ln((CD4 share + 0.5 / n) / (CD8 share + 0.5 / n))", _NO_T_CELLS + "0.8"
        ),
        "regulatory_t_fraction": _lineage(
            "regulatory over CD4, by FOXP3 at a rate of the literature (no regulatory T cells with "
            "protein were at hand)",
            "missing under 500 CD4 T cells; " + _NO_T_CELLS + "0.15",
        ),
        "naive_t_fraction": _STATE,
        "memory_t_fraction": _STATE,
        "effector_t_fraction": _STATE,
        "plasmablast_fraction": Method(
            "share of plasma cells among good leukocytes times the maximum likelihood share of "
            "dividing cells among them by MKI67, TOP2A, TYMS, PCNA and STMN1, with rates of "
            "dividing and resting T cells; missing unless enrichment is none",
            "rates and their origin: features/subsets/division_rates.json (Anderson et al., Nat "
            "Med 2023); never tested on real plasmablasts",
        ),
    }
)
