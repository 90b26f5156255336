"""S100A8/A9 expression, both genes summed, in four numbers.

S100A8/A9 of all leukocytes is mostly monocyte share times monocyte level plus ambient RNA.
Therefore the study's claim (all leukocytes) is given together with the level in monocytes, the
level outside myeloid cells without ambient RNA, and the level at a fixed composition.
"""

from collections.abc import Mapping
from types import MappingProxyType

from features.arrays import Bools, Ints
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.genes.panels import S100
from features.measures.ambient import AmbientEstimate, estimate_ambient
from features.measures.ambient_correction import corrected_level
from features.measures.composition import LYMPHOCYTES, MONOCYTES, leukocytes
from features.measures.pooled_expression import (
    MIN_CELLS,
    MISSING,
    Estimate,
    estimate_columns,
    mean_log_expression,
)
from features.measures.signed_log import IntervalEstimate

NON_MYELOID = ("cd4_t", "cd8_t", "other_t", "nk", "b")
# Healthy adults' PBMC are about one fifth monocytes (10-30 %). Lymphocytes are one group: after
# CD7 or CD19 CAR-T, NK or B cells are often gone, and their S100 differs little from T cells'.
STANDARD_COMPOSITION: Mapping[tuple[str, ...], float] = MappingProxyType(
    {MONOCYTES: 0.20, LYMPHOCYTES: 0.80}
)
POOLED_LEVELS = ("s100a8a9_leukocyte", "s100a8a9_monocyte")
# Groups of cells whose weighted rates are corrected for ambient RNA.
CORRECTED_LEVELS: Mapping[str, Mapping[tuple[str, ...], float]] = MappingProxyType(
    {
        "s100a8a9_nonmyeloid": MappingProxyType({NON_MYELOID: 1.0}),
        "s100a8a9_standardised": STANDARD_COMPOSITION,
    }
)


def s100_features(
    counts: CellCounts, typing: Typing, ambient: AmbientEstimate | None = None
) -> dict[str, float]:
    """The four S100A8/A9 levels with standard errors, and `no_monocytes`.

    With x the summed UMIs of both genes and R = sum x / sum of depth over a group of cells:
    leukocyte and monocyte ln(1 + 10^4 R). The other two remove ambient RNA, whose share is rho:
    (S - rho R_ambient) / (1 - rho) on the signed log1p scale, non-myeloid with S = R of T, NK and B
    cells, standardised with S = 0.2 R_monocyte + 0.8 R_lymphocyte; R_ambient is the rate in empty
    droplets where `ambient` holds it, else in all cells but doublets. Their errors add 0.85 of the
    subtracted amount, or with droplets the relative SD of single tracers, before the logarithm;
    they carry the ends of their 90 % interval too (`_low`, `_high`), and value and error are
    withheld where these are over 4.0 apart. A level needs 50 cells of each of its groups; the last
    two also the ambient fraction. All missing unless both genes and the depth genes are in the
    reference. `no_monocytes` is 1.0 under 50 monocytes: missing because of what the blood is.
    """
    monocytes = typing.type_mask(*MONOCYTES)
    pooled, corrected = [MISSING] * 2, [IntervalEstimate()] * 2
    if counts.has_depth and all(gene in counts.genes for gene in S100):
        ambient = estimate_ambient(counts, typing) if ambient is None else ambient
        x = counts.summed_umis(S100)
        pooled = [_pooled_level(x, counts, cells) for cells in (leukocytes(typing), monocytes)]
        corrected = [
            corrected_level(S100, counts, typing, groups=groups, ambient=ambient)
            for groups in CORRECTED_LEVELS.values()
        ]
    columns = {"no_monocytes": float(monocytes.sum() < MIN_CELLS)}
    columns |= estimate_columns(dict(zip(POOLED_LEVELS, pooled, strict=True)))
    for name, interval in zip(CORRECTED_LEVELS, corrected, strict=True):
        columns |= interval.columns(name)
    return columns


def _pooled_level(x: Ints, counts: CellCounts, cells: Bools) -> Estimate:
    return mean_log_expression(x[cells, None], counts.depth[cells])
