"""Writers of count files as text: mtx folders of many tools, dense tables, and their cells."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from scipy import io, sparse

from features.cells.scan import Scan, scan_counts
from features.genes.annotation import assign_roles
from features.readers.open_counts import count_file_errors, open_counts


def write_text(path: Path, text: str | bytes) -> Path:
    """A text file, gzip where its name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(raw, 1) if path.suffix == ".gz" else raw)
    return path


def gene_lines(blood: Any, kind: str = "\tGene Expression") -> str:
    """features.tsv as Cell Ranger writes it."""
    return "".join(f"{i}\t{n}{kind}\n" for i, n in zip(blood.ids, blood.names, strict=True))


def barcode_lines(n_cells: int) -> str:
    """barcodes.tsv of cells C0, C1 and so on."""
    return "".join(f"C{i}\n" for i in range(n_cells))


def matrix_text(matrix: Any, field: str | None = "integer") -> str:
    """A matrix as scipy writes it, rows first."""
    from io import BytesIO

    file = BytesIO()
    io.mmwrite(file, matrix, field=field)
    return file.getvalue().decode()


def write_mtx(
    folder: Path,
    blood: Any,
    matrix: Any = None,
    *,
    names: tuple[str, str, str] = ("matrix.mtx", "features.tsv", "barcodes.tsv"),
    field: str | None = "integer",
) -> Path:
    """Matrix (genes x cells, ordered by cell unless another is given), genes and barcodes."""
    matrix = sparse.csc_matrix(blood.counts.T) if matrix is None else matrix
    write_text(folder / names[0], matrix_text(matrix, field))
    write_text(folder / names[1], gene_lines(blood))
    write_text(folder / names[2], barcode_lines(blood.counts.shape[0]))
    return folder


def dense_text(
    names: list[str], columns: list[str], values: np.ndarray, delimiter: str = ",", corner: str = ""
) -> str:
    """A table with a header of columns and a name before each row."""
    rows = (delimiter.join([name, *map(str, row)]) for name, row in zip(names, values, strict=True))
    return "\n".join([delimiter.join([corner, *columns]), *rows]) + "\n"


def scan_path(path: Path) -> Scan:
    """One pass over a count file of any form."""
    with count_file_errors(path):
        source = open_counts(path)
        return scan_counts(source, assign_roles(source.reference))


def assert_same_cells(scan: Scan, expected: Scan) -> None:
    """The same good cells with the same counts."""
    np.testing.assert_array_equal(scan.barcode_index, expected.barcode_index)
    for name in ("total", "n_genes", "mito", "panel"):
        np.testing.assert_array_equal(getattr(scan.cells, name), getattr(expected.cells, name))
    assert scan.cells.genes == expected.cells.genes
