"""10x folders, plain and gzipped, against the .h5 of the same cells."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import io, sparse

from features.cells.scan import Scan, scan_counts
from features.errors import InputError
from features.genes.annotation import assign_roles
from features.readers import mtx_folder
from features.readers.open_counts import count_file_errors, open_counts


def write_folder(folder: Path, blood: Any, matrix: Any, gzipped: bool = False) -> Path:
    """matrix.mtx, features.tsv and barcodes.tsv as Cell Ranger writes them."""
    folder.mkdir()
    io.mmwrite(folder / "matrix.mtx", matrix, field="integer")
    rows = zip(blood.ids, blood.names, strict=True)
    (folder / "features.tsv").write_text("".join(f"{i}\t{n}\tGene Expression\n" for i, n in rows))
    (folder / "barcodes.tsv").write_text("".join(f"C{i}\n" for i in range(matrix.shape[1])))
    if gzipped:
        for path in list(folder.iterdir()):
            (folder / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 1))
            path.unlink()
    return folder


def scan_file(path: Path) -> Scan:
    """One pass over a folder or file."""
    with count_file_errors(path):
        source = open_counts(path)
        return scan_counts(source, assign_roles(source.reference))


@pytest.mark.parametrize("order", ["by cell", "by gene"])
@pytest.mark.parametrize("gzipped", [False, True])
def test_a_folder_gives_the_same_cells(
    blood: Any,
    tenx: Path,
    tmp_path: Path,
    gzipped: bool,
    order: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Either order, gzipped or not, and in pieces much smaller than the file."""
    monkeypatch.setattr(mtx_folder, "READ_BYTES", 50_000)
    monkeypatch.setattr(mtx_folder, "BLOCK_ENTRIES", 10_000)
    form = sparse.csc_matrix if order == "by cell" else sparse.csr_matrix
    path = write_folder(tmp_path / "f", blood, form(blood.counts.T), gzipped)
    scan, expected = scan_file(path), scan_file(tenx)
    np.testing.assert_array_equal(scan.cells.panel, expected.cells.panel)
    np.testing.assert_array_equal(scan.cells.total, expected.cells.total)
    np.testing.assert_array_equal(scan.cells.n_genes, expected.cells.n_genes)


def lines_of(path: Path) -> list[str]:
    """The matrix file's lines."""
    return (path / "matrix.mtx").read_text().splitlines()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda lines: [*lines[:9], "5 1 0.5", *lines[10:]], r"entry \d+ is 0\.5"),
        (lambda lines: [*lines[:9], "5 1 -2", *lines[10:]], r"entry \d+ is -2"),
        (lambda lines: [*lines[:9], "5 x 2", *lines[10:]], r"entry \d+ is not three numbers"),
        (lambda lines: [*lines[:9], "0 1 2", *lines[10:]], r"entry \d+ is not three numbers"),
        (lambda lines: lines[:-40], "of its"),
        (lambda lines: ["hello", *lines[1:]], "no coordinate matrix"),
        (lambda lines: [*lines[:3], *lines[:2:-1]], "ordered by barcode"),
        (lambda lines: [*lines[:9], "99999999 1 2", *lines[10:]], "points outside"),
    ],
)
def test_damage_is_reported(blood: Any, tmp_path: Path, change: Any, sentence: str) -> None:
    """A fraction, a negative, a torn line, too few lines, another format or order."""
    path = write_folder(tmp_path / "f", blood, sparse.csc_matrix(blood.counts[:30].T))
    (path / "matrix.mtx").write_text("\n".join(change(lines_of(path))) + "\n")
    with pytest.raises(InputError, match=sentence):
        scan_file(path)


def test_whole_numbers_written_as_reals_pass(blood: Any, tmp_path: Path) -> None:
    """2.00 is a count."""
    path = write_folder(tmp_path / "f", blood, sparse.csc_matrix(blood.counts[:30].T))
    before = scan_file(path).cells.total
    lines = lines_of(path)
    (path / "matrix.mtx").write_text("\n".join([*lines[:3], *(f"{x}.00" for x in lines[3:])]))
    np.testing.assert_array_equal(scan_file(path).cells.total, before)


def test_a_folder_without_a_matrix_is_refused(tmp_path: Path) -> None:
    """Any other folder gets its sentence."""
    with pytest.raises(InputError, match=r"a 10x folder must hold one matrix\.mtx"):
        open_counts(tmp_path)
