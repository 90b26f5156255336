"""CD34 of a sample, and what warns of leukaemia: blasts, CD34, many progenitors.

Blasts are called cell by cell (`features.celltypes.type_profiles.BLASTS`), and their shares are
columns of `features.measures.composition`. CD34 RNA rises with the share of blasts whether they are
called or not: mature blood cells lack it. CD34 was 0.22 of all UMIs, about 0.4 here, at most in 32
samples elsewhere. `features.measures.fit_limits` has the limits.
"""

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing
from features.celltypes.type_profiles import BLASTS
from features.measures.composition import FRACTIONS, leukocytes
from features.measures.fit_limits import (
    HIGH_CD34,
    MIN_BLAST_SHARE,
    MIN_BLASTS,
    MIN_PROGENITOR_SHARE,
    MIN_PROGENITORS,
    MIN_UMIS,
)
from features.measures.pooled_expression import MISSING, Estimate, rare_rate

CD34 = "CD34"
# Types whose rows rest on the literature alone (`benchmarks blasts` shows what tested them).
LITERATURE_TYPES = (*FRACTIONS["t_blast_fraction"], *FRACTIONS["myeloid_blast_fraction"])


def cd34_rate(counts: CellCounts, typing: Typing) -> Estimate:
    """CD34 UMIs per 10,000 UMIs of the depth genes, pooled over the cells not called HSPC.

    As `rare_rate`. Linear in the share of CD34-positive blasts; normal precursors of marrow count
    too. Missing without CD34 or the depth genes in the reference, or without cells.

    >>> import numpy as np
    >>> counts = CellCounts(np.array([1000, 1000]), np.array([500, 500]), np.array([0, 0]),
    ...                     np.array([[2], [0]], np.int32), ("CD34",))
    >>> typing = Typing(np.array([5, 5], np.int8), np.ones(2, np.float32))
    >>> level = cd34_rate(counts, typing)
    >>> level.value, round(level.se, 1)
    (10.0, 13.5)
    """
    cells = ~typing.type_mask("hspc")
    if CD34 not in counts.genes or not counts.has_depth:
        return MISSING
    return rare_rate(counts.gene_umis(CD34)[cells].astype(int), counts.depth[cells])


def has_blasts(typing: Typing, types: tuple[str, ...] = BLASTS) -> bool:
    """Whether blasts of these types are 0.5 % of the leukocytes or more, and at least three cells.

    >>> import numpy as np
    >>> has_blasts(Typing(np.array([5, 5], np.int8), np.ones(2, np.float32)))
    False
    """
    n = int(typing.type_mask(*types).sum())
    return n >= max(MIN_BLASTS, MIN_BLAST_SHARE * int(leukocytes(typing).sum()))


def blast_warnings(counts: CellCounts, typing: Typing) -> list[str]:
    """Codes for blasts among the cells, CD34 beyond healthy samples, and many progenitors."""
    codes = []
    denominator = int(leukocytes(typing).sum())
    n_blasts = int(typing.type_mask(*BLASTS).sum())
    if has_blasts(typing):
        codes.append("blasts")
        is_by_table = typing.source == "rate_table"  # labels do not rest on its rows
        if is_by_table and 2 * int(typing.type_mask(*LITERATURE_TYPES).sum()) > n_blasts:
            codes.append("blast_kind_unproven")
    if _is_cd34_high(counts, typing):
        codes.append("high_cd34")
    n_progenitors = int(typing.type_mask("hspc").sum())
    if n_progenitors >= max(MIN_PROGENITORS, MIN_PROGENITOR_SHARE * denominator):
        codes.append("many_progenitors")
    return codes


def _is_cd34_high(counts: CellCounts, typing: Typing) -> bool:
    umis = counts.gene_umis(CD34)[~typing.type_mask("hspc")].sum()
    return bool(umis >= MIN_UMIS and cd34_rate(counts, typing).value > HIGH_CD34)
