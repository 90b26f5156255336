"""One pass over a file against scipy on the whole matrix."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

from features.cells.scan import Scan, scan_counts
from features.errors import InputError
from features.genes.annotation import assign_roles
from features.genes.depth_genes import load_depth_genes, match_depth_genes
from features.readers.open_counts import open_counts

# Genes outside the depth set that the test blood holds (tests/features/conftest.py).
OUTSIDE = ("RPL10", "RPL13", "RPS27", "MALAT1")


def scan_file(path: Path, car: str | None = None, processes: int = 1) -> Scan:
    """One pass over a file."""
    source = open_counts(path)
    return scan_counts(source, assign_roles(source.reference, car), processes)


def test_the_state_is_that_of_the_matrix(blood: Any, tenx: Path) -> None:
    """Totals, genes, mitochondria and panel counts of the good cells, gene by gene."""
    scan = scan_file(tenx)
    dense = blood.counts.toarray()
    mito = dense[:, [n.startswith("MT-") for n in blood.names]].sum(1)
    total, genes = dense.sum(1), (dense > 0).sum(1)
    good = np.flatnonzero((total >= 400) & (genes >= 200) & (mito <= 0.2 * total))
    np.testing.assert_array_equal(scan.barcode_index, good)
    np.testing.assert_array_equal(scan.cells.total, total[good])
    np.testing.assert_array_equal(scan.cells.n_genes, genes[good])
    np.testing.assert_array_equal(scan.cells.mito, mito[good])
    in_depth = [n in load_depth_genes().symbols for n in blood.names]
    np.testing.assert_array_equal(scan.cells.depth, dense[:, in_depth].sum(1)[good])
    for gene in ("CD3D", "LYZ", "CD7", "S100A8"):
        np.testing.assert_array_equal(scan.cells.gene_umis(gene), blood.column(gene)[good])
    assert scan.cells.missing_genes == ()
    assert np.isclose(scan.mito_fraction, np.median(mito / total))


def test_the_car_is_counted_apart(
    blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """The CAR's counts stand in their own column and still count as RNA."""
    names = ["CAR_scFv" if name == "GENE5" else name for name in blood.names]
    path = tenx_writer(tmp_path / "car.h5", replace(blood, names=names))
    scan = scan_file(path, "CAR_scFv")
    np.testing.assert_array_equal(scan.cells.car, blood.column("GENE5")[scan.barcode_index])
    assert "CAR_scFv" not in scan.cells.genes
    assert scan_file(path).cells.car is None


def test_an_unfiltered_matrix_gives_the_same_cells_and_ambient_counts(
    blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path
) -> None:
    """Two thousand empty droplets between the cells change no cell and are summed apart."""
    rng = np.random.default_rng(0)
    rate = np.asarray(blood.counts.sum(axis=0)).ravel()
    droplets = rng.multinomial(20, rate / rate.sum(), size=2000).astype(np.int32)
    counts = sparse.csr_matrix(sparse.vstack([droplets[:1000], blood.counts, droplets[1000:]]))
    path = tenx_writer(tmp_path / "raw.h5", replace(blood, counts=counts))
    scan, expected = scan_file(path), scan_file(tenx_writer(tmp_path / "clean.h5", blood))
    np.testing.assert_array_equal(scan.barcode_index, expected.barcode_index + 1000)
    np.testing.assert_array_equal(scan.cells.panel, expected.cells.panel)
    assert scan.mito_fraction == expected.mito_fraction
    in_depth, _ = match_depth_genes(blood.ids, blood.names)
    assert (scan.n_empty, scan.empty_depth) == (2000, droplets[:, in_depth].sum())
    lyz = scan.cells.genes.index("LYZ")
    assert scan.empty_panel[lyz] == droplets[:, blood.names.index("LYZ")].sum()


@pytest.mark.parametrize("format", ["cells", "genes"])
def test_the_limits_of_a_good_cell_follow_the_reference(
    blood: Any, tmp_path: Path, format: str
) -> None:
    """Without ribosomal and non-coding genes: 280 UMIs, 180 genes, 23 % mitochondrial."""
    shared = [name not in OUTSIDE for name in blood.names]
    counts = blood.counts[:, shared].copy()
    thinned = np.random.default_rng(0).binomial(counts.data, np.repeat(
        np.linspace(0.05, 1, counts.shape[0]), np.diff(counts.indptr)))  # fmt: skip
    counts = sparse.csr_matrix((thinned, counts.indices, counts.indptr), counts.shape)
    counts.eliminate_zeros()
    var = pd.DataFrame(index=np.array(blood.names)[shared])
    matrix = counts if format == "cells" else counts.tocsc()
    AnnData(matrix, var=var).write_h5ad(tmp_path / "cut.h5ad")
    dense = counts.toarray()
    mito = dense[:, var.index.str.startswith("MT-")].sum(1)
    total, genes = dense.sum(1), (dense > 0).sum(1)
    good = np.flatnonzero((total >= 280) & (genes >= 180) & (mito <= 0.23 * total))
    scan = scan_file(tmp_path / "cut.h5ad")
    np.testing.assert_array_equal(scan.barcode_index, good)
    assert (total[good] < 400).any()
    assert np.isnan(scan.mito_fraction)


@pytest.mark.parametrize("processes", [2, 3])
def test_several_processes_find_the_same(
    blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, processes: int,
) -> None:  # fmt: skip
    """Every array to the bit, empty droplets and CAR included, whatever the number of parts."""
    monkeypatch.setattr("features.cells.scan.LARGE_FILE_ENTRIES", 0)
    shallow = blood.counts.copy()
    shallow.data[: blood.counts.indptr[80]] = 0
    shallow.eliminate_zeros()
    names = ["CAR_scFv" if name == "GENE5" else name for name in blood.names]
    counts = replace(blood, names=names, counts=sparse.csr_matrix(shallow))
    path = tenx_writer(tmp_path / "mixed.h5", counts)
    one, several = scan_file(path, "CAR_scFv"), scan_file(path, "CAR_scFv", processes)
    for name in ("barcode_index", "empty_panel"):
        np.testing.assert_array_equal(getattr(several, name), getattr(one, name))
    for name in ("total", "depth", "n_genes", "mito", "panel", "car"):
        np.testing.assert_array_equal(getattr(several.cells, name), getattr(one.cells, name))
    for name in ("n_barcodes", "mito_fraction", "mito_se", "barcode_genes", "empty_depth"):
        assert getattr(several, name) == getattr(one, name), name
    assert several.n_empty == one.n_empty


@pytest.mark.parametrize("cell", [3, 390])
def test_several_processes_report_the_same_damage(
    blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, cell: int,
) -> None:  # fmt: skip
    """A negative count in the first or the last part has one sentence."""
    monkeypatch.setattr("features.cells.scan.LARGE_FILE_ENTRIES", 0)
    bad = blood.counts.copy()
    bad.data[bad.indptr[cell]] = -4
    path = tenx_writer(tmp_path / "bad.h5", replace(blood, counts=bad))
    sentences = []
    for processes in (1, 2):
        with pytest.raises(InputError, match="is -4") as error:
            scan_file(path, processes=processes)
        sentences.append(str(error.value))
    assert sentences[0] == sentences[1]


@pytest.mark.parametrize("processes", [1, 2])
def test_a_count_over_255_is_exact(
    blood: Any, tenx_writer: Callable[..., Path], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, processes: int,
) -> None:  # fmt: skip
    """One cell with 70,000 UMIs of LYZ takes room for that gene's high bytes alone."""
    monkeypatch.setattr("features.cells.scan.LARGE_FILE_ENTRIES", 0)
    dense = blood.counts.toarray()
    dense[399, blood.names.index("LYZ")] = 70_000
    huge = replace(blood, counts=sparse.csr_matrix(dense))
    scan = scan_file(tenx_writer(tmp_path / "huge.h5", huge), processes=processes)
    assert scan.cells.gene_umis("LYZ").max() == 70_000
    usual = scan_file(tenx_writer(tmp_path / "usual.h5", blood), processes=processes)
    assert list(scan.cells.high) == [scan.cells.genes.index("LYZ")]
    assert (scan.cells.low.dtype, usual.cells.high) == (np.uint8, {})
    np.testing.assert_array_equal(usual.cells.panel[:390], scan.cells.panel[:390])


def test_a_cell_takes_at_most_400_bytes(tenx: Path) -> None:
    """What is kept of a cell through its features."""
    cells = scan_file(tenx).cells
    arrays = (cells.total, cells.n_genes, cells.mito, cells.low, *cells.high.values())
    assert sum(array.nbytes for array in arrays) <= 400 * cells.n_cells


@pytest.mark.parametrize("layout", ["cells", "genes"])
def test_entries_given_twice_are_added_up(blood: Any, tmp_path: Path, layout: str) -> None:
    """A gene and cell in two entries are one gene of the cell: CSR and CSC, unsorted too."""
    rng = np.random.default_rng(0)
    whole = (
        sparse.csr_matrix(blood.counts) if layout == "cells" else sparse.csc_matrix(blood.counts)
    )
    data, index, pointer = split_entries(whole, rng)
    encoding = "csr_matrix" if layout == "cells" else "csc_matrix"
    paths = [tmp_path / "whole.h5ad", tmp_path / "twice.h5ad"]
    write_h5ad(paths[0], blood, encoding, (whole.data, whole.indices, whole.indptr))
    write_h5ad(paths[1], blood, encoding, (data, index, pointer))
    expected, scan = (scan_file(path) for path in paths)
    np.testing.assert_array_equal(scan.barcode_index, expected.barcode_index)
    for name in ("total", "n_genes", "mito", "panel"):
        np.testing.assert_array_equal(getattr(scan.cells, name), getattr(expected.cells, name))
    assert scan.figures == expected.figures


def split_entries(
    matrix: sparse.csr_matrix, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Some counts over 1 as two entries, a row's entries in random order."""
    data, index, pointer = [], [], [0]
    is_csc = matrix.format == "csc"
    for begin, end in zip(matrix.indptr, matrix.indptr[1:], strict=False):
        counts, indices = matrix.data[begin:end], matrix.indices[begin:end]
        # Row pointers with more entries than columns are refused as damaged.
        share = 0.1 if counts.size < 0.8 * matrix.shape[1 - is_csc] else 0.0
        first = np.where(rng.random(counts.size) < share, np.minimum(counts, 1), counts)
        rest = counts - first
        row = np.concatenate([first, rest[rest > 0]]), np.concatenate([indices, indices[rest > 0]])
        order = rng.permutation(row[0].size)
        data.append(row[0][order])
        index.append(row[1][order])
        pointer.append(pointer[-1] + order.size)
    return np.concatenate(data), np.concatenate(index), np.array(pointer)


def write_h5ad(path: Path, blood: Any, encoding: str, parts: tuple[np.ndarray, ...]) -> None:
    """An .h5ad of these arrays, as AnnData lays it out."""
    with h5py.File(path, "w") as file:
        group = file.create_group("X")
        group.attrs.update({"encoding-type": encoding, "shape": blood.counts.shape})
        for name, values in zip(("data", "indices", "indptr"), parts, strict=True):
            group.create_dataset(name, data=values, chunks=(min(8000, values.size),))
        texts = {
            "var": {"_index": blood.names, "gene_ids": blood.ids},
            "obs": {"_index": range(400)},
        }
        for frame, columns in texts.items():
            node = file.create_group(frame)
            node.attrs["_index"] = "_index"
            for name, values in columns.items():
                node[name] = np.array([str(value) for value in values], "S")
