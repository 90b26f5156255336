"""Features withheld where blasts are among the cells called T, B, NK or monocytes.

A blast that is not called one enters the lineage that it resembles: CD7-negative blasts of T-ALL
would be CD7-negative T cells. Mature cells lack the genes of immature ones, so these pooled over
a lineage's cells tell the share of blasts among them. In samples without leukaemia the rate is at
most 0.12 per 10,000 in T cells and, with enough UMIs to count, 0.2 in other lineages; the blasts
of two children with B-ALL show 9 to 20, arrays of nine patients with T-ALL 0.7 to 23. At 5 % of
T-ALL cells drawn from these, T-cell features are withheld for seven of the nine, at 10 % for eight
(`benchmarks blasts`). CD34-negative blasts without DNTT, RAG1 and CD1 go unnoticed.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.measures.blasts import has_blasts
from features.measures.composition import FRACTIONS, MONOCYTES
from features.measures.fit_limits import MIN_UMIS
from features.measures.pooled_expression import MISSING, PER_10K, rate

# Progenitors and immature T and B cells alone; CD1A and CD1B are those of cortical thymocytes.
IMMATURE_GENES = ("CD34", "DNTT", "RAG1", "CD1A", "CD1B", "VPREB1")
# Per 10,000: 2 % (T) to 6 % of the lineage's cells with blasts of the rates above.
MAX_RATE = MappingProxyType({"t": 0.25, "b": 0.5, "nk": 0.5, "monocyte": 0.5})
T_BLASTS = FRACTIONS["t_blast_fraction"]
LINEAGES = MappingProxyType(
    {
        "t": FRACTIONS["t_fraction"],
        "b": ("b",),
        "nk": FRACTIONS["nk_fraction"],
        "monocyte": MONOCYTES,
    }
)
# What divides by all lymphocytes, or pools them: cells per microlitre are shares of lymphocytes.
_LYMPHOCYTES = (
    "log_monocyte_lymphocyte_ratio", "s100a8a9_nonmyeloid*", "s100a8a9_standardised*",
    "monocytes_per_ul", "cd4_t_per_ul", "cd8_t_per_ul", "nk_per_ul", "b_per_ul",
)  # fmt: skip
# What rests on a lineage's cells: whole names, and beginnings of names (with a star).
FEATURES_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "t": (
            "t_fraction", "cd7*", "car_t_*", "handling_stress", "cd4_t_fraction", "cd8_t_fraction",
            "gamma_delta_t_fraction", "log_cd4_cd8_ratio", "regulatory_t_fraction",
            "naive_t_fraction", "memory_t_fraction", "effector_t_fraction", "donor_t_fraction",
            *_LYMPHOCYTES,
        ),
        "b": ("b_fraction", *_LYMPHOCYTES),
        "nk": ("nk_fraction", *_LYMPHOCYTES),
        "monocyte": (
            "monocyte_fraction", "cd14_monocyte_fraction", "cd16_monocyte_fraction",
            "monocytes_per_ul", "hla_dr_monocyte*", "s100a8a9_monocyte", "s100a8a9_standardised*",
            "log_monocyte_lymphocyte_ratio",
        ),
    }
)  # fmt: skip
_LOG_RATIOS = ("clr_*",)  # a log-ratio rests on the shares of all types
_UNRESOLVED = "cd7neg_unresolved"


def lineages_with_blasts(counts: CellCounts, typing: Typing) -> tuple[str, ...]:
    """Lineages whose called cells show more genes of immature cells than mature ones do.

    Over 0.5 UMIs of `IMMATURE_GENES` per 10,000 UMIs of the depth genes (0.25 in T cells), and at
    least 4 UMIs; genes that the reference lacks count nothing. T cells also where T-lineage blasts
    are called (`features.measures.blasts.has_blasts`): for each one called, others of the same
    leukaemia are called T. The user's own labels tell them apart by more than our table knows.
    """
    umis = counts.summed_umis(IMMATURE_GENES)
    lineages = []
    for lineage, types in LINEAGES.items():
        cells = typing.type_mask(*types)
        is_over = PER_10K * rate(umis[cells], counts.depth[cells]) > MAX_RATE[lineage]
        if is_over and umis[cells].sum() >= MIN_UMIS:
            lineages.append(lineage)
    by_table = typing.source == "rate_table"
    if by_table and has_blasts(typing, T_BLASTS) and "t" not in lineages:
        lineages.insert(0, "t")
    return tuple(lineages)


def withhold_with_blasts(
    features: Mapping[str, float], lineages: Collection[str]
) -> dict[str, float]:
    """The features of a sample without those that blasts among these lineages' cells enter.

    >>> withhold_with_blasts({"b_fraction": 0.5, "b_fraction_se": 0.1, "t_fraction": 0.2}, ["b"])
    {'b_fraction': nan, 'b_fraction_se': nan, 't_fraction': 0.2}
    """
    if not lineages:
        return dict(features)
    names = [name for lineage in lineages for name in FEATURES_OF[lineage]] + list(_LOG_RATIOS)
    values = {
        column: MISSING.value if _is_among(column, names) else value
        for column, value in features.items()
    }
    if "t" in lineages and _UNRESOLVED in values:
        values[_UNRESOLVED] = 1.0
    return values


def _is_among(column: str, names: Collection[str]) -> bool:
    """Whether a column, or the feature whose error it is, is among names or their beginnings."""
    feature = column.removesuffix("_se")
    return any(
        feature.startswith(name[:-1]) if name.endswith("*") else feature == name for name in names
    )


def missed_blast_warnings(lineages: Collection[str]) -> list[str]:
    """A code for each of these lineages."""
    codes = ("blasts_among_t", "blasts_among_b", "blasts_among_nk", "blasts_among_monocytes")
    return [code for code, lineage in zip(codes, LINEAGES, strict=True) if lineage in lineages]
