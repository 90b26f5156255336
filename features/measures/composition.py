"""Composition of a sample: fractions of leukocyte types, and the monocyte to lymphocyte ratio."""

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from features.arrays import Bools
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing
from features.celltypes.type_profiles import BLASTS, DOUBLET, LINEAGES, UNKNOWN
from features.measures.pooled_expression import MISSING, Estimate, estimate_columns
from features.measures.standard_errors import binomial_se, log_ratio_se

NOT_LEUKOCYTES = ("platelet", "erythroid", UNKNOWN, DOUBLET)
MIN_PURITY = 0.90  # a sorted sample whose commonest lineage is below this is called impure

FRACTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "monocyte_fraction": ("cd14_monocyte", "cd16_monocyte"),
        "cd14_monocyte_fraction": ("cd14_monocyte",),
        "cd16_monocyte_fraction": ("cd16_monocyte",),
        "t_fraction": ("cd4_t", "cd8_t", "other_t"),
        "nk_fraction": ("nk",),
        "b_fraction": ("b", "plasma"),
        "dc_fraction": ("cdc", "pdc"),
        "neutrophil_like_fraction": ("neutrophil_like",),
        "blast_like_fraction": BLASTS,
        "t_blast_fraction": ("blast_like_t", "early_t_precursor"),
        "b_blast_fraction": ("precursor_b",),
        "myeloid_blast_fraction": ("myeloid_blast",),
    }
)
MONOCYTE_PARTS = ("cd14_monocyte_fraction", "cd16_monocyte_fraction")
MONOCYTES = FRACTIONS["monocyte_fraction"]
LYMPHOCYTES = ("cd4_t", "cd8_t", "other_t", "nk", "b", "plasma")


def leukocytes(typing: Typing) -> Bools:
    """Mask of the cells in the denominator: typed, and no platelet, erythroid cell or doublet.

    Blasts and HSPC are leukocytes here: in leukaemia the other shares fall as the blasts' rises.
    """
    return ~typing.type_mask(*NOT_LEUKOCYTES)


def _fraction(part: Bools, denominator: Bools) -> Estimate:
    n = int(denominator.sum())
    if n == 0:
        return MISSING
    k = int((part & denominator).sum())
    return Estimate(k / n, binomial_se(k, n))


def _log_ratio(typing: Typing) -> Estimate:
    m, n = (int(typing.type_mask(*types).sum()) for types in (MONOCYTES, LYMPHOCYTES))
    return Estimate(math.log((m + 0.5) / (n + 0.5)), log_ratio_se(m, n))


def quality_fractions(typing: Typing) -> dict[str, float]:
    """Unknown and doublet share of the good cells, with standard errors."""
    all_cells = np.ones(typing.call.shape[0], bool)
    return {
        **_fraction(typing.type_mask(UNKNOWN), all_cells).columns("unknown_fraction"),
        **_fraction(typing.type_mask(DOUBLET), all_cells).columns("doublet_fraction"),
    }


def composition_features(
    typing: Typing, enrichment: str | None, counts: CellCounts | None = None
) -> dict[str, float]:
    """Fractions of leukocytes, CAR-T share of T cells, and the unknown and doublet share.

    Denominator: typed cells but platelet, erythroid, unknown and doublet. Everything but the last
    two is missing unless `enrichment` is "none": in sorted cells or a product the absence of
    monocytes only reflects how the sample was made. CD14 and CD16 monocytes are missing where the
    user's labels do not tell them apart. The CAR-T share needs `counts.car`.
    Standard errors are binomial, that of the log-ratio is `log_ratio_se`.

    >>> typing = Typing(np.array([0, 5, 5, 5], np.int8), np.ones(4, np.float32))
    >>> composition_features(typing, "none")["monocyte_fraction"]
    0.25
    >>> composition_features(typing, "sorted")["monocyte_fraction"]
    nan
    """
    denominator = leukocytes(typing)
    levels = {
        name: _fraction(typing.type_mask(*types), denominator) for name, types in FRACTIONS.items()
    }
    if not typing.has_split_monocytes:
        levels |= dict.fromkeys(MONOCYTE_PARTS, MISSING)
    levels["log_monocyte_lymphocyte_ratio"] = _log_ratio(typing) if denominator.any() else MISSING
    levels["car_t_fraction"] = _car_share(typing, counts)
    if enrichment != "none":
        levels = dict.fromkeys(levels, MISSING)
    return quality_fractions(typing) | estimate_columns(levels)


def _car_share(typing: Typing, counts: CellCounts | None) -> Estimate:
    if counts is None or counts.car is None:
        return MISSING
    return _fraction(counts.car > 0, typing.lineage_mask("t"))


def purity(typing: Typing) -> tuple[str, float]:
    """Commonest lineage among the leukocytes and its share; ("unknown", NaN) without any.

    >>> purity(Typing(np.array([0, 5, 5, 5], np.int8), np.ones(4, np.float32)))
    ('t', 0.75)
    """
    calls = typing.call[leukocytes(typing)]
    if calls.size == 0:
        return UNKNOWN, math.nan
    share_by_lineage = {
        lineage: float(np.isin(calls, [NAMES.index(name) for name in types]).mean())
        for lineage, types in LINEAGES.items()
    }
    commonest = max(share_by_lineage, key=lambda lineage: share_by_lineage[lineage])
    return commonest, share_by_lineage[commonest]


def is_impure(typing: Typing, enrichment: str | None) -> bool:
    """Whether a sample declared sorted holds under 90 % of one lineage."""
    return enrichment == "sorted" and not purity(typing)[1] >= MIN_PURITY
