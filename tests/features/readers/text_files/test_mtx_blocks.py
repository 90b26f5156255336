"""Blocks of entries in any order, and where the order changes."""

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from features.errors import InputError
from features.readers.text_files import mtx_blocks, text_lines
from features.readers.text_files.mtx_blocks import entry_order, stream_entries
from features.readers.text_files.mtx_file import MatrixFile, read_header
from tests.features.text_counts import matrix_text, write_text

SIZE = (40, 60)  # genes, cells


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces and blocks of some dozen entries."""
    monkeypatch.setattr(text_lines, "READ_BYTES", 400)
    monkeypatch.setattr(mtx_blocks, "BLOCK_ENTRIES", 100)


def matrix_file(path: Path, rows: np.ndarray, columns: np.ndarray, data: np.ndarray) -> MatrixFile:
    """Entries in the order given."""
    matrix = sparse.coo_matrix((data, (rows, columns)), shape=SIZE)
    return read_header(write_text(path, matrix_text(matrix)))


def rebuilt(matrix: MatrixFile) -> tuple[np.ndarray, int]:
    """The whole matrix from its blocks, genes x cells, and the number of entries in them."""
    order = entry_order(matrix)
    counts, n, expected = np.zeros(SIZE, int), 0, 0
    for block in stream_entries(matrix, order):
        assert block.first == expected
        expected += block.indptr.size - 1
        row = block.first + np.repeat(np.arange(block.indptr.size - 1), np.diff(block.indptr))
        where = (row, block.indices) if order == "genes" else (block.indices, row)
        np.add.at(counts, where, block.data)
        n += block.data.size
    assert expected == (SIZE[0] if order == "genes" else SIZE[1])
    return counts, n


@pytest.mark.parametrize("order", ["cells", "genes", "none"])
@pytest.mark.parametrize("twice", [False, True])
def test_blocks_hold_every_entry(tmp_path: Path, order: str, twice: bool) -> None:
    """By cell, by gene or neither; two entries of one gene and cell stay for the scan to add up."""
    rng = np.random.default_rng(1)
    matrix = sparse.coo_matrix(rng.poisson(0.5, SIZE))
    rows, columns, data = matrix.row, matrix.col, matrix.data
    if twice:
        rows, columns, data = (np.concatenate([v, v]) for v in (rows, columns, data))
    by = {"cells": np.lexsort((rows, columns)), "genes": np.lexsort((columns, rows))}
    place = by.get(order, rng.permutation(rows.size))
    file = matrix_file(tmp_path / "m.mtx", rows[place], columns[place], data[place])
    assert entry_order(file) == order
    counts, n = rebuilt(file)
    np.testing.assert_array_equal(counts, matrix.toarray() * (2 if twice else 1))
    assert n == data.size


def test_one_gene_first_tells_no_order(tmp_path: Path) -> None:
    """A first piece of one gene whose cells ascend is ordered both ways: the next ones decide."""
    matrix = sparse.coo_matrix(np.ones(SIZE, int))
    place = np.lexsort((matrix.col, matrix.row))
    file = matrix_file(tmp_path / "m.mtx", matrix.row[place], matrix.col[place], matrix.data[place])
    assert entry_order(file) == "genes"


def test_an_order_that_changes_is_refused(tmp_path: Path) -> None:
    """By cell for long, then not: the sentence names the line that sorts it."""
    matrix = sparse.csc_matrix(np.ones(SIZE, int)).tocoo()
    place = np.arange(matrix.nnz)
    place[-30:] = place[:30]
    place[:30] = np.arange(matrix.nnz)[-30:]
    place = np.concatenate([np.arange(30, matrix.nnz), np.arange(30)])
    file = matrix_file(tmp_path / "m.mtx", matrix.row[place], matrix.col[place], matrix.data[place])
    assert entry_order(file) == "cells"
    with pytest.raises(InputError, match=r"its order changes; .*tocsc"):
        rebuilt(file)


def test_too_many_entries_to_sort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded."""
    monkeypatch.setattr(mtx_blocks, "MAX_SORTED_ENTRIES", 5)
    file = matrix_file(
        tmp_path / "m.mtx", *np.array([[3, 1, 2, 9, 4, 5], [8, 1, 9, 2, 4, 3], [1] * 6])
    )
    with pytest.raises(InputError, match="above 5 entries"):
        rebuilt(file)
