"""S100A8 and S100A9, summed, in four numbers.

What leukocytes show of them is mostly monocyte share times monocyte level plus soup, so the
study's claim (all leukocytes) stands beside the level in monocytes, the level outside myeloid
cells without the soup, and the level at a fixed composition.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.celltypes.type_profiles import DOUBLET
from features.genes.panels import S100
from features.measures.ambient import Ambient, estimate_ambient
from features.measures.composition import LYMPHOCYTES, MONOCYTES, leukocytes
from features.measures.pooled_expression import (
    MIN_CELLS,
    MISSING,
    PER,
    Level,
    influence,
    mean_log_level,
    rate,
)
from features.measures.standard_errors import spread_of_sums

NON_MYELOID = ("cd4_t", "cd8_t", "other_t", "nk", "b")
# Healthy adults' PBMC are about one fifth monocytes (10-30 %). Lymphocytes are one group: after
# CD7 or CD19 CAR-T, NK or B cells are often gone, and their S100 differs little from T cells'.
STANDARD_COMPOSITION: Mapping[tuple[str, ...], float] = MappingProxyType(
    {MONOCYTES: 0.20, LYMPHOCYTES: 0.80}
)
# Share of the subtracted soup that enters the error: the soup's profile is assumed. Single genes'
# ambient shares spread by 0.3-0.6 of their mean between tracers of one sample (five real samples).
AMBIENT_DOUBT = 0.5


def signed_log1p(per_10k: float) -> float:
    """ln(1 + x) for x >= 0, -ln(1 - x) below: a corrected level may fall under zero.

    >>> signed_log1p(0.0), round(signed_log1p(-1.0), 3)
    (0.0, -0.693)
    """
    return math.copysign(math.log1p(abs(per_10k)), per_10k)


def _from_rate(per_umi: float, se: float) -> Level:
    """On the signed log scale.

    Below zero the error keeps the scale of zero: the level itself is not negative, and shrinking
    the error along with the overshoot would let an interval exclude 0 for going too far below it.
    """
    per_10k = PER * per_umi
    return Level(signed_log1p(per_10k), PER * se / (1 + max(per_10k, 0.0)))


def _corrected(
    x: Ints,
    counts: CellCounts,
    typing: Typing,
    groups: Mapping[tuple[str, ...], float],
    soup: Ambient,
) -> Level:
    """Own level of groups of cells: (weighted rate - rho x the soup's rate) / (1 - rho).

    Missing when a group has under 50 cells or rho is missing.
    """
    masks = [(typing.are(*types), weight) for types, weight in groups.items()]
    if math.isnan(soup.rho) or any(mask.sum() < MIN_CELLS for mask, _ in masks):
        return MISSING
    in_soup, soup_parts = _soup_rate(x, counts, typing, soup)
    seen = sum(weight * rate(x[mask], counts.total[mask]) for mask, weight in masks)
    own = (seen - soup.rho * in_soup) / (1 - soup.rho)
    parts = (own - in_soup) * soup.influence - soup.rho * soup_parts
    for mask, weight in masks:
        parts = parts + weight * influence(x, counts.total, mask)
    doubt = AMBIENT_DOUBT if soup.doubt is None else soup.doubt
    se = math.hypot(spread_of_sums(parts), doubt * soup.rho * in_soup)
    return _from_rate(own, se / (1 - soup.rho))


def _soup_rate(x: Ints, counts: CellCounts, typing: Typing, soup: Ambient) -> tuple[float, Floats]:
    """The soup's S100 per UMI and each cell's influence on it.

    As seen in empty droplets, whose sampling error is left out since they hold far more UMIs than
    matter here; else that of all cells but doublets.
    """
    if soup.soup is not None:
        return sum(soup.soup.get(gene, 0.0) for gene in S100), np.zeros(counts.n_cells)
    pool = ~typing.are(DOUBLET)
    return rate(x[pool], counts.total[pool]), influence(x, counts.total, pool)


def s100_features(
    counts: CellCounts, typing: Typing, soup: Ambient | None = None
) -> dict[str, float]:
    """The four S100A8/A9 levels with standard errors, and `no_monocytes`.

    With x the summed UMIs of both genes and R = sum x / sum of UMIs over a group of cells:
    leukocyte and monocyte ln(1 + 10^4 R). The other two take out the soup, whose share is rho:
    (S - rho R_soup) / (1 - rho) on the signed log1p scale, non-myeloid with S = R of T, NK and B
    cells, standardised with S = 0.2 R_monocyte + 0.8 R_lymphocyte; R_soup is the rate in empty
    droplets where `soup` holds it, else in all cells but doublets; their errors add half the soup
    subtracted, with droplets the share by which single tracers disagree. A level needs 50 cells of
    each of its groups; the last two also the ambient fraction. All missing unless both genes are in
    the reference. `no_monocytes` is 1.0 under 50 monocytes: missing because of what the blood is.
    """
    names = (
        "s100a8a9_leukocyte",
        "s100a8a9_monocyte",
        "s100a8a9_nonmyeloid",
        "s100a8a9_standardised",
    )
    monocytes = typing.are(*MONOCYTES)
    columns = {"no_monocytes": float(monocytes.sum() < MIN_CELLS)}
    levels = [MISSING] * 4
    if all(gene in counts.genes for gene in S100):
        soup = estimate_ambient(counts, typing) if soup is None else soup
        x = counts.sum_of(S100)
        levels = [
            _pooled(x, counts, leukocytes(typing)),
            _pooled(x, counts, monocytes),
            _corrected(x, counts, typing, {NON_MYELOID: 1.0}, soup),
            _corrected(x, counts, typing, STANDARD_COMPOSITION, soup),
        ]
    for name, level in zip(names, levels, strict=True):
        columns |= level.columns(name)
    return columns


def _pooled(x: Ints, counts: CellCounts, cells: Bools) -> Level:
    return mean_log_level(x[cells, None], counts.total[cells])
