"""Pseudobulk file: every sum, in the sheet's order, with genes that a reference lacks flagged."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest
from scipy import sparse

from features.errors import InputError
from features.pipeline.many_samples import sum_samples
from features.pseudobulk.pseudobulk_file import read_pseudobulk, require_anndata, write_pseudobulk
from features.pseudobulk.sample_sums import sum_sample
from features.table.row import RefusedSample
from features.table.sample_sheet import SheetRow, sheet_row


@pytest.fixture(scope="module")
def samples(
    draw_sample: Callable[..., Any], tenx_writer: Callable[..., Path], tmp_path_factory: Any
) -> list[SheetRow]:
    """Two samples on two references: the second lacks 200 genes and has the rest in other order."""
    folder = tmp_path_factory.mktemp("bulk")
    first, second = (draw_sample(300, 6000, seed=seed) for seed in (1, 2))
    n_genes = len(first.ids)
    order = np.random.default_rng(0).permutation(n_genes)
    order = order[(order < n_genes - 200)]
    second = replace(
        second, counts=sparse.csr_matrix(second.counts[:, order]),
        ids=[second.ids[i] for i in order], names=[second.names[i] for i in order],
    )  # fmt: skip
    rows = []
    for number, blood in enumerate((first, second)):
        path = tenx_writer(folder / f"s{number}.h5", blood, provenance="synthetic")
        row = sheet_row(path, day=28 * number - 5, sample_id=f"S{number}", patient_id="P", site="x")
        rows.append(row)
    return rows


def test_the_file_keeps_every_sum(samples: list[SheetRow], tmp_path: Path) -> None:
    """Rows are those of each sample, genes matched by id; missing ones are flagged."""
    sums = [sum_sample(sample) for sample in samples]
    refused_samples = [RefusedSample("S9", "P", 3, "too few cells")]
    write_pseudobulk(tmp_path / "p.h5ad", sums, refused_samples)
    data = read_pseudobulk(tmp_path / "p.h5ad")
    np.testing.assert_array_equal(np.asarray(data.X.sum(axis=1)).ravel(), data.obs["n_umis"])
    assert np.issubdtype(data.X.dtype, np.integer)
    for number, one in enumerate(sums):
        part = data[(data.obs["sample_id"] == f"S{number}").to_numpy()]
        assert list(part.obs["group"]) == list(one.groups)
        np.testing.assert_array_equal(
            part[:, list(one.reference.ids)].X.toarray(), one.counts.toarray()
        )
    absent = ~data.var["in_all_samples"].to_numpy()
    assert absent.sum() == 200
    in_reference = data.varm["in_reference"]
    n_genes = data.n_vars
    np.testing.assert_array_equal(in_reference.sum(axis=0), [n_genes, n_genes - 200])
    assert not in_reference[absent, data.obs["reference"].iloc[-1]].any()
    assert data.uns["provenance"] == "synthetic"
    assert "Research use only" in data.uns["research_use_only"]
    assert json.loads(data.uns["refused"])[0]["sample_id"] == "S9"
    assert set(data.obs["site"]) == {"x"}


def test_processes_change_nothing(samples: list[SheetRow], tmp_path: Path) -> None:
    """Child processes and a Dask worker give the sums read here; a torn file is named."""
    from distributed import LocalCluster

    torn_path = tmp_path / "torn.h5"
    torn_path.write_bytes(samples[0].path.read_bytes()[:20_000])
    tasks = [samples[1], sheet_row(torn_path, sample_id="T", patient_id="P", day=1), samples[0]]
    with LocalCluster(1, threads_per_worker=1, processes=False, dashboard_address=":0") as cluster:
        ways = [
            sum_samples(tasks, 2, progress=False),
            sum_samples(tasks, progress=False, scheduler=cluster.scheduler_address),
        ]
    expected = [sum_sample(samples[1]), sum_sample(samples[0])]
    for sums, refused_samples in ways:
        assert [one.sample.sample_id for one in sums] == ["S1", "S0"]
        assert [(one.sample_id, "must be whole" in one.reason) for one in refused_samples] == [
            ("T", True)
        ]
        for one, other in zip(sums, expected, strict=True):
            assert one.groups == other.groups
            assert (one.counts != other.counts).nnz == 0


def test_what_is_no_pseudobulk_is_refused(tmp_path: Path) -> None:
    """Another .h5ad, a text file and nothing at all; and nothing is written without a sample."""
    anndata.AnnData(np.ones((2, 2))).write_h5ad(tmp_path / "other.h5ad")
    (tmp_path / "text.h5ad").write_text("no")
    for name, part in (("other", "must be ours"), ("text", "readable"), ("none", "readable")):
        with pytest.raises(InputError, match=part):
            read_pseudobulk(tmp_path / f"{name}.h5ad")
    with pytest.raises(InputError, match="at least one usable sample"):
        write_pseudobulk(tmp_path / "p.h5ad", [])
    assert not (tmp_path / "p.h5ad").exists()


def test_without_anndata_the_error_gives_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without AnnData: one sentence."""
    monkeypatch.setitem(sys.modules, "anndata", None)
    with pytest.raises(InputError, match=r"pip install anndata"):
        require_anndata()
