"""Antibodies in a matrix of their own, against the same counts in one .h5."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from features.readers.count_source import CountSource
from features.readers.open_counts import open_counts
from features.readers.text_files import mtx_blocks
from tests.features.text_counts import (
    assert_same_cells,
    matrix_text,
    scan_path,
    write_mtx,
    write_text,
)

PANEL = ("CD7", "CD4", "CD14", "unmapped")
NAMES = ("S_RNA_matrix.mtx", "S_RNA_features.tsv", "S_RNA_barcodes.tsv")


@pytest.fixture
def antibodies(blood: Any) -> np.ndarray:
    """Counts of each cell, cells x antibodies."""
    return np.random.default_rng(3).poisson(30, (blood.counts.shape[0], len(PANEL)))


def write_antibodies(folder: Path, counts: np.ndarray, order: np.ndarray, suffix: str) -> None:
    """The antibodies' triple with its cells in another order."""
    write_text(folder / "S_ADT_matrix.mtx", matrix_text(sparse.csc_matrix(counts[order].T)))
    write_text(folder / "S_ADT_features.tsv", "\n".join(PANEL) + "\n")
    write_text(folder / "S_ADT_barcodes.tsv", "".join(f"C{i}{suffix}\n" for i in order))


def rebuilt(source: CountSource) -> np.ndarray:
    """The whole matrix, cells x rows."""
    counts = np.zeros((source.n_cells, len(source.gene_ids)), int)
    for block in source.blocks():
        row = block.first + np.repeat(np.arange(block.indptr.size - 1), np.diff(block.indptr))
        cells, genes = (row, block.indices) if source.major == "cells" else (block.indices, row)
        counts[cells, genes] += block.data
    return counts


@pytest.mark.parametrize("order", ["cells", "genes"])
@pytest.mark.parametrize("suffix", ["", "-1"])
def test_antibodies_become_rows_of_protein(
    blood: Any,
    antibodies: np.ndarray,
    tenx_writer: Callable[..., Path],
    tmp_path: Path,
    order: str,
    suffix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in one Cell Ranger .h5, whatever the order of cells and the suffix of their barcodes."""
    monkeypatch.setattr(mtx_blocks, "BLOCK_ENTRIES", 10_000)
    form = sparse.csc_matrix if order == "cells" else sparse.csr_matrix
    folder = write_mtx(tmp_path / "f", blood, form(blood.counts.T), names=NAMES)
    shuffled = np.random.default_rng(0).permutation(len(antibodies))
    write_antibodies(folder, antibodies, shuffled, suffix)
    both = replace(
        blood,
        counts=sparse.csr_matrix(sparse.hstack([blood.counts, antibodies])),
        ids=[*blood.ids, *PANEL],
        names=[*blood.names, *PANEL],
    )
    kinds = ["Gene Expression"] * len(blood.ids) + ["Antibody Capture"] * len(PANEL)
    tenx = tenx_writer(tmp_path / "both.h5", both, kinds=kinds)
    source, expected = open_counts(folder), open_counts(tenx)
    assert source.reference == expected.reference
    np.testing.assert_array_equal(rebuilt(source), rebuilt(expected))
    assert_same_cells(scan_path(folder), scan_path(tenx))
    assert source.matrix == "S_RNA_matrix.mtx and S_ADT_matrix.mtx"


def test_cells_without_antibodies_are_not_taken_for_negative(
    blood: Any, antibodies: np.ndarray, tenx: Path, tmp_path: Path
) -> None:
    """Where one cell has no antibody counts, they are named and left out."""
    folder = write_mtx(tmp_path / "f", blood, names=NAMES)
    write_antibodies(folder, antibodies, np.arange(1, len(antibodies)), "")
    source = open_counts(folder)
    assert source.other_matrices == ("S_ADT_matrix.mtx",)
    assert set(source.reference.kinds) == {"rna"}
    assert_same_cells(scan_path(folder), scan_path(tenx))
