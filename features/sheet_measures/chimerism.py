"""Donor share of leukocytes and T cells by sex genes, where donor and patient differ in sex.

Short tandem repeats measure chimerism in DNA; XIST and the genes of the Y chromosome show in RNA
which cells are the donor's (`features.sheet_measures.sex_mixture`). Men lose the Y chromosome from
a part of their blood cells with age (Forsberg et al. 2014, Nat Genet 46:624), and leukaemic cells
may lose XIST or Y: such cells show neither, and the male (or female) share then reads low.
"""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from features.arrays import Bools
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.measures.composition import leukocytes
from features.measures.pooled_expression import MIN_CELLS, MISSING, PER_10K, Estimate
from features.measures.standard_errors import Z_90
from features.sheet_measures.sex_mixture import LogNormal, SexCounts, SexPriors, female_share

XIST = "XIST"
Y_GENES = ("RPS4Y1", "DDX3Y", "EIF1AY", "KDM5D", "UTY", "USP9Y")
MIN_Y_GENES = 4
FEMALE, MALE = "female", "male"
CONTRADICTION = 0.20  # share of cells of a sex that neither patient nor donor has

OTHER_LYMPHOCYTES = ("nk", "b", "plasma")  # lineages of lymphocytes that are no T cells
# Medians and log-SDs over samples of one sex (20 male and 5 female ones of CARPALL, Anderson et al.
# 2023, Nat Med 29:1700). Monocytes show half of what T cells show.
_XIST = {"t": 18.0, "lymphocyte": 18.0, "other": 10.0}
_Y = {"t": 17.0, "lymphocyte": 14.0, "other": 9.0}
XIST_SPREAD, Y_SPREAD = 0.8, 0.30
# Y genes fit a size of about 9; 3.5 allows for cells that show none at any depth. Both sizes, and
# the error that the mixture's form leaves (times p (1 - p)), were chosen on mixtures of six male
# samples with three female ones; two other male ones took no part (benchmarks.chimerism).
XIST_SIZE, Y_SIZE = LogNormal(1.5, 0.3), LogNormal(3.5, 0.3)
FORM_ERROR = 0.08
NO_AMBIENT = LogNormal(0.02, 1.0)  # where the ambient fraction is not known
MIN_AMBIENT, AMBIENT_SPREAD = 0.005, 0.5

SheetTexts = Mapping[str, str | None]


class GroupShare(NamedTuple):
    """Number of cells of a group, and the share of female ones among them."""

    n_cells: int
    female: Estimate


def chimerism_features(
    counts: CellCounts, typing: Typing, texts: SheetTexts, ambient_fraction: float = math.nan
) -> dict[str, float]:
    """Donor share of leukocytes (only of unsorted cells) and of T cells, with errors.

    `texts` are the sheet's `patient_sex`, `donor_sex` and `enrichment`. Missing where both sexes
    are equal or one is not stated, under 50 cells, without XIST, four of the Y genes or the depth
    genes. Shares of T cells, other lymphocytes and other leukocytes are estimated apart, because
    monocytes show half as much of these genes, and added up by their numbers of cells.
    """
    patient, donor = texts.get("patient_sex"), texts.get("donor_sex")
    leukocyte_share, t_share = MISSING, MISSING
    if patient and donor and patient != donor and _has_genes(counts):
        shares = _female_shares(counts, typing, ambient_fraction)
        t_share = _donor_share(_combine([shares["t"]]), donor)
        if texts.get("enrichment") == "none":
            leukocyte_share = _donor_share(_combine(shares.values()), donor)
    return {
        **leukocyte_share.columns("donor_cell_fraction"),
        **t_share.columns("donor_t_fraction"),
    }


def contradicts_sexes(
    counts: CellCounts, typing: Typing, texts: SheetTexts, ambient_fraction: float = math.nan
) -> bool:
    """Whether over 20 % of the leukocytes are of a sex that the sheet states for nobody.

    By the lower end of the share's 90 % interval, and only where the patient's sex is stated and
    the donor's is the same or not stated.
    """
    patient, donor = texts.get("patient_sex"), texts.get("donor_sex")
    if patient is None or donor not in (None, patient) or not _has_genes(counts):
        return False
    female = _combine(_female_shares(counts, typing, ambient_fraction).values())
    other_sex = female.value if patient == MALE else 1 - female.value
    return other_sex - Z_90 * female.se > CONTRADICTION


def _has_genes(counts: CellCounts) -> bool:
    n_y = sum(gene in counts.genes for gene in Y_GENES)
    return counts.has_depth and XIST in counts.genes and n_y >= MIN_Y_GENES


def _female_shares(
    counts: CellCounts, typing: Typing, ambient_fraction: float
) -> dict[str, GroupShare]:
    """Number of cells and female share of each group; missing in a group without cells."""
    xist, y_genes = counts.gene_umis(XIST).astype(np.int64), counts.summed_umis(Y_GENES)
    depth = counts.depth / PER_10K
    total = float(counts.depth.sum()) / PER_10K  # of whole numbers: the same in any order of cells
    ambient_xist, ambient_y = (float(umis.sum()) / total for umis in (xist, y_genes))
    shares = {}
    for name, group in _groups(typing).items():
        cells = SexCounts(xist[group], y_genes[group], depth[group], ambient_xist, ambient_y)
        priors = _priors(name, _ambient_prior(ambient_fraction))
        female = Estimate(*female_share(cells, priors)) if group.any() else MISSING
        shares[name] = GroupShare(int(group.sum()), female)
    return shares


def _groups(typing: Typing) -> dict[str, Bools]:
    t_cells, lymphocytes = typing.lineage_mask("t"), typing.lineage_mask(*OTHER_LYMPHOCYTES)
    other_leukocytes = leukocytes(typing) & ~t_cells & ~lymphocytes
    return {"t": t_cells, "lymphocyte": lymphocytes, "other": other_leukocytes}


def _ambient_prior(fraction: float) -> LogNormal:
    if math.isnan(fraction):
        return NO_AMBIENT
    return LogNormal(max(fraction, MIN_AMBIENT), AMBIENT_SPREAD)


def _priors(group: str, ambient: LogNormal) -> SexPriors:
    return SexPriors(
        LogNormal(_XIST[group], XIST_SPREAD), LogNormal(_Y[group], Y_SPREAD), XIST_SIZE, Y_SIZE,
        ambient,
    )  # fmt: skip


def _combine(groups: Iterable[GroupShare]) -> Estimate:
    """Share of all cells of some groups, weighted by their numbers; missing under 50 cells."""
    parts = [group for group in groups if group.n_cells]
    n = sum(part.n_cells for part in parts)
    if n < MIN_CELLS:
        return MISSING
    value = sum(part.n_cells * part.female.value for part in parts) / n
    error = math.hypot(*(part.n_cells * part.female.se for part in parts)) / n
    return Estimate(value, math.hypot(error, FORM_ERROR * value * (1 - value)))


def _donor_share(female: Estimate, donor: str) -> Estimate:
    return female if donor == FEMALE else Estimate(1 - female.value, female.se)
