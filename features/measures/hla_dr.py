"""HLA-DR of monocytes by RNA: low in immunoparalysis, where S100A8/A9 is high.

HLA-DRA alone: its protein chain hardly differs between people and every HLA-DR molecule holds it,
while reads of HLA-DRB1 map by the patient's alleles (0.3 to 1.4 of HLA-DRA's UMIs in monocytes of
13 real samples), and people with DRB3, DRB4 or DRB5 make more of it than DRB1 shows.
"""

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.measures.ambient import AmbientEstimate
from features.measures.ambient_correction import corrected_level
from features.measures.composition import MONOCYTES
from features.measures.signed_log import IntervalEstimate

HLA_DR = ("HLA-DRA",)


def hla_dr_features(
    counts: CellCounts, typing: Typing, ambient: AmbientEstimate
) -> dict[str, float]:
    """`hla_dr_monocyte` with standard error and ends: HLA-DRA in monocytes without ambient RNA.

    Signed ln(1 + UMIs per 10,000), (R - rho R_ambient) / (1 - rho) as for S100A8/A9 outside myeloid
    cells: B cells' HLA-DRA in ambient RNA would lift monocytes that lost theirs. Missing under 50
    monocytes, without ambient fraction, HLA-DRA or depth genes; value and error are withheld where
    the ends of the 90 % interval are over 4.0 apart, as ambient RNA then decides.
    """
    level = IntervalEstimate()
    if counts.has_depth and HLA_DR[0] in counts.genes:
        level = corrected_level(HLA_DR, counts, typing, groups={MONOCYTES: 1.0}, ambient=ambient)
    return level.columns("hla_dr_monocyte")
