"""Quality control: limits of good cells and of usable samples."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from features.arrays import Ints32
from features.errors import Refusal

# Limits of a good cell: usual for 10x PBMC (Luecken & Theis, Mol Syst Biol 2019), set low so that
# stressed samples early after CAR-T keep their monocytes.
MIN_UMIS = 400
MIN_GENES = 200
MAX_MITO_PERCENT = 20
# Barcodes up to this many UMIs count as empty droplets (EmptyDrops, Lun et al. 2019).
MAX_EMPTY_UMIS = 100

# Limits of a usable sample.
MIN_GOOD_CELLS = 200
MIN_MEDIAN_GENES = 400
MAX_UNTYPED_FRACTION = 0.40
TYPED_POSTERIOR = 0.9
# Usable, but shallow enough that rare types and CD7 are uncertain.
SHALLOW_MEDIAN_GENES = 600


class CellLimits(NamedTuple):
    """Limits of a good cell: fewest UMIs, fewest genes, greatest mitochondrial percentage."""

    umis: int
    genes: int
    mito_percent: int


# Changes of the limits where the reference lacks genes, so that the same cells stay good: in twelve
# real samples without ribosomal genes, 3 % of the good cells differ instead of 14 % (of ten usable
# ones, 0.5 % instead of 1 %), without ribosomal and non-coding genes 4 % instead of 17 %. Stressed
# cells hold little ribosomal RNA, hence so little more mitochondrial RNA is allowed.
ALLOWANCES = {
    "no_ribosomal_genes": CellLimits(-100, -20, 1),
    "no_noncoding_genes": CellLimits(-20, 0, 2),
}


def cell_limits(reference_warnings: Iterable[str] = ()) -> CellLimits:
    """Limits of a good cell given what its reference lacks.

    >>> cell_limits(("no_ribosomal_genes", "no_noncoding_genes"))
    CellLimits(umis=280, genes=180, mito_percent=23)
    """
    usual = CellLimits(MIN_UMIS, MIN_GENES, MAX_MITO_PERCENT)
    changes = [ALLOWANCES[code] for code in reference_warnings if code in ALLOWANCES]
    return CellLimits(*(sum(values) for values in zip(usual, *changes, strict=True)))


def check_cells(
    n_good: int, n_barcodes: int, median_genes: float, *, barcode_genes: float, mito: float,
    limits: CellLimits | None = None,
) -> None:  # fmt: skip
    """Refuse a sample with too few good cells or too few genes in them.

    `median_genes` is over good cells, `barcode_genes` and `mito` (a fraction) over all barcodes
    that are no empty droplets. Raises `Refusal` with the rule and the figures, which describe the
    assay, not the patient.

    `limits` are those that were used, where they are not the usual ones.

    >>> check_cells(300, 400, 900.0, barcode_genes=850.0, mito=0.04)
    """
    limits = limits or cell_limits()
    percent = (
        "" if math.isnan(mito) else f"; a barcode's median is {100 * mito:.0f} % mitochondrial"
    )
    if n_good < MIN_GOOD_CELLS:
        raise Refusal(
            f"a sample needs {MIN_GOOD_CELLS} usable barcodes (>= {limits.umis} UMIs, "
            f">= {limits.genes} genes, <= {limits.mito_percent} % mitochondrial), but {n_good} of "
            f"{n_barcodes:,} are{percent}; load more or fresher cells"
        )
    if median_genes < MIN_MEDIAN_GENES:
        raise Refusal(
            f"a sample needs a median of {MIN_MEDIAN_GENES} genes in its usable barcodes, but "
            f"has {median_genes:.0f} ({barcode_genes:.0f} over all barcodes); sequence deeper"
        )


def check_typed(unsure_fraction: float) -> None:
    """Refuse a sample in which over 40 % of the cells have no type with posterior 0.9.

    >>> check_typed(0.2)
    """
    if unsure_fraction > MAX_UNTYPED_FRACTION:
        raise Refusal(
            f"at most {100 * MAX_UNTYPED_FRACTION:.0f} % of a sample's cells may lack a type with "
            f"posterior {TYPED_POSTERIOR}, but {100 * unsure_fraction:.0f} % do; sequence deeper "
            "or give --labels"
        )


def median_mito(total: Ints32, mito: Ints32) -> tuple[float, float]:
    """Median mitochondrial share over barcodes that are no empty droplets, and its standard error.

    The error is half the width of the order-statistic interval of a median at one standard
    deviation, ranks n/2 +- sqrt(n)/2 (binomial(n, 1/2); David & Nagaraja, Order Statistics, 2003,
    section 7.1). NaN without barcodes.

    >>> median_mito(np.array([1000, 500, 3]), np.array([100, 100, 3]))[0]
    0.15000000000000002
    """
    cells = total > MAX_EMPTY_UMIS
    if not cells.any():
        return float("nan"), float("nan")
    share = np.sort(mito[cells] / total[cells])
    n, reach = share.size, np.sqrt(share.size) / 2
    low, high = (int(np.clip(np.round(n / 2 + side * reach), 0, n - 1)) for side in (-1, 1))
    return float(np.median(share)), float(share[high] - share[low]) / 2
