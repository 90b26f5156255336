"""Levels without ambient RNA, by genes and groups, and the reasons why a value is withheld."""

import math

import numpy as np
import pytest

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing
from features.measures.ambient import AmbientEstimate
from features.measures.ambient_correction import (
    AMBIENT_RELATIVE_SD,
    ambient_warnings,
    corrected_level,
)
from features.measures.signed_log import signed_log1p

GROUPS = {("cd4_t",): 0.75, ("cd14_monocyte",): 0.25}


def sample(cells: int = 200) -> tuple[CellCounts, Typing]:
    """T cells and monocytes at 40 and 400 UMIs per 10,000 of two genes together, without noise."""
    panel = np.repeat([[3, 1], [30, 10]], cells, axis=0).astype(np.int32)
    n = np.full(2 * cells, 1000)
    call = np.repeat([NAMES.index(name) for name in ("cd4_t", "cd14_monocyte")], cells)
    typing = Typing(call.astype(np.int8), np.ones(2 * cells, np.float32))
    return CellCounts(n, n, 0 * n, panel, ("A", "B")), typing


def ambient(rho: float, n: int, profile: dict[str, float] | None = None) -> AmbientEstimate:
    """A share that is known without error."""
    return AmbientEstimate(rho, np.zeros(n), profile, None if profile is None else 0.2)


def test_arithmetic_of_the_correction() -> None:
    """Weighted rates 130 less a fifth of the pooled 220, over four fifths: 107.5 per 10,000.

    The error is 0.85 of the subtracted 55, as cells do not differ inside a group and the pooled
    rate's own error is small.
    """
    counts, typing = sample()
    level = corrected_level(
        ("A", "B"), counts, typing, groups=GROUPS, ambient=ambient(0.2, counts.n_cells)
    )
    assert level.value == pytest.approx(signed_log1p(107.5))
    se = AMBIENT_RELATIVE_SD * 55
    for sign, end in ((-1, level.low), (1, level.high)):
        assert end == pytest.approx(signed_log1p(107.5 + sign * 1.645 * se), rel=0.01)


def test_droplets_replace_the_pooled_profile() -> None:
    """What empty droplets hold is subtracted, with their own relative error."""
    counts, typing = sample()
    profile = {"A": 0.01, "B": 0.0}  # 100 per 10,000
    estimate = ambient(0.2, counts.n_cells, profile)
    level = corrected_level(("A", "B"), counts, typing, groups=GROUPS, ambient=estimate)
    assert level.value == pytest.approx(signed_log1p((130 - 20) / 0.8))
    assert math.expm1(level.high) == pytest.approx(137.5 + 1.645 * 0.2 * 25, rel=0.01)


def test_missing_without_share_or_cells() -> None:
    """No ambient fraction, or a group of 49 cells: nothing is given, not even ends."""
    counts, typing = sample()
    for share, (c, t) in ((math.nan, (counts, typing)), (0.2, sample(49))):
        level = corrected_level(("A",), c, t, groups=GROUPS, ambient=ambient(share, c.n_cells))
        assert all(math.isnan(number) for number in level)


def test_each_withheld_level_has_its_code() -> None:
    """A code where the ends are there and the value is not; none where all or nothing is there."""
    codes = {
        "s100a8a9_nonmyeloid": "s100_nonmyeloid_wide",
        "s100a8a9_standardised": "s100_standardised_wide",
        "hla_dr_monocyte": "hla_dr_wide",
    }
    missing = {column: math.nan for name in codes for column in (name, f"{name}_low")}
    assert ambient_warnings(missing) == []
    assert ambient_warnings(dict.fromkeys(missing, 1.0)) == []
    for name, code in codes.items():
        assert ambient_warnings({**missing, f"{name}_low": -3.0}) == [code]
