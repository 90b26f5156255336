"""Methods of the features: computation and reference of each, for docs/features.md."""

from collections.abc import Mapping
from types import MappingProxyType

from features import schema
from features.documentation.further_methods import FURTHER_METHODS
from features.documentation.method import Method

_GOOD = "Luecken & Theis, Mol Syst Biol 2019"
_TYPES = Method(
    "cells called by likelihood under a fixed rate table (negative binomial, own depth; rows for "
    "unknown and doublets), over typed cells but platelets, erythroid cells, unknown and "
    "doublets; missing unless enrichment is none; error sqrt(p (1 - p) / n)",
    "rate table with the origin of each row: features/genes/cell_type_rates.csv",
)
_POOLED_LEVEL = (
    "ln(1 + 10^4 sum of UMIs / sum of UMIs of the depth genes), pooled before the logarithm"
)
_WITHOUT_AMBIENT = (
    "(R - rho R_ambient) / (1 - rho) with rho the ambient fraction, on the signed logarithm; "
    "R_ambient is the rate in empty droplets of an unfiltered matrix, else in all cells but "
    "doublets; the error adds 0.85 of the subtracted amount, or with droplets the relative SD of "
    "single tracers (a tenth to a half), and is half the 90 % interval's width / 1.645; missing "
    "without rho, withheld when that interval is wider than 4.0"
)
_SOUPX = "after SoupX (Young & Behjati, GigaScience 2020)"
_LINEAR = "error by linearisation: Woodruff, J Am Stat Assoc 1971"
_SCORE = Method(
    f"mean over the panel's genes of {_POOLED_LEVEL}, each T cell weighted by its posterior of "
    "being CD7-negative; missing under 50 cells of weight, under 60 % of the panel, or unresolved",
    _LINEAR,
)
_CD7 = (
    "maximum likelihood prevalence given the T cells' CD7 UMIs, with the rates of CD7-positive and "
    "-negative cells fixed at values calibrated on cells with measured protein, times this "
    "sample's CD7 rate of NK cells over that of healthy ones (`cd7_nk_standard`; needs 20 NK "
    "cells, 30 of their CD7 UMIs and 8 per 10,000, from day 0 on and in a product 15 per 10,000 "
    "and at most a fifth of the NK cells without CD7, because a CD7 CAR-T product kills NK cells "
    "that hold it; not for an unknown chemistry); blast-like cells removed first; missing when "
    "unresolved"
)
_CD7_PROTEIN = (
    "with a CD7 antibody: share of T cells whose count lies below the 95 % quantile of what cells "
    "without CD7 show (negative binomial fitted to the sample's monocytes and B cells, under 20 of "
    "them scaled from the isotype control; mean by the cell's other antibodies where that fits "
    "better), over 0.95; else"
)
_CD7_SOURCE = (
    "Rogan & Gladen, Am J Epidemiol 1978; calibration and its origin: "
    "features/measures/cd7/cd7_calibration.json"
)

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        **FURTHER_METHODS,
        "n_cells": Method("number of barcodes within the three limits", _GOOD),
        "median_umi": Method("median over good cells"),
        "median_genes": Method("median over good cells; under 400 the sample is refused", _GOOD),
        "mito_fraction": Method(
            "median of MT- UMIs / UMIs over barcodes above 100 UMIs; error from order statistics; "
            "missing when the reference lacks MT- genes, ribosomal genes or depth genes",
            "David & Nagaraja, Order Statistics, 2003",
        ),
        "unknown_fraction": Method(
            "cells called unknown / good cells; the sample is refused when over 40 % have no type "
            "of posterior 0.9; error sqrt(p (1 - p) / n)"
        ),
        "doublet_fraction": Method(
            "cells most likely under an even mixture of two lineages' rates / good cells; error "
            "sqrt(p (1 - p) / n)"
        ),
        "ambient_fraction": Method(
            "median over tracers that only monocytes make (LYZ FCN1 MNDA VCAN CD14 CSTA) of the "
            "rate in T and NK cells over the rate in all cells but doublets, or in an unfiltered "
            "matrix over the rate in empty droplets; missing under 50 monocytes (not with "
            "droplets) or 50 T and NK cells",
            _SOUPX,
        ),
        "handling_stress": Method(
            f"mean over the five genes of {_POOLED_LEVEL} over T cells; missing under 50",
            "van den Brink et al., Nat Methods 2017",
        ),
        **dict.fromkeys(
            (
                "monocyte_fraction", "cd14_monocyte_fraction", "cd16_monocyte_fraction",
                "t_fraction", "nk_fraction", "b_fraction", "dc_fraction",
                "neutrophil_like_fraction", "blast_like_fraction",
            ),
            _TYPES,
        ),
        "log_monocyte_lymphocyte_ratio": Method(
            "from the called cells (T, NK, B and plasma); missing unless enrichment is none; error "
            "sqrt(1 / (m + 0.5) + 1 / (l + 0.5))",
            "Gart & Zweifel, Biometrika 1967",
        ),
        "s100a8a9_leukocyte": Method(f"{_POOLED_LEVEL}, over all typed leukocytes", _LINEAR),
        "s100a8a9_monocyte": Method(f"{_POOLED_LEVEL}, over monocytes; missing under 50", _LINEAR),
        "s100a8a9_nonmyeloid": Method(f"R of T, NK and B cells: {_WITHOUT_AMBIENT}", _SOUPX),
        "s100a8a9_standardised": Method(
            f"R = 0.2 R of monocytes + 0.8 R of lymphocytes: {_WITHOUT_AMBIENT}", _SOUPX
        ),
        "cd7neg_t_fraction": Method(
            f"{_CD7_PROTEIN} {_CD7}; error of a binomial (protein) or from the likelihood's "
            "curvature and the sampling of the NK cells",
            _CD7_SOURCE,
        ),
        "cd7neg_t_fraction_rna": Method(
            f"{_CD7}; error from the likelihood's curvature and the sampling of the NK cells; "
            "missing for chemistries without calibrated rates", _CD7_SOURCE,
        ),
        **dict.fromkeys(
            (
                "cd7neg_t_activation", "cd7neg_t_cytotoxicity", "cd7neg_t_exhaustion",
                "cd7neg_t_proliferation", "cd7neg_t_interferon",
            ),
            _SCORE,
        ),
        "car_t_fraction": Method(
            "T cells with a UMI of the CAR sequence / T cells; missing without it in the reference"
        ),
        "no_monocytes": Method("1 under 50 called monocytes"),
        "cd7neg_unresolved": Method(
            "1 when the 90 % interval is wider than 0.5, the T cells' median depth is under 900, "
            "CD7 is not in the reference, the chemistry is not calibrated, or the product blocks "
            "CD7 and the CAR is not in it; with a CD7 antibody, when that interval is wider than "
            "0.5 or the antibody's background cannot be told",
            _CD7_SOURCE,
        ),
        "cd7neg_t_fraction_low": Method(
            "likelihoods averaged over the errors of the calibrated rates (calibration cells; "
            "spread between samples, log-SD 0.25, or with NK cells as standard 0.18 and their "
            "sampling; that of the negatives alone, 0.8), each pair of rates weighted by the "
            "evidence of 50 cells; 0 where its density is at least 0.26 of the greatest; or over "
            "gates of 90 to 99 % and the error of the antibody's background", _CD7_SOURCE,
        ),
        "cd7neg_t_fraction_high": Method("as its lower end; 1 likewise", _CD7_SOURCE),
        "cd7_t_rate": Method(
            "10^4 sum of CD7 UMIs / sum of UMIs of the depth genes over the T cells of "
            "cd7neg_t_fraction; missing under 50, under a median depth of 900, for chemistries "
            "that are not calibrated, and where the product hides CD7", _LINEAR,
        ),
        "cd7neg_t_fraction_anchored": Method(
            "1 - (1 - h) (R - r) / (R0 - r): R the CD7 rate of T cells, R0 that of the patient's "
            "earliest blood sample up to day 0 (same chemistry, enrichment, source of types "
            "and source of CD7; no product), r that of CD7-negative cells, h = 0.10 (SD 0.05) the "
            "share of them before therapy; missing without R0, on days up to 0, when R0 is further "
            "than three spreads from the calibrated rate or its sample's own interval starts above "
            "0.20, and when its 90 % interval (1.645 "
            "errors either way, within 0 to 1) is wider than 0.5; the error includes those of r "
            "and h and a log-SD of 0.10 between samples of one patient",
            "Reinhold et al., J Immunol 1993;150:2081 (share before therapy)",
        ),
    }
)  # fmt: skip


def method(feature: schema.Feature) -> Method:
    """Method of a feature; those of the sample sheet and of history follow a rule.

    >>> method(schema.ALL_FEATURES["anc"]).computation
    'given in the sample sheet'
    """
    if feature in schema.CLINICAL:
        return Method("given in the sample sheet")
    if feature.name.endswith("_change"):
        return Method(
            "value less that of the patient's first comparable sample (same tissue, enrichment and "
            "source of types, for CD7 also the same source); missing on the first"
        )
    if feature.name.endswith("_slope30"):
        return Method(
            "least-squares slope over the comparable samples so far, per 30 days; missing under two"
        )
    return METHODS[feature.name]
