"""All-gene sums by group against dense sums of the whole matrix."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from features.cells.antibody_matrix import add_antibody_matrix
from features.cells.scan import scan_counts
from features.celltypes.cell_types import NAMES, type_cells
from features.celltypes.labels import LabelColumn
from features.errors import InputError
from features.genes.annotation import assign_roles
from features.genes.depth_genes import match_depth_genes
from features.measures.cd7.source import measure_cd7
from features.pseudobulk.sample_sums import CD7_GROUPS, SampleSums, sum_file, sum_groups, sum_sample
from features.readers.open_counts import open_counts
from features.table.file_samples import FileSamples
from features.table.sample_sheet import sheet_row
from tests.features.pooled import DONORS, draw_pool, select, write_pool


def dense_of(path: Path) -> np.ndarray:
    """The whole matrix, cells x genes, read without our readers."""
    if path.suffix == ".h5ad":
        matrix = anndata.read_h5ad(path).X
        return np.asarray(matrix.todense() if sparse.issparse(matrix) else matrix)
    with h5py.File(path) as file:
        group = file["matrix"]
        parts = (group["data"][:], group["indices"][:], group["indptr"][:])
        return np.asarray(sparse.csr_matrix(parts, shape=group["shape"][:][::-1]).todense())


def slow_sums(path: Path) -> dict[str, tuple[np.ndarray, int]]:
    """Each group's sums and cells, one mask at a time over the dense matrix."""
    source = open_counts(path)
    scan = add_antibody_matrix(scan_counts(source, assign_roles(source.reference)), source)
    good = dense_of(path)[scan.barcode_index].astype(np.int64)
    typing = type_cells(scan.cells)
    posterior = measure_cd7(scan.cells, typing, None).posterior
    masks = {name: np.array(typing.names()) == name for name in NAMES}
    t_cells = np.isin(typing.names(), ["cd4_t", "cd8_t", "other_t"])
    masks["cd7neg_t"] = t_cells & (posterior >= 0.8)
    masks["cd7pos_t"] = t_cells & (posterior <= 0.2)
    masks["cd7unsure_t"] = t_cells & (posterior > 0.2) & (posterior < 0.8)
    return {name: (good[m].sum(axis=0), int(m.sum())) for name, m in masks.items() if m.any()}


def check(path: Path) -> SampleSums:
    """Compare every row with the slow version, and its sum with the cells' UMIs."""
    result, expected = sum_sample(sheet_row(path)), slow_sums(path)
    assert set(result.groups) == set(expected)
    for row, name in enumerate(result.groups):
        sums, n_cells = expected[name]
        np.testing.assert_array_equal(result.counts[[row]].toarray()[0], sums)
        assert result.n_cells[row] == n_cells
        assert result.n_umis[row] == sums.sum()
        in_depth, _ = match_depth_genes(result.reference.ids, result.reference.names)
        assert result.depth[row] == sums[in_depth].sum()
    return result


@pytest.mark.parametrize("name", ["pbmc3k", "eccite"])
def test_real_blood_has_the_dense_sums(name: str, request: pytest.FixtureRequest) -> None:
    """Healthy cells in .h5ad: every gene of every group, to the UMI."""
    check(request.getfixturevalue(name))


def test_a_real_file_of_a_treated_child_has_the_dense_sums(carpall: Path) -> None:
    """A Cell Ranger file; types add up to all good cells, the CD7 split to its T cells."""
    result = check(carpall / "CAR-T11141510.h5")
    types = np.array([name in NAMES for name in result.groups])
    t_cells = np.isin(result.groups, ["cd4_t", "cd8_t", "other_t"])
    assert set(CD7_GROUPS) <= set(result.groups)
    assert result.n_cells[~types].sum() == result.n_cells[t_cells].sum()
    assert result.n_umis[~types].sum() == result.n_umis[t_cells].sum()
    negative = dict(zip(result.groups, result.cd7_negative, strict=True))
    assert negative["cd7neg_t"] >= 0.8
    assert 0.2 < negative["cd7unsure_t"] < 0.8
    assert negative["cd7pos_t"] <= 0.2
    assert np.isnan(result.cd7_negative[types]).all()


def test_antibodies_are_no_genes(
    blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """Antibody rows are left out, and the row sums stay the cells' UMIs."""
    kinds = ["Gene Expression"] * (len(blood.ids) - 10) + ["Antibody Capture"] * 10
    result = sum_sample(sheet_row(tenx_writer(tmp_path / "adt.h5", blood, kinds=kinds)))
    assert result.counts.shape[1] == len(result.reference.ids) == len(blood.ids) - 10
    np.testing.assert_array_equal(np.asarray(result.counts.sum(axis=1)).ravel(), result.n_umis)


def test_cells_of_unknown_cd7_status_are_in_no_row_of_the_split(
    draw_sample: Callable[..., Any], tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """Shallow T cells are unresolved; with a product that hides CD7, CAR-T cells stay out."""
    shallow = tenx_writer(tmp_path / "shallow.h5", draw_sample(300, 6000, 1000))
    assert not set(sum_sample(sheet_row(shallow)).groups) & set(CD7_GROUPS)
    blood = draw_sample(400, 6000)
    names = ["CAR" if name == "GENE5" else name for name in blood.names]
    path = tenx_writer(tmp_path / "car.h5", replace(blood, names=names))
    row = sheet_row(path, car_gene="CAR", car_cd7_strategy="blocked")
    result, plain = sum_sample(row), sum_sample(sheet_row(path, car_gene="CAR"))
    split = [sum(s.n_cells[np.isin(s.groups, CD7_GROUPS)]) for s in (result, plain)]
    scan = scan_counts(open_counts(path), assign_roles(open_counts(path).reference, "CAR"))
    car_cells = type_cells(scan.cells).lineage_mask("t") & (scan.cells.car > 0)
    assert split[1] - split[0] == car_cells.sum() > 0


def test_a_matrix_by_genes_gives_the_same(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """A .h5ad stored by gene (CSC) has the sums of the Cell Ranger file."""
    data = anndata.AnnData(sparse.csc_matrix(blood.counts))
    data.var_names = blood.ids
    data.var["gene_ids"], data.var["gene_symbols"] = blood.ids, blood.names
    data.write_h5ad(tmp_path / "genes.h5ad")
    one, other = sum_sample(sheet_row(tenx)), sum_sample(sheet_row(tmp_path / "genes.h5ad"))
    assert one.groups == other.groups
    assert (one.counts != other.counts).nnz == 0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_groups_add_up_whatever_they_are(tenx: Path, blood: Any, seed: int, n: int) -> None:
    """Random groups over all barcodes add up to the matrix's sums; those left out are missing."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(-1, n, blood.counts.shape[0])
    result = sum_groups(open_counts(tenx), codes, n)
    expected = np.asarray(blood.counts[codes >= 0].sum(axis=0)).ravel()
    np.testing.assert_array_equal(result.sum(axis=0), expected)


def test_users_labels_make_the_rows(blood: Any, tmp_path: Path) -> None:
    """With labels, rows are the user's types."""
    data = anndata.AnnData(blood.counts)
    data.var_names = blood.ids
    data.var["gene_symbols"] = blood.names
    data.obs["mine"] = blood.types
    data.write_h5ad(tmp_path / "l.h5ad")
    result = sum_sample(sheet_row(tmp_path / "l.h5ad"), labels=LabelColumn("mine"))
    assert result.typing_source == "labels"
    assert set(result.groups) - set(CD7_GROUPS) == set(blood.types)


def test_a_truncated_file_is_refused(tenx: Path, tmp_path: Path) -> None:
    """Half a file is one sentence."""
    torn = tmp_path / "torn.h5"
    torn.write_bytes(tenx.read_bytes()[:20_000])
    with pytest.raises(InputError, match="must be whole"):
        sum_sample(sheet_row(torn))


@pytest.mark.parametrize("form", ["csr", "csc", "mtx"])
@pytest.mark.parametrize("most", [0, 50_000_000])
def test_sums_of_a_pool_are_those_of_files_alone(
    draw_sample: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    form: str, most: int,
) -> None:  # fmt: skip
    """All samples in one pass, or in a pass each where their sums would take too much memory."""
    monkeypatch.setattr("features.pseudobulk.sample_sums.MAX_SUMS", most)
    pool = draw_pool(draw_sample)
    path = write_pool(tmp_path, form, pool)
    cells = ("barcode=*-1", "barcode=*-9", "barcode=*-2")
    samples = tuple(sheet_row(path, sample_id=text, cells=text) for text in cells)
    first, fault, second = sum_file(FileSamples(samples, samples))
    assert isinstance(fault, InputError) and "selects none" in str(fault)
    for donor, sums in zip(DONORS, (first, second), strict=True):
        own = select(pool, np.flatnonzero(pool.donors == donor))
        alone = sum_sample(sheet_row(write_pool(tmp_path / donor, form, own)))
        assert isinstance(sums, SampleSums) and sums.groups == alone.groups
        np.testing.assert_array_equal(sums.counts.toarray(), alone.counts.toarray())
        for name in ("n_cells", "n_umis", "cd7_negative"):
            np.testing.assert_array_equal(getattr(sums, name), getattr(alone, name))
