"""One sample, one row: what must change nothing, what must be said."""

import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features import schema
from features.problem import BadInput, Refusal
from features.row import Row, check_ranges, number
from features.sample import summarise
from features.sheet import read_sheet, sheet_row


def numbers(row: Row) -> np.ndarray:
    """All numeric columns of one sample."""
    return np.array([number(row, name) for name in schema.SAMPLE_NUMBERS])


@pytest.fixture(scope="module")
def row(tenx: Path) -> Row:
    """The simulated sample's row."""
    return summarise(sheet_row(tenx, day=3, enrichment="none"))


def test_a_row_has_the_schemas_columns_and_ranges(row: Row) -> None:
    """Exactly the columns, every value plausible, provenance and source of types said."""
    assert tuple(row) == schema.SAMPLE_COLUMNS
    check_ranges(row)
    assert (row["provenance"], row["typing_source"], row["day"]) == ("synthetic", "rate_table", 3)


def test_fractions_are_those_drawn(row: Row, blood: Any) -> None:
    """Against the simulator's truth, within three standard errors."""
    truth = np.mean([t in ("cd14_monocyte", "cd16_monocyte") for t in blood.types])
    error = number(row, "monocyte_fraction_se")
    assert abs(number(row, "monocyte_fraction") - truth) < 3 * error
    assert number(row, "n_cells") == 400
    assert number(row, "median_genes") == np.median(np.diff(blood.counts.indptr))


@pytest.mark.parametrize("seed", range(4))
def test_order_of_cells_changes_nothing(
    row: Row, blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path, seed: int
) -> None:
    """Permuting cells moves no feature by more than 1e-9."""
    order = np.random.default_rng(seed).permutation(400)
    mixed = tenx_writer(tmp_path / "p.h5", replace(blood, counts=blood.counts[order]))
    again = summarise(sheet_row(mixed, day=3, enrichment="none"))
    np.testing.assert_allclose(numbers(again), numbers(row), rtol=0, atol=1e-9)


def test_order_of_genes_changes_nothing(
    row: Row, blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """A reference in another order holds the same sample."""
    order = np.random.default_rng(1).permutation(len(blood.names))
    other = replace(
        blood, counts=blood.counts[:, order].tocsr(),
        names=[blood.names[i] for i in order], ids=[blood.ids[i] for i in order],
    )  # fmt: skip
    again = summarise(sheet_row(tenx_writer(tmp_path / "g.h5", other), day=3, enrichment="none"))
    np.testing.assert_allclose(numbers(again), numbers(row), rtol=0, atol=1e-9)


def test_composition_needs_unselected_cells(tenx: Path) -> None:
    """Sorted, product or unstated: no fractions, and the reason among the warnings."""
    codes = {"sorted": "sorted", "product": "product", None: "enrichment_unknown"}
    for enrichment, code in codes.items():
        row = summarise(sheet_row(tenx, day=3, enrichment=enrichment))
        assert math.isnan(number(row, "monocyte_fraction"))
        assert code in str(row["warnings"]).split(";")
    assert "sorted_impure" in str(summarise(sheet_row(tenx, enrichment="sorted"))["warnings"])


def test_a_missing_car_is_said(tenx: Path) -> None:
    """A CAR named in the sheet that the reference lacks is a warning, not an error."""
    row = summarise(sheet_row(tenx, enrichment="none", car_gene="CAR_scFv"))
    assert "no_car_gene" in str(row["warnings"])
    assert math.isnan(number(row, "car_t_fraction"))


def test_too_few_cells_are_refused(
    drawn: Callable[..., Any], tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """150 good cells are no sample."""
    with pytest.raises(Refusal, match="150 of 150 are"):
        summarise(sheet_row(tenx_writer(tmp_path / "few.h5", drawn(150)), day=1))


def test_labels_replace_our_types(blood: Any, tmp_path: Path) -> None:
    """The user's own types give the fractions, and the row says so."""
    import anndata
    import pandas as pd

    obs = pd.DataFrame({"mine": blood.types}, index=[str(i) for i in range(400)])
    var = pd.DataFrame({"gene_ids": blood.ids}, index=blood.names)
    anndata.AnnData(blood.counts, obs=obs, var=var).write_h5ad(tmp_path / "l.h5ad")
    row = summarise(sheet_row(tmp_path / "l.h5ad", enrichment="none"), labels="mine")
    assert row["typing_source"] == "labels"
    assert number(row, "nk_fraction") == pytest.approx(np.mean([t == "nk" for t in blood.types]))


def test_labels_need_a_format_that_has_them(tenx: Path) -> None:
    """Cell Ranger's .h5 carries none."""
    with pytest.raises(BadInput, match=r"give an \.h5ad"):
        summarise(sheet_row(tenx), labels="mine")


def test_the_path_imports_no_heavy_library(tenx: Path) -> None:
    """A cold process reads an .h5 without anndata, scikit-learn or pandas, nor our own scipy.

    numba looks for BLAS in scipy.linalg when it is there; nothing else of scipy is loaded.
    """
    program = (
        "import sys; from features.settings import prepare_libraries; prepare_libraries()\n"
        "from features.sample import summarise; from features.sheet import sheet_row\n"
        f"summarise(sheet_row({str(tenx)!r}))\n"
        "heavy = {'anndata', 'scipy.sparse', 'scipy.stats', 'sklearn', 'pandas', 'zarr', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_real_samples_pass_or_are_refused_for_what_they_are(carpall: Path) -> None:
    """The four known bad samples are refused with their reasons, the other eight give rows."""
    reasons = {
        "CAR-T10310320": "44 % mitochondrial",
        "CAR-T10310321": "80 of 133 are",
        "CAR-T10484034": "needs a median of 400 genes",
        "CAR-T10484036": "needs a median of 400 genes",
    }
    for line in read_sheet(carpall / "samples.csv"):
        if line.sample_id in reasons:
            with pytest.raises(Refusal, match=reasons[line.sample_id]):
                summarise(line)
        else:
            row = summarise(line)
            check_ranges(row)
            assert row["provenance"] == "real"
