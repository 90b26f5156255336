"""Expression of a group of cells without ambient RNA, on the signed logarithm with an interval."""

import math
from collections.abc import Mapping

import numpy as np

from features.arrays import Floats
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.celltypes.type_profiles import DOUBLET
from features.measures.ambient import AmbientEstimate
from features.measures.pooled_expression import MIN_CELLS, PER_10K, influence, rate
from features.measures.signed_log import IntervalEstimate, signed_log_estimate
from features.measures.standard_errors import linearised_se

# SD of the subtracted ambient amount, relative to it, because the ambient profile is assumed. Soup
# holds 0.4 to 1.4 times the S100A8/A9 of the pooled profile in six real samples, if their
# lymphocytes make none (root mean square distance from 1: 0.45), and twice as much where
# neutrophils burst. 0.85 is the least of 0.65, 0.75, 0.85 and 0.95 at which the 90 % interval holds
# the truth in 88 % or more in each of nine settings of soup (0-20 %, as rich as the cells and twice
# as rich; benchmarks/s100.py), over pbmc3k and CARPALL's CAR-T10484040, CAR-T10484042 and
# CAR-T10593342; it is reported on two others.
AMBIENT_RELATIVE_SD = 0.85


def corrected_level(
    genes: tuple[str, ...],
    counts: CellCounts,
    typing: Typing,
    *,
    groups: Mapping[tuple[str, ...], float],
    ambient: AmbientEstimate,
) -> IntervalEstimate:
    """Level of groups of cells without ambient RNA: (rate - rho x ambient rate) / (1 - rho).

    The rate is the weighted sum of the groups' rates. Missing when a group has under 50 cells or
    rho is missing.
    """
    masks = [(typing.type_mask(*types), weight) for types, weight in groups.items()]
    if math.isnan(ambient.rho) or any(mask.sum() < MIN_CELLS for mask, _ in masks):
        return IntervalEstimate()
    x, rho = counts.summed_umis(genes), ambient.rho
    ambient_rate, ambient_influence = _ambient_rate(genes, counts, typing, ambient)
    observed = sum(weight * rate(x[mask], counts.depth[mask]) for mask, weight in masks)
    corrected = (observed - rho * ambient_rate) / (1 - rho)
    influences = (corrected - ambient_rate) * ambient.influence - rho * ambient_influence
    for mask, weight in masks:
        influences = influences + weight * influence(x, counts.depth, mask)
    relative_sd = AMBIENT_RELATIVE_SD if ambient.relative_sd is None else ambient.relative_sd
    se = math.hypot(linearised_se(influences), relative_sd * rho * ambient_rate)
    return signed_log_estimate(PER_10K * corrected, PER_10K * se / (1 - rho))


def _ambient_rate(
    genes: tuple[str, ...], counts: CellCounts, typing: Typing, ambient: AmbientEstimate
) -> tuple[float, Floats]:
    """The genes' UMIs per UMI of ambient RNA, and each cell's influence on it.

    As observed in empty droplets, whose sampling error is left out since they hold far more UMIs
    than matter here; without droplets, the rate of all cells but doublets.
    """
    if ambient.profile is not None:
        return sum(ambient.profile.get(gene, 0.0) for gene in genes), np.zeros(counts.n_cells)
    x, pool = counts.summed_umis(genes), ~typing.type_mask(DOUBLET)
    return rate(x[pool], counts.depth[pool]), influence(x, counts.depth, pool)


def ambient_warnings(features: Mapping[str, float]) -> list[str]:
    """Codes of the corrected levels whose interval is too wide for a value."""
    codes = []
    if _is_withheld(features, "s100a8a9_nonmyeloid"):
        codes.append("s100_nonmyeloid_wide")
    if _is_withheld(features, "s100a8a9_standardised"):
        codes.append("s100_standardised_wide")
    if _is_withheld(features, "hla_dr_monocyte"):
        codes.append("hla_dr_wide")
    return codes


def _is_withheld(features: Mapping[str, float], name: str) -> bool:
    return math.isnan(features[name]) and not math.isnan(features[f"{name}_low"])
