"""Cells per microlitre of blood (absolute counts): share of cells times the blood count.

A preparation of PBMC loses neutrophils, so that shares of all its cells are not those of blood.
Shares among lymphocytes are, and the lymphocyte count turns them into cells per microlitre.
Monocytes come with the lymphocytes: their ratio times the lymphocyte count, which does not use the
monocyte count `amc` of the sheet and can be held against it. No count of T cells by flow (`cd4`)
enters.
"""

import math
from collections.abc import Mapping

import numpy as np

from features.celltypes.cell_types import Typing
from features.celltypes.type_profiles import BLASTS
from features.measures.composition import FRACTIONS, LYMPHOCYTES, MONOCYTES
from features.measures.pooled_expression import MIN_CELLS, MISSING, Estimate, estimate_columns
from features.measures.standard_errors import log_ratio_se

# Share of blasts among blasts and lymphocytes above which an analyser's lymphocyte count, which may
# hold them, is no count of lymphocytes; below it an error of a twentieth.
MAX_BLASTS = 0.05
PER_MICROLITRE = 1000.0  # of a count in 10^9/L
NAMES = ("monocytes_per_ul", "cd4_t_per_ul", "cd8_t_per_ul", "nk_per_ul", "b_per_ul")


def share_of(part: int, total: int) -> Estimate:
    """Share of cells, with a standard error that stays above zero when no or every cell is one.

    sqrt(p (1 - p) / n) at p = (k + 0.5) / (n + 1), the mean under Jeffreys' prior.

    >>> round(share_of(0, 99).se, 4)
    0.0071
    """
    p = (part + 0.5) / (total + 1)
    return Estimate(part / total, math.sqrt(p * (1 - p) / total))


def product(first: Estimate, second: Estimate) -> Estimate:
    """Product of two independent estimates: variance a^2 s_b^2 + b^2 s_a^2 (first order).

    >>> product(Estimate(0.5, 0.1), Estimate(2.0, 0.0))
    Estimate(value=1.0, se=0.2)
    """
    se = math.hypot(first.value * second.se, second.value * first.se)
    return Estimate(first.value * second.value, se)


def monocyte_ratio(monocytes: int, lymphocytes: int) -> Estimate:
    """Monocytes per lymphocyte; error by that of the log-ratio, above zero without monocytes.

    >>> monocyte_ratio(100, 400).value
    0.25
    """
    smoothed = (monocytes + 0.5) / (lymphocytes + 0.5)
    return Estimate(monocytes / lymphocytes, smoothed * log_ratio_se(monocytes, lymphocytes))


def has_blood_count(
    texts: Mapping[str, str | None], numbers: Mapping[str, float], columns: Mapping[str, float]
) -> bool:
    """Whether shares are those of blood (PB, no enrichment, composition given) and alc is there."""
    return (
        texts.get("enrichment") == "none"
        and texts.get("tissue") == "PB"
        and not math.isnan(numbers.get("alc", math.nan))
        and not math.isnan(columns.get("t_fraction", math.nan))
    )


def cells_per_microlitre(
    typing: Typing,
    texts: Mapping[str, str | None],
    *,
    numbers: Mapping[str, float],
    columns: Mapping[str, float],
) -> dict[str, float]:
    """Monocytes, CD4 and CD8 T, NK and B cells per microlitre, with standard errors.

    `texts` and `numbers` are the sheet's (`alc` in 10^9/L); `columns` the features so far: without
    composition (`t_fraction`) nothing is given, and `cd4_t_fraction` and `cd8_t_fraction`, shares
    of T cells corrected for dropout, divide the T cells. Missing unless the sample is blood (PB)
    with enrichment none and a lymphocyte count, under 50 lymphocytes, and where over 5 % of
    lymphocytes and blasts together are blasts, which analysers may count as lymphocytes. The errors
    are those of the cells; the analyser's own is left out.
    """
    levels = dict.fromkeys(NAMES, MISSING)
    n = int(typing.type_mask(*LYMPHOCYTES).sum())
    n_blasts = int(typing.type_mask(*BLASTS).sum())
    is_lymphocyte_count = n_blasts <= MAX_BLASTS * (n + n_blasts)
    if n >= MIN_CELLS and is_lymphocyte_count and has_blood_count(texts, numbers, columns):
        per_lymphocyte = _per_lymphocyte(typing, n, columns)
        alc = PER_MICROLITRE * numbers["alc"]
        levels = {
            name: Estimate(alc * level.value, alc * level.se)
            for name, level in zip(NAMES, per_lymphocyte, strict=True)
        }
    return estimate_columns(levels)


def _per_lymphocyte(typing: Typing, n: int, columns: Mapping[str, float]) -> tuple[Estimate, ...]:
    """Cells per lymphocyte in the order of `NAMES`."""

    def number(*types: str) -> int:
        return int(np.count_nonzero(typing.type_mask(*types)))

    t_share = share_of(number(*FRACTIONS["t_fraction"]), n)
    subsets = [
        Estimate(columns.get(name, math.nan), columns.get(f"{name}_se", math.nan))
        for name in ("cd4_t_fraction", "cd8_t_fraction")
    ]
    return (
        monocyte_ratio(number(*MONOCYTES), n),
        *(product(t_share, subset) for subset in subsets),
        share_of(number(*FRACTIONS["nk_fraction"]), n),
        share_of(number(*FRACTIONS["b_fraction"]), n),
    )
