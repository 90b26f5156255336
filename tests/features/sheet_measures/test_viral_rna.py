"""Viral RNA: pooled rates against numpy, zero with an upper limit, missing without sequences."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from features.cells.cell_counts import CellCounts
from features.pipeline.sample import summarise, summarise_file
from features.sheet_measures.viral_rna import lacks_virus, viral_rna
from features.table.file_samples import FileSamples, group_by_file
from features.table.row import Row, warning_codes
from features.table.sample_sheet import sheet_row
from tests.features.conftest import Blood
from tests.features.pooled import draw_pool, write_pool

NAMES = {"GENE5": "HHV6B_U90", "GENE6": "HHV6B_U100", "GENE7": "EBNA1"}
LISTED = "hhv6=HHV6B_*;ebv=EBNA1"
VIRAL = ("hhv6_rna", "hhv6_rna_se", "ebv_rna", "ebv_rna_se", "cmv_rna", "cmv_rna_se")


def infected(blood: Blood) -> Blood:
    """The blood with rows of two viruses, whose UMIs lie in few cells (EBV's in none)."""
    counts = blood.counts.tolil()
    for gene in NAMES:
        counts[:, blood.names.index(gene)] = 0
    counts[7, blood.names.index("GENE5")] = 300
    counts[9, blood.names.index("GENE6")] = 4
    names = [NAMES.get(name, name) for name in blood.names]
    ids = [n if n in NAMES.values() else i for i, n in zip(blood.ids, names, strict=True)]
    return replace(blood, counts=sparse.csr_matrix(counts), names=names, ids=ids)


def counts(umis: list[int], virus: str = "hhv6") -> CellCounts:
    """Cells of 2,000 UMIs with these counts of one virus."""
    n = len(umis)
    total = np.full(n, 2000)
    low = np.array([umis], np.int32).T
    return CellCounts(total, total, total * 0, low, (), viruses=(virus,))


def test_the_rate_is_pooled_over_cells() -> None:
    """UMIs per 10,000; two columns of one virus add up; the error is that of one cell's burst."""
    columns = viral_rna(counts([100, 0, 0, 0]))
    assert columns["hhv6_rna"] == pytest.approx(1e4 * 100 / 8000)
    # One cell of four holds all: e = (75, -25, -25, -25), sqrt(4/3 x 7500) = 100, and 3 / 1.645.
    assert columns["hhv6_rna_se"] == pytest.approx(1e4 * math.hypot(100, 3 / 1.645) / 8000)
    two = CellCounts(
        np.full(2, 2000), np.full(2, 9), np.zeros(2, np.int64),
        np.array([[1, 2], [0, 5]], np.int32), (), viruses=("ebv", "ebv"),
    )  # fmt: skip
    assert viral_rna(two)["ebv_rna"] == pytest.approx(1e4 * 8 / 4000)


def test_no_umi_is_zero_with_the_limit_of_the_rule_of_three() -> None:
    """1.645 errors above zero lie 3 UMIs; half depth doubles the limit."""
    columns = viral_rna(counts([0] * 500, "cmv"))
    assert columns["cmv_rna"] == 0.0
    assert 1.645 * columns["cmv_rna_se"] == pytest.approx(1e4 * 3 / 1e6)
    assert math.isnan(columns["hhv6_rna"])


def test_a_virus_without_rows_is_missed() -> None:
    """Only where the sheet names it."""
    cells = counts([0, 1])
    assert not lacks_virus(cells, "hhv6=HHV6B_*")
    assert lacks_virus(cells, LISTED)
    assert not lacks_virus(cells, None)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("form", ["tenx", "genes"])
def test_no_other_column_changes(
    blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, form: str, processes: int,
) -> None:  # fmt: skip
    """By cell and by gene, with one and two processes: all but the viruses' columns to the bit."""
    monkeypatch.setattr("features.cells.scan.LARGE_FILE_ENTRIES", 0)
    sample = infected(blood)
    path = tenx_writer(tmp_path / "infected.h5", sample)
    if form == "genes":
        from anndata import AnnData
        from pandas import DataFrame

        var = DataFrame({"ids": sample.ids}, index=sample.names)
        AnnData(sample.counts.tocsc(), var=var).write_h5ad(tmp_path / "infected.h5ad")
        path = tmp_path / "infected.h5ad"
    plain = summarise(sheet_row(path, enrichment="none"), processes=processes)
    row = summarise(sheet_row(path, enrichment="none", virus_genes=LISTED), processes=processes)
    changed = {name for name in row if repr(row[name]) != repr(plain[name])}
    assert changed == {*VIRAL[:4], "virus_genes"}
    assert row["hhv6_rna"] == pytest.approx(1e4 * 304 / depth_of(sample))
    assert (row["ebv_rna"], row["ebv_rna_se"]) > (0.0, 0.0)
    assert not {"no_virus_genes", "sex_contradicts"} & set(warning_codes(row))


def depth_of(blood: Blood) -> float:
    """UMIs of the depth genes in all cells, which are all good."""
    from features.genes.depth_genes import match_depth_genes

    in_depth, _ = match_depth_genes(blood.ids, blood.names)
    return float(blood.counts[:, in_depth].sum())


def test_a_reference_without_the_virus_says_so(tenx: Path) -> None:
    """Missing values and a warning, never zero."""
    row = summarise(sheet_row(tenx, enrichment="none", virus_genes="cmv=CMV_*"))
    assert all(math.isnan(float(str(row[name]))) for name in VIRAL)
    assert "no_virus_genes" in warning_codes(row)


def test_samples_of_a_pooled_file_may_name_other_viruses(
    draw_sample: Callable[..., Any], tmp_path: Path
) -> None:
    """Each has the row of its own cells, whatever the other names."""
    pool = draw_pool(draw_sample)
    path = write_pool(tmp_path, "tenx", pool._replace(blood=infected(pool.blood)))
    lines = [
        sheet_row(path, sample_id=donor, enrichment="none", cells=cells, virus_genes=genes)
        for donor, cells, genes in (
            ("P1", "barcode=*-1", LISTED),
            ("P2", "barcode=*-2", "ebv=EBNA1"),
        )
    ]  # fmt: skip
    rows = [row for _, file in group_by_file(lines, range(2)) for row in rows_of(file)]
    assert not math.isnan(float(str(rows[0]["hhv6_rna"])))
    assert math.isnan(float(str(rows[1]["hhv6_rna"])))
    assert (rows[0]["ebv_rna"], rows[1]["ebv_rna"]) == (0.0, 0.0)


def rows_of(file: FileSamples) -> list[Row]:
    """Rows of a file's samples, none refused."""
    outcomes = summarise_file(file)
    assert all(isinstance(outcome, dict) for outcome in outcomes), outcomes
    return [outcome for outcome in outcomes if isinstance(outcome, dict)]
