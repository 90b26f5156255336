"""Headers and entries of MatrixMarket files against scipy's reader."""

from pathlib import Path

import numpy as np
import pytest
from scipy import io, sparse

from features.errors import InputError
from features.readers.text_files import text_lines
from features.readers.text_files.mtx_file import read_entries, read_header
from tests.features.text_counts import matrix_text, write_text


def counts(shape: tuple[int, int] = (30, 20)) -> sparse.coo_matrix:
    """Random counts."""
    return sparse.coo_matrix(np.random.default_rng(0).poisson(0.7, shape))


@pytest.mark.parametrize("name", ["m.mtx", "m.mtx.gz"])
@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("cells_first", [False, True])
def test_entries_equal_scipys(
    tmp_path: Path, name: str, dense: bool, cells_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sparse and dense, either way round, in pieces of some lines."""
    monkeypatch.setattr(text_lines, "READ_BYTES", 64)
    matrix = counts()
    path = write_text(tmp_path / name, matrix_text(matrix.toarray() if dense else matrix))
    header = read_header(path)._replace(cells_first=cells_first)
    parts = list(read_entries(header))
    genes, cells, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    shape = (header.n_genes, header.n_cells)
    ours = sparse.coo_matrix((values, (genes, cells)), shape=shape).toarray()
    theirs = np.asarray(sparse.coo_matrix(io.mmread(path)).todense())
    np.testing.assert_array_equal(ours.T if cells_first else ours, theirs)
    assert len(parts) > 3


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("%%MatrixMarket matrix coordinate pattern general\n2 2 1\n", "field is pattern"),
        ("%%MatrixMarket matrix coordinate complex general\n2 2 1\n", "coordinate complex"),
        ("%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n", "skew-symmetric"),
        ("%%MatrixMarket vector coordinate real general\n2 2 1\n", "does not begin with"),
        ("%%MatrixMarket matrix coordinate real general\n2 2\n", "does not state its size"),
        ("%%MatrixMarket matrix coordinate real general\n", "does not state its size"),
        ("%%MatrixMarket matrix coordinate real general\n9 99999999 1\n", "than any capture"),
    ],
)
def test_headers_that_are_refused(tmp_path: Path, header: str, sentence: str) -> None:
    """What is no matrix of counts by its own header."""
    with pytest.raises(InputError, match=sentence):
        read_header(write_text(tmp_path / "m.mtx", header))


def test_the_three_parts_of_a_gene(tmp_path: Path) -> None:
    """Spliced and ambiguous entries of a gene get its number, unspliced ones are left out."""
    matrix = counts((20, 30))
    path = write_text(tmp_path / "m.mtx", matrix_text(matrix))
    header = read_header(path)._replace(cells_first=True, n_parts=3)
    [part] = read_entries(header)
    ours = np.zeros((20, 10), int)
    np.add.at(ours, (part.cells, part.genes), part.counts)
    dense = matrix.toarray()
    np.testing.assert_array_equal(ours, dense[:, :10] + dense[:, 20:])
