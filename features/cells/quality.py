"""Quality control: limits of good cells and of usable samples, and the mitochondrial share."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from features.arrays import Ints32

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
