"""Cells given twice, in a file joined with itself or made so on purpose."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from scipy import sparse

from features.cells.repeated_cells import check_repeated_cells, same_counts
from features.cells.scan import scan_counts
from features.errors import InputError
from features.genes.annotation import assign_roles
from features.readers.open_counts import open_counts

Writer = Callable[..., Path]


def check(path: Path) -> None:
    """The check of a file after its pass."""
    source = open_counts(path)
    check_repeated_cells(source, scan_counts(source, assign_roles(source.reference)))


def write(writer: Writer, path: Path, blood: Any, rows: list[int], barcodes: list[str]) -> Path:
    """These cells of the sample under these barcodes."""
    writer(path, replace(blood, counts=sparse.csr_matrix(blood.counts[rows])))
    with h5py.File(path, "a") as file:
        del file["matrix/barcodes"]
        file["matrix/barcodes"] = np.array(barcodes, "S")
    return path


def sequences(n: int) -> list[str]:
    """Barcodes of 16 bases."""
    rng = np.random.default_rng(4)
    return ["".join(bases) for bases in rng.choice(list("ACGT"), (n, 16))]


@pytest.mark.parametrize("suffixes", [("-1", "-1"), ("-1", "-2"), ("-1-0", "-1-1"), ("", "_P2")])
def test_a_file_joined_with_itself_is_refused(
    blood: Any, tenx_writer: Writer, tmp_path: Path, suffixes: tuple[str, str]
) -> None:
    """Whatever the suffixes that made the barcodes unique."""
    names = [f"{name}{suffix}" for suffix in suffixes for name in sequences(400)]
    path = write(tenx_writer, tmp_path / "x.h5", blood, [*range(400)] * 2, names)
    with pytest.raises(InputError, match=r"400 of its 800 usable cells repeat another's barcode"):
        check(path)


def test_equal_barcodes_of_other_cells_pass(
    blood: Any, tenx_writer: Writer, tmp_path: Path
) -> None:
    """Two lanes of a sample share barcodes by chance."""
    names = sequences(200) * 2
    check(write(tenx_writer, tmp_path / "x.h5", blood, [*range(400)], names))


def test_a_cell_or_two_pass(blood: Any, tenx_writer: Writer, tmp_path: Path) -> None:
    """They move no feature."""
    names = sequences(400)
    names = [*names, *names[:2]]
    check(write(tenx_writer, tmp_path / "x.h5", blood, [*range(400), 0, 1], names))


def test_real_cells_are_all_different(carpall: Path, pbmc3k: Path, eccite: Path) -> None:
    """No two cells of public samples share their counts."""
    for path in [*sorted(carpall.glob("*.h5")), pbmc3k, eccite]:
        source = open_counts(path)
        scan = scan_counts(source, assign_roles(source.reference))
        assert same_counts(scan.cells).size == 0, path.name


def test_groups_are_those_of_equal_rows(blood: Any, tenx: Path) -> None:
    """Against a comparison of whole rows."""
    source = open_counts(tenx)
    cells = scan_counts(source, assign_roles(source.reference)).cells
    rows = np.random.default_rng(1).integers(0, cells.n_cells, cells.n_cells)
    groups = same_counts(cells.select(rows))
    for i, row in enumerate(rows):
        twins = np.flatnonzero(rows == row)
        expected = np.flatnonzero(groups == groups[i]) if groups[i] >= 0 else np.array([i])
        np.testing.assert_array_equal(twins, expected)
