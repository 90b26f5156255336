"""Loom files: genes x cells, any layer, either chunking."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from features.errors import InputError
from features.readers.open_counts import open_counts
from tests.features.readers.same_cells import assert_same_cells


def write_loom(path: Path, blood: Any, **options: Any) -> Path:
    """The simulated cells as loompy writes them; options: layers, factor of matrix, chunks."""
    counts = blood.counts.T.toarray()
    with h5py.File(path, "w") as file:
        chunks = options.get("chunks", (64, 64))
        file.create_dataset(
            "matrix", data=counts * options.get("factor", 1), chunks=chunks, compression="gzip"
        )
        for name, values in options.get("layers", {}).items():
            file.create_dataset(f"layers/{name}", data=values, chunks=chunks, compression="gzip")
        file["row_attrs/Gene"] = np.array(blood.names, "S")
        file["row_attrs/Accession"] = np.array(blood.ids, "S")
        file["col_attrs/CellID"] = np.array([f"c{i}" for i in range(counts.shape[1])], "S")
        file["col_attrs/ClusterName"] = np.array(blood.types, "S")
        file.create_group("row_graphs")
        file.attrs["LOOM_SPEC_VERSION"] = "3.0.0"
        file.attrs["provenance"] = "synthetic"
    return path


@pytest.mark.parametrize("chunks", [(64, 64), None, (12_000, 1), (1, 400)])
def test_the_main_matrix_is_read(
    blood: Any, tenx: Path, tmp_path: Path, chunks: tuple[int, int] | None
) -> None:
    """In loompy's chunks, in none, by cell and by gene."""
    path = write_loom(tmp_path / "l.loom", blood, chunks=chunks or True)
    source = assert_same_cells(path, tenx)
    assert source.provenance == "synthetic"
    assert source.read_barcodes()[:2] == ["c0", "c1"]
    assert source.column_names == ("ClusterName",)
    assert source.read_column("ClusterName") == blood.types


def test_counts_are_found_in_a_layer(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """The main matrix holds fractions."""
    layers = {"spam": blood.counts.T.toarray() * 0.5, "umi": blood.counts.T.toarray()}
    path = write_loom(tmp_path / "l.loom", blood, factor=0.1, layers=layers)
    assert assert_same_cells(path, tenx).matrix == "layers/umi"


def test_velocyto_s_parts_do_not_hide_their_sum(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """The main matrix is the sum of the layers."""
    counts = blood.counts.T.toarray()
    spliced = np.random.default_rng(1).binomial(counts, 0.7)
    layers = {"spliced": spliced, "unspliced": counts - spliced, "ambiguous": counts * 0}
    path = write_loom(tmp_path / "l.loom", blood, layers=layers)
    assert assert_same_cells(path, tenx).matrix == "matrix"


def test_a_normalised_loom_is_refused(blood: Any, tmp_path: Path) -> None:
    """No layer of whole numbers."""
    with pytest.raises(InputError, match=r"l\.loom: counts must be whole .* none in matrix"):
        open_counts(write_loom(tmp_path / "l.loom", blood, factor=0.1))
