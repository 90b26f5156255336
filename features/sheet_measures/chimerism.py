"""Donor share of leukocytes and T cells by sex genes, where donor and patient differ in sex.

Short tandem repeats measure chimerism in DNA; XIST and the genes of the Y chromosome show in RNA
which cells are the donor's (`features.sheet_measures.sex_mixture`). Men lose the Y chromosome from
a part of their blood cells with age (Forsberg et al. 2014, Nat Genet 46:624): such cells show
neither, and the male share then reads low.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from features.arrays import Bools, Ints
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.measures.composition import leukocytes
from features.measures.pooled_expression import MIN_CELLS, MISSING, PER_10K, Estimate
from features.sheet_measures.sex_mixture import LogNormal, SexCounts, SexPriors, female_share

XIST = "XIST"
Y_GENES = ("RPS4Y1", "DDX3Y", "EIF1AY", "KDM5D", "UTY", "USP9Y")
MIN_Y_GENES = 4
FEMALE, MALE = "female", "male"
CONTRADICTION = 0.20  # share of cells of a sex that neither patient nor donor has

# Lineages of T cells, of other lymphocytes, and of all other leukocytes.
LYMPHOCYTES = ("nk", "b", "plasma")
# Medians and log-SDs over samples of one sex (20 male and 5 female ones of CARPALL, Anderson et al.
# 2023, Nat Med 29:1700). Monocytes show half of what T cells show.
_XIST = {"t": 18.0, "lymphocyte": 18.0, "other": 10.0}
_Y = {"t": 17.0, "lymphocyte": 14.0, "other": 9.0}
XIST_SPREAD, Y_SPREAD = 0.8, 0.30
XIST_SIZE, Y_SIZE = LogNormal(1.0, 0.6), LogNormal(9.0, 0.4)
NO_AMBIENT = LogNormal(0.02, 1.0)  # where the ambient fraction is not known
MIN_AMBIENT, AMBIENT_SPREAD = 0.005, 0.5

Person = Mapping[str, str | None]


@dataclass(frozen=True)
class Chimerism:
    """Donor shares as columns, and whether cells are of a sex that the sheet does not state."""

    columns: Mapping[str, float]
    warnings: tuple[str, ...] = ()


NONE = Chimerism(
    MappingProxyType(
        {**MISSING.columns("donor_cell_fraction"), **MISSING.columns("donor_t_fraction")}
    )
)


def measure_chimerism(
    counts: CellCounts, typing: Typing, texts: Person, ambient_fraction: float = math.nan
) -> Chimerism:
    """Donor share of leukocytes (only of unsorted cells) and of T cells.

    `texts` are the sheet's `patient_sex`, `donor_sex` and `enrichment`. Missing where both sexes
    are equal or one is not stated, under 50 cells, without XIST, four of the Y genes or the depth
    genes. Shares of T cells, other lymphocytes and other leukocytes are estimated apart, because
    monocytes show half as much of these genes, and added up by their numbers of cells.
    """
    patient, donor = texts.get("patient_sex"), texts.get("donor_sex")
    if patient is None or not _has_genes(counts):
        return NONE
    shares = _female_shares(counts, typing, ambient_fraction)
    everything = _combine(shares)
    if donor is None or donor == patient:
        other_sex = 1 - everything.value if patient == FEMALE else everything.value
        return Chimerism(NONE.columns, _warnings(other_sex))
    t_cells = _combine({"t": shares["t"]} if "t" in shares else {})
    if texts.get("enrichment") != "none":
        everything = MISSING
    return Chimerism(
        {
            **_of_donor(everything, donor).columns("donor_cell_fraction"),
            **_of_donor(t_cells, donor).columns("donor_t_fraction"),
        }
    )


def _warnings(other_sex: float) -> tuple[str, ...]:
    return ("sex_contradicts",) if other_sex > CONTRADICTION else ()


def _has_genes(counts: CellCounts) -> bool:
    n_y = sum(gene in counts.genes for gene in Y_GENES)
    return counts.has_depth and XIST in counts.genes and n_y >= MIN_Y_GENES


def _female_shares(
    counts: CellCounts, typing: Typing, ambient_fraction: float
) -> dict[str, tuple[int, Estimate]]:
    """Number of cells and female share of each group that has cells."""
    xist, y_genes = counts.gene_umis(XIST).astype(np.int64), counts.summed_umis(Y_GENES)
    ambient = _ambient_prior(ambient_fraction)
    total = float(counts.depth.sum())
    rates = [PER_10K * float(umis.sum()) / total for umis in (xist, y_genes)]
    return {
        name: (
            int(group.sum()),
            Estimate(*female_share(_cells(counts.depth, xist, y_genes, group=group, rates=rates), _priors(name, ambient))),
        )
        for name, group in _groups(typing).items()
        if group.any()
    }  # fmt: skip


def _groups(typing: Typing) -> dict[str, Bools]:
    t_cells, lymphocytes = typing.lineage_mask("t"), typing.lineage_mask(*LYMPHOCYTES)
    others = leukocytes(typing) & ~t_cells & ~lymphocytes
    return {"t": t_cells, "lymphocyte": lymphocytes, "other": others}


def _cells(
    depth: Ints, xist: Ints, y_genes: Ints, *, group: Bools, rates: list[float]
) -> SexCounts:
    return SexCounts(xist[group], y_genes[group], depth[group] / PER_10K, rates[0], rates[1])


def _ambient_prior(fraction: float) -> LogNormal:
    if math.isnan(fraction):
        return NO_AMBIENT
    return LogNormal(max(fraction, MIN_AMBIENT), AMBIENT_SPREAD)


def _priors(group: str, ambient: LogNormal) -> SexPriors:
    return SexPriors(
        LogNormal(_XIST[group], XIST_SPREAD), LogNormal(_Y[group], Y_SPREAD), XIST_SIZE, Y_SIZE,
        ambient,
    )  # fmt: skip


def _combine(shares: Mapping[str, tuple[int, Estimate]]) -> Estimate:
    """Share of all cells of some groups, weighted by their numbers; missing under 50 cells."""
    n = sum(number for number, _ in shares.values())
    if n < MIN_CELLS:
        return MISSING
    value = sum(number * share.value for number, share in shares.values()) / n
    return Estimate(value, math.hypot(*(number * s.se for number, s in shares.values())) / n)


def _of_donor(female: Estimate, donor: str) -> Estimate:
    return female if donor == FEMALE else Estimate(1 - female.value, female.se)
