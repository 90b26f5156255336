"""UMI counts told from reads, rounded normalised values, and zeros and ones.

UMI counts are mostly 1: most detected genes of a cell were caught once. Numbers that were scaled,
read counts and matrices of detected genes are whole numbers too, and would give rows without a
warning. Limits were chosen on three CARPALL files and their transformed cells, and checked on nine
others, pbmc3k, ECCITE, CTCL and inDrop neutrophils (Zilionis).
"""

from features.cells.barcode_figures import BarcodeFigures
from features.errors import InputError
from features.genes.annotation import FEW_GENES
from features.readers.count_source import CountSource

# Of 25,000 cells with 200 genes, none lacked a count of 1. After scaling to 10,000, to the median
# total or to 2,000 UMIs and rounding, 2 to 100 % of cells do.
MAX_CELLS_WITHOUT_ONES = 0.01
# A count of 1 have 54 (1,450 chosen genes, CTCL) to 80 % of a cell's detected genes; 28 to 36 %
# when reads are counted at 1.5 reads a molecule, 15 to 19 % at three, 3 % at ten.
MIN_ONES_SHARE = 0.42
# Variable genes are the highly expressed ones: 36 % for the 2,000 most dispersed of CAR-T10310325.
MIN_ONES_SHARE_OF_CHOSEN_GENES = 0.2
# Interquartile range of totals over their median: 0.37 to 1.75 in samples of over 1,000 UMIs,
# 0.03 to 0.07 after scaling to 10,000, which rounding causes. Counts thinned or simulated to one
# total have less: none, or that of Poisson counts (interquartile range 1.35 sqrt(total)).
MIN_TOTAL_SPREAD, MIN_TOTAL, POISSON_SPREADS = 0.1, 1_000, 1.5
MIN_CELLS = 20  # fewer cells cannot tell
# velocyto's and alevin-fry's parts of the counts, none of which is the whole.
PARTIAL_LAYERS = frozenset({"spliced", "unspliced", "ambiguous", "mature", "nascent"})


def check_layer(source: CountSource) -> None:
    """Refuse a layer of spliced or unspliced counts alone; raises `InputError`."""
    name = source.matrix.rpartition("/")[2].lower()
    if name in PARTIAL_LAYERS:
        raise InputError(
            f"counts must be of all RNA, but the only whole numbers are those of {source.matrix}, "
            "a part of it; save the sum of spliced, unspliced and ambiguous counts as X"
        )


def check_counts(figures: BarcodeFigures, n_rna_genes: int = FEW_GENES) -> None:
    """Refuse whole numbers that are no UMI counts; raises `InputError` with what they are.

    `n_rna_genes` is the number of genes in the reference.

    >>> from features.cells.barcode_figures import measure_barcodes
    >>> import numpy as np
    >>> genes = np.arange(500, 950)
    >>> check_counts(
    ...     measure_barcodes(2 * genes, genes, genes // 9, ones=genes // 2, has_mito=True))
    """
    if figures.n_cells < MIN_CELLS:
        return
    if figures.ones_share == 1.0:
        _refuse("every count is 0 or 1: the matrix only says which genes were detected")
    share = figures.n_without_ones / figures.n_cells
    if share > MAX_CELLS_WITHOUT_ONES:
        _refuse(
            f"in {max(1, round(100 * share))} % of the cells the smallest count is over 1 (of UMI "
            "counts, in none): values were scaled and rounded, as CPM, TPM or normalised counts are"
        )
    spread, total = figures.total_spread, figures.median_total
    chance = POISSON_SPREADS * 1.35 / max(1.0, total) ** 0.5
    if total >= MIN_TOTAL and chance < spread < MIN_TOTAL_SPREAD:
        _refuse(
            f"the cells' totals are nearly equal (half of them within {100 * spread:.0f} % of each "
            "other; UMI counts: 37 % and more): values were normalised and rounded"
        )
    has_all_genes = n_rna_genes >= FEW_GENES
    if figures.ones_share < (MIN_ONES_SHARE if has_all_genes else MIN_ONES_SHARE_OF_CHOSEN_GENES):
        _refuse(
            f"{100 * figures.ones_share:.0f} % of a cell's detected genes have a count of 1 (of "
            "UMI counts 54 to 80 %): they look like reads that were not collapsed to molecules, as "
            "of Smart-seq2"
        )


def _refuse(evidence: str) -> None:
    raise InputError(f"counts must be UMIs, but {evidence}; give raw UMI counts")
