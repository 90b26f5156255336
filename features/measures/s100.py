"""S100A8/A9 expression, both genes summed, in four numbers.

S100A8/A9 of all leukocytes is mostly monocyte share times monocyte level plus ambient RNA.
Therefore the study's claim (all leukocytes) is given together with the level in monocytes, the
level outside myeloid cells without ambient RNA, and the level at a fixed composition.
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
from features.measures.ambient import AmbientEstimate, estimate_ambient
from features.measures.composition import LYMPHOCYTES, MONOCYTES, leukocytes
from features.measures.pooled_expression import (
    MIN_CELLS,
    MISSING,
    PER_10K,
    Estimate,
    influence,
    mean_log_expression,
    rate,
)
from features.measures.standard_errors import linearised_se

NON_MYELOID = ("cd4_t", "cd8_t", "other_t", "nk", "b")
# Healthy adults' PBMC are about one fifth monocytes (10-30 %). Lymphocytes are one group: after
# CD7 or CD19 CAR-T, NK or B cells are often gone, and their S100 differs little from T cells'.
STANDARD_COMPOSITION: Mapping[tuple[str, ...], float] = MappingProxyType(
    {MONOCYTES: 0.20, LYMPHOCYTES: 0.80}
)
# SD of the subtracted ambient amount, relative to it, because the ambient profile is assumed.
# Single genes' ambient shares spread by 0.3-0.6 of their mean between tracers of one sample (five
# real samples).
AMBIENT_RELATIVE_SD = 0.5


def signed_log1p(per_10k: float) -> float:
    """ln(1 + x) for x >= 0, -ln(1 - x) below: a corrected level may fall under zero.

    >>> signed_log1p(0.0), round(signed_log1p(-1.0), 3)
    (0.0, -0.693)
    """
    return math.copysign(math.log1p(abs(per_10k)), per_10k)


def _on_signed_log(per_umi: float, se: float) -> Estimate:
    """A rate and its error on the signed log scale.

    Below zero the error keeps the scale of zero: the level itself is not negative, and shrinking
    the error along with an over-correction could make an interval exclude 0 because the correction
    went too far.
    """
    per_10k = PER_10K * per_umi
    return Estimate(signed_log1p(per_10k), PER_10K * se / (1 + max(per_10k, 0.0)))


def _corrected_level(
    x: Ints,
    counts: CellCounts,
    typing: Typing,
    *,
    groups: Mapping[tuple[str, ...], float],
    ambient: AmbientEstimate,
) -> Estimate:
    """Level of groups of cells without ambient RNA: (rate - rho x ambient rate) / (1 - rho).

    The rate is the weighted sum of the groups' rates. Missing when a group has under 50 cells or
    rho is missing.
    """
    masks = [(typing.type_mask(*types), weight) for types, weight in groups.items()]
    if math.isnan(ambient.rho) or any(mask.sum() < MIN_CELLS for mask, _ in masks):
        return MISSING
    rho = ambient.rho
    ambient_rate, ambient_influence = _ambient_rate(x, counts, typing, ambient)
    observed = sum(weight * rate(x[mask], counts.depth[mask]) for mask, weight in masks)
    corrected = (observed - rho * ambient_rate) / (1 - rho)
    influences = (corrected - ambient_rate) * ambient.influence - rho * ambient_influence
    for mask, weight in masks:
        influences = influences + weight * influence(x, counts.depth, mask)
    relative_sd = AMBIENT_RELATIVE_SD if ambient.relative_sd is None else ambient.relative_sd
    se = math.hypot(linearised_se(influences), relative_sd * rho * ambient_rate)
    return _on_signed_log(corrected, se / (1 - rho))


def _ambient_rate(
    x: Ints, counts: CellCounts, typing: Typing, ambient: AmbientEstimate
) -> tuple[float, Floats]:
    """S100A8/A9 per UMI of ambient RNA, and each cell's influence on it.

    As observed in empty droplets, whose sampling error is left out since they hold far more UMIs
    than matter here; without droplets, the rate of all cells but doublets.
    """
    if ambient.profile is not None:
        return sum(ambient.profile.get(gene, 0.0) for gene in S100), np.zeros(counts.n_cells)
    pool = ~typing.type_mask(DOUBLET)
    return rate(x[pool], counts.depth[pool]), influence(x, counts.depth, pool)


def s100_features(
    counts: CellCounts, typing: Typing, ambient: AmbientEstimate | None = None
) -> dict[str, float]:
    """The four S100A8/A9 levels with standard errors, and `no_monocytes`.

    With x the summed UMIs of both genes and R = sum x / sum of depth over a group of cells:
    leukocyte and monocyte ln(1 + 10^4 R). The other two remove ambient RNA, whose share is rho:
    (S - rho R_ambient) / (1 - rho) on the signed log1p scale, non-myeloid with S = R of T, NK and B
    cells, standardised with S = 0.2 R_monocyte + 0.8 R_lymphocyte; R_ambient is the rate in empty
    droplets where `ambient` holds it, else in all cells but doublets. Their errors add half of the
    subtracted amount, or with droplets the relative SD of single tracers. A level needs 50 cells of
    each of its groups; the last two also the ambient fraction. All missing unless both genes and
    the depth genes are in the reference. `no_monocytes` is 1.0 under 50 monocytes: missing because
    of what the blood is.
    """
    names = (
        "s100a8a9_leukocyte",
        "s100a8a9_monocyte",
        "s100a8a9_nonmyeloid",
        "s100a8a9_standardised",
    )
    monocytes = typing.type_mask(*MONOCYTES)
    columns = {"no_monocytes": float(monocytes.sum() < MIN_CELLS)}
    levels = [MISSING] * 4
    if counts.has_depth and all(gene in counts.genes for gene in S100):
        ambient = estimate_ambient(counts, typing) if ambient is None else ambient
        x = counts.summed_umis(S100)
        levels = [
            _pooled_level(x, counts, leukocytes(typing)),
            _pooled_level(x, counts, monocytes),
            _corrected_level(x, counts, typing, groups={NON_MYELOID: 1.0}, ambient=ambient),
            _corrected_level(x, counts, typing, groups=STANDARD_COMPOSITION, ambient=ambient),
        ]
    for name, level in zip(names, levels, strict=True):
        columns |= level.columns(name)
    return columns


def _pooled_level(x: Ints, counts: CellCounts, cells: Bools) -> Estimate:
    return mean_log_expression(x[cells, None], counts.depth[cells])
