"""Cells per microlitre: shares of known samples times the lymphocyte count."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.celltypes.cell_types import NAMES, Typing
from features.sheet_measures.cells_per_microlitre import NAMES as COLUMNS
from features.sheet_measures.cells_per_microlitre import (
    cells_per_microlitre,
    monocyte_ratio,
    share_of,
)

CELLS = {"cd14_monocyte": 150, "cd16_monocyte": 50, "cd4_t": 300, "cd8_t": 200, "other_t": 100,
         "nk": 150, "b": 45, "plasma": 5, "platelet": 90, "doublet": 40}  # fmt: skip
TEXTS = {"enrichment": "none", "tissue": "PB"}
SHARES = {"t_fraction": 0.6, "cd4_t_fraction": 0.65, "cd4_t_fraction_se": 0.03,
          "cd8_t_fraction": 0.30, "cd8_t_fraction_se": 0.02}  # fmt: skip


def typing_of(cells_by_type: dict[str, int]) -> Typing:
    """Calls with so many cells of each type."""
    call = np.repeat([NAMES.index(name) for name in cells_by_type], list(cells_by_type.values()))
    return Typing(call.astype(np.int8), np.ones(call.size, np.float32))


def counts_of(
    cells: dict[str, int] = CELLS,
    texts: dict[str, str | None] | None = None,
    numbers: dict[str, float] | None = None,
    *,
    shares: dict[str, float] = SHARES,
) -> dict[str, float]:
    """The columns at a lymphocyte count of 1.6 x 10^9/L."""
    return cells_per_microlitre(
        typing_of(cells),
        {**TEXTS, **(texts or {})},
        numbers={"alc": 1.6, "amc": 9.9, "cd4": 7.0, **(numbers or {})},
        columns=shares,
    )


def test_shares_times_the_lymphocyte_count() -> None:
    """800 lymphocytes at 1,600 per microlitre: two per cell; CD4 and CD8 by the corrected shares.

    Neither the sheet's monocyte count nor its CD4 by flow enters.
    """
    columns = counts_of()
    expected = (400.0, 1200 * 0.65, 1200 * 0.30, 300.0, 100.0)
    assert [columns[name] for name in COLUMNS] == pytest.approx(expected)


def test_errors_are_those_of_repeated_draws() -> None:
    """4,000 multinomial draws of the cells and normal draws of the T-cell shares spread alike."""
    rng, total = np.random.default_rng(1), sum(CELLS.values())
    draws = []
    for n in rng.multinomial(total, np.array(list(CELLS.values())) / total, 4000):
        shares = {**SHARES, "cd4_t_fraction": rng.normal(0.65, 0.03),
                  "cd8_t_fraction": rng.normal(0.30, 0.02)}  # fmt: skip
        draws.append(counts_of(dict(zip(CELLS, n.tolist(), strict=True)), shares=shares))
    columns = counts_of()
    for name in COLUMNS:
        spread = np.std([draw[name] for draw in draws])
        assert columns[f"{name}_se"] == pytest.approx(spread, rel=0.08), name


def test_no_cell_is_a_number_with_an_error() -> None:
    """Zero of 800 cells is zero, with an error of about one cell (two per microlitre)."""
    columns = counts_of({**CELLS, "b": 0, "plasma": 0, "cd14_monocyte": 0, "cd16_monocyte": 0})
    for name in ("b_per_ul", "monocytes_per_ul"):
        assert columns[name] == 0.0
        assert 1.0 < columns[f"{name}_se"] < 4.0
    assert share_of(0, 800).se > 0
    assert monocyte_ratio(0, 800).se > 0


@pytest.mark.parametrize(
    "case",
    [
        {"texts": {"enrichment": "sorted"}},
        {"texts": {"enrichment": None}},
        {"texts": {"tissue": "BM"}},
        {"texts": {"tissue": None}},
        {"numbers": {"alc": math.nan}},
        {"shares": {**SHARES, "t_fraction": math.nan}},
        {"cells": {"cd4_t": 49, "cd14_monocyte": 500}},
        {"cells": {**CELLS, "precursor_b": 60}},
    ],
)
def test_missing_where_shares_are_not_those_of_blood(case: dict[str, dict[str, float]]) -> None:
    """Sorted cells, marrow, no count, no composition, few lymphocytes, blasts in the count."""
    columns = counts_of(**case)  # type: ignore[arg-type]  # one argument of several types
    assert len(columns) == 2 * len(COLUMNS)
    assert all(math.isnan(value) for value in columns.values())


def test_few_blasts_leave_the_counts() -> None:
    """40 beside 800 lymphocytes move no count by more than a twentieth."""
    assert counts_of({**CELLS, "precursor_b": 40}) == counts_of()


def test_subsets_wait_for_their_shares() -> None:
    """Without the corrected CD4 and CD8 shares these two are missing, and the others are there."""
    columns = counts_of(shares={"t_fraction": 0.6})
    missing = {name for name in COLUMNS if math.isnan(columns[name])}
    assert missing == {"cd4_t_per_ul", "cd8_t_per_ul"}


def test_a_sheet_with_a_blood_count_gives_them(pbmc3k: Path, tmp_path: Path) -> None:
    """A fresh process reads the sheet's lymphocyte count, and fills what rests on the same cells.

    Healthy blood: 343 B cells of about 1,950 lymphocytes are 160 to 190 per 1,000 lymphocytes.
    """
    sheet, table = tmp_path / "samples.csv", tmp_path / "features.parquet"
    line = f"A,P1,28,{pbmc3k},PB,none,1.0"
    sheet.write_text(f"sample_id,patient_id,day,path,tissue,enrichment,alc\n{line}\n")
    subprocess.run([sys.executable, "-m", "features", str(sheet), "-o", str(table)], check=True)
    row = pd.read_parquet(table).iloc[0]
    assert 160 < row["b_per_ul"] < 190
    assert 0 < row["monocytes_per_ul_se"] < 0.1 * row["monocytes_per_ul"]
    assert row["hla_dr_monocyte_low"] < row["hla_dr_monocyte"] < row["hla_dr_monocyte_high"]
    assert row["clr_b"] > row["clr_plasma"]
    assert row["s100a8a9_nonmyeloid_low"] < 0 < row["s100a8a9_nonmyeloid_high"]
    assert "s100_nonmyeloid_wide" in row["warnings"]
