"""Antibodies in files that lost their feature types: the row is that of RNA alone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from features import schema
from features.cells.antibody_rows import mark_antibody_rows
from features.measures.history import rests_on_cd7
from features.pipeline.sample import summarise
from features.readers.open_counts import open_counts
from features.settings import data_dir
from features.table.row import Row, number
from features.table.sample_sheet import sheet_row


def rna_numbers(row: Row) -> np.ndarray:
    """The columns that do not rest on which cells are CD7-negative."""
    names = [name for name in schema.SAMPLE_NUMBERS if not rests_on_cd7(name)]
    return np.array([number(row, name) for name in names])


def write(path: Path, blood: Any, names: list[str], counts: sparse.csr_matrix) -> Path:
    """An .h5ad by names alone, as after `ad.concat`."""
    var = pd.DataFrame(index=pd.Index(names))
    obs = pd.DataFrame(index=[f"c{i}" for i in range(counts.shape[0])])
    data = anndata.AnnData(counts.astype(np.float32), obs=obs, var=var)
    data.write_h5ad(path)
    return path


@pytest.mark.parametrize("layout", ["csr", "csc"])
def test_a_panel_after_the_genes_changes_no_rna(blood: Any, tmp_path: Path, layout: str) -> None:
    """Forty counts of each antibody in every cell leave every RNA column as it was."""
    names = [str(name) for name in blood.names]
    panel = ["CD7-1", "CD3", "CD45RA", "CD14-1", "IgG1", "HTO1"]
    rng = np.random.default_rng(0)
    antibodies = sparse.csr_matrix(rng.poisson(40, (blood.counts.shape[0], len(panel))))
    both = sparse.csr_matrix(sparse.hstack([blood.counts, antibodies]))
    both = both if layout == "csr" else both.tocsc()
    plain = write(tmp_path / "rna.h5ad", blood, names, sparse.csr_matrix(blood.counts))
    mixed = write(tmp_path / "mixed.h5ad", blood, [*names, *panel], both)
    expected, row = (
        summarise(sheet_row(path, day=3, enrichment="none")) for path in (plain, mixed)
    )
    np.testing.assert_array_equal(rna_numbers(row), rna_numbers(expected))
    assert "untyped_antibodies" in str(row["warnings"])
    assert "untyped_antibodies" not in str(expected["warnings"])


def test_a_typed_file_is_not_read_for_it(
    blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """A reference without doubtful names costs no block."""
    source = open_counts(tenx_writer(tmp_path / "a.h5", blood))

    def read_nothing(*_: int) -> Any:
        raise AssertionError("a block was read")

    guarded = replace(source, read_blocks=read_nothing, read_cells=read_nothing)
    assert mark_antibody_rows(guarded) is guarded


@pytest.fixture(scope="module")
def eccite() -> anndata.AnnData:
    """500 PBMC with 49 antibodies in the same cells."""
    path = data_dir() / "eccite" / "eccite_pbmc_500.h5ad"
    if not path.exists():
        pytest.skip("the data set ECCITE is not there; set CD7WATCH_DATA to the data's folder")
    return anndata.read_h5ad(path)


def stacked(
    data: anndata.AnnData, antibodies: list[str], suffix: str, join: str
) -> anndata.AnnData:
    """RNA and antibodies in one matrix without types, names made unique as a tool does."""
    proteins = sparse.csr_matrix(data.obsm["protein_counts"][antibodies].to_numpy(np.float32))
    names = [*data.var_names, *(name + suffix for name in antibodies)]
    both = anndata.AnnData(
        sparse.csr_matrix(sparse.hstack([sparse.csr_matrix(data.X), proteins])).astype(np.float32),
        obs=pd.DataFrame(index=data.obs_names), var=pd.DataFrame(index=names),
    )  # fmt: skip
    both.var_names_make_unique(join=join)
    return both


@pytest.mark.filterwarnings("ignore:Variable names are not unique")
@pytest.mark.parametrize(
    ("antibodies", "suffix", "join"),
    [(None, "", "-"), (None, "", "."), (None, "_TotalSeqC", "-"), (["CD7"], "", "-")],
    ids=["as genes", "dots", "TotalSeq", "CD7 alone"],
)
def test_real_antibodies(
    eccite: anndata.AnnData, tmp_path: Path, antibodies: list[str] | None, suffix: str, join: str
) -> None:
    """ECCITE's antibodies beside RNA: monocytes 6.1 %, CD7-negative 13.8 % by RNA, as alone."""
    names = antibodies or list(eccite.obsm["protein_counts"].columns)
    stacked(eccite, names, suffix, join).write_h5ad(tmp_path / "both.h5ad")
    stacked(eccite, [], "", join).write_h5ad(tmp_path / "rna.h5ad")
    expected, row = (
        summarise(sheet_row(tmp_path / name, day=28, enrichment="none"))
        for name in ("rna.h5ad", "both.h5ad")
    )
    np.testing.assert_array_equal(rna_numbers(row), rna_numbers(expected))
    assert number(row, "monocyte_fraction") == pytest.approx(0.061, abs=0.0005)
    assert number(row, "cd7neg_t_fraction_rna") == pytest.approx(0.1382, abs=0.0005)
    assert (expected["cd7_source"], row["cd7_source"]) == ("rna", "protein")
    assert 0.07 < number(row, "cd7neg_t_fraction") < 0.15
