"""Refusals of samples whose cells cannot carry features, with the cause that the figures show.

Sequencing deeper helps only where few UMIs are the cause. Cells also fail because they were dying,
because few were loaded, because they are red cells or debris, because a file holds chosen genes, or
because they are no blood cells.
"""

from typing import NamedTuple

from features.cells.barcode_figures import BarcodeFigures
from features.cells.quality import (
    MAX_EMPTY_UMIS,
    MAX_UNTYPED_FRACTION,
    MIN_GOOD_CELLS,
    MIN_MEDIAN_GENES,
    SHALLOW_MEDIAN_GENES,
    TYPED_POSTERIOR,
    CellLimits,
    cell_limits,
)
from features.errors import Refusal
from features.genes.annotation import FEW_GENES
from features.genes.depth_genes import LEAST_DEPTH_SHARE

# From so many UMIs a leukocyte shows over 400 genes: 636 at 903, 818 at 1,276 (medians of CARPALL).
ENOUGH_UMIS = 1_000
# Share of the typing genes that a reference may lack; hg19's lacks 4 %.
MAX_MISSING_GENES = 0.25
MORE_CELLS = "load more cells, or give the matrix of all cells of the sample"
USUAL_LIMITS = cell_limits()
MAX_UNKNOWN_SHARE = 0.5  # of the unsure cells, above which they are other cells


class GoodCells(NamedTuple):
    """Number of good cells, and their median UMIs and genes."""

    n: int
    median_umis: float
    median_genes: float


def check_cells(
    good: GoodCells,
    barcodes: BarcodeFigures,
    n_rna_genes: int,
    limits: CellLimits = USUAL_LIMITS,
) -> None:
    """Refuse a sample with too few good cells or too few genes in them; raises `Refusal`.

    `n_rna_genes` is the number of genes in the reference, `limits` those of a good cell. The
    figures in the reason describe the assay, not the patient.
    """
    if good.n < MIN_GOOD_CELLS:
        raise Refusal(
            f"a sample needs {MIN_GOOD_CELLS} usable barcodes (>= {limits.umis} UMIs, "
            f">= {limits.genes} genes, <= {limits.mito_percent} % mitochondrial), but {good.n} of "
            f"{barcodes.n_barcodes:,} are{_mito_words(barcodes)}: "
            f"{_why_few_cells(good.n, barcodes, n_rna_genes, limits=limits)}"
        )
    if good.median_genes < MIN_MEDIAN_GENES:
        raise Refusal(
            f"a sample needs a median of {MIN_MEDIAN_GENES} genes in its usable barcodes, but "
            f"has {good.median_genes:.0f} ({barcodes.median_genes:.0f} over all barcodes): "
            f"{_why_few_genes(good.median_umis, n_rna_genes)}"
        )


def check_depth_genes(depth_share: float, n_rna_genes: int) -> None:
    """Refuse a matrix cut to some genes, in which types and levels would not be comparable.

    `depth_share` is the share of the depth genes, by their UMIs in blood, that the reference holds.
    Raises `Refusal`.

    >>> check_depth_genes(0.997, 36_601)
    """
    if depth_share < LEAST_DEPTH_SHARE:
        raise Refusal(
            f"a matrix must hold {100 * LEAST_DEPTH_SHARE:.0f} % of the genes that depth is "
            f"counted over, by their UMIs in blood, but its {n_rna_genes:,} genes hold "
            f"{100 * depth_share:.0f} %; give all genes of the reference (variable genes alone, or "
            "a targeted panel, cannot carry the features)"
        )


def check_typed(
    unsure_fraction: float,
    unknown_fraction: float,
    *,
    median_genes: float,
    missing_genes: float,
    n_rna_genes: int,
) -> None:
    """Refuse a sample in which over 40 % of the cells have no type with posterior 0.9.

    `unknown_fraction` of the cells resemble no type; `missing_genes` is the share of the typing
    genes that the reference lacks, `n_rna_genes` the number of genes that it holds. Raises
    `Refusal`.

    >>> check_typed(0.2, 0.1, median_genes=900, missing_genes=0.0, n_rna_genes=36_601)
    """
    if unsure_fraction > MAX_UNTYPED_FRACTION:
        cause = _why_unsure(
            unknown_fraction / unsure_fraction, median_genes, missing_genes,
            n_rna_genes=n_rna_genes,
        )  # fmt: skip
        raise Refusal(
            f"at most {100 * MAX_UNTYPED_FRACTION:.0f} % of a sample's cells may lack a type with "
            f"posterior {TYPED_POSTERIOR}, but {100 * unsure_fraction:.0f} % do: {cause}"
        )


def _mito_words(barcodes: BarcodeFigures) -> str:
    if not barcodes.median_mito >= 0:  # NaN without mitochondrial genes
        return ""
    return f"; a barcode's median is {100 * barcodes.median_mito:.0f} % mitochondrial"


def _why_few_cells(
    n_good: int, barcodes: BarcodeFigures, n_rna_genes: int, *, limits: CellLimits
) -> str:
    failures = {
        "mito": barcodes.n_high_mito,
        "genes": barcodes.n_few_genes,
        "umis": barcodes.n_few_umis,
    }
    cause = max(failures, key=lambda name: failures[name])
    # With few genes, UMIs, genes and mitochondrial shares say nothing about the cells.
    if n_rna_genes < FEW_GENES and barcodes.n_barcodes >= MIN_GOOD_CELLS:
        return _few_rows(n_rna_genes)
    if barcodes.n_filled < MIN_GOOD_CELLS:
        return f"only {barcodes.n_filled:,} barcodes hold over {MAX_EMPTY_UMIS} UMIs; {MORE_CELLS}"
    if 2 * n_good > barcodes.n_filled:
        return f"most of {barcodes.n_filled:,} barcodes are, so cells are few; {MORE_CELLS}"
    if cause == "mito" or barcodes.median_mito > limits.mito_percent / 100:
        return "most are cells that were dying; take fresher cells"
    if cause == "genes":
        return (
            f"{barcodes.n_few_genes:,} have UMIs of few genes only, as red cells, platelets and "
            "debris do; remove these before loading"
        )
    return (
        f"{barcodes.n_few_umis:,} are nearly empty, with a median of {barcodes.median_umis:.0f} "
        "UMIs a barcode; sequence deeper, or load more intact cells"
    )


def _why_few_genes(median_umis: float, n_rna_genes: int) -> str:
    if n_rna_genes < FEW_GENES:
        return _few_rows(n_rna_genes)
    if median_umis >= ENOUGH_UMIS:
        return (
            f"their median is {median_umis:,.0f} UMIs, so that depth is not the cause; cells with "
            "RNA of few genes are red cells, platelets or debris"
        )
    return f"their median is {median_umis:.0f} UMIs; sequence deeper"


def _few_rows(n_rna_genes: int) -> str:
    return (
        f"the matrix holds only {n_rna_genes:,} genes; give all genes of the reference (variable "
        "genes alone, or a targeted panel of this size, cannot carry the features)"
    )


def _why_unsure(
    unknown_share: float, median_genes: float, missing_genes: float, *, n_rna_genes: int
) -> str:
    if missing_genes > MAX_MISSING_GENES:
        return (
            f"the reference lacks {100 * missing_genes:.0f} % of the genes by which types are "
            "called; give all genes of the reference or your own types by --labels"
        )
    if median_genes < SHALLOW_MEDIAN_GENES and n_rna_genes < FEW_GENES:
        return _few_rows(n_rna_genes)
    if median_genes < SHALLOW_MEDIAN_GENES:
        return (
            f"a median of {median_genes:.0f} genes is too shallow; sequence deeper or give --labels"
        )
    if unknown_share > MAX_UNKNOWN_SHARE:
        return "most of them resemble no blood cell; check the tissue, or give --labels"
    return "they lie between types, as doublets and ambient RNA make them; give --labels"
