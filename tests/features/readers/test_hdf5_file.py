"""Every kind of HDF5 file goes to its reader or gets its sentence, also through the command."""

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from features.errors import InputError
from features.readers.open_counts import open_counts
from features.table.feature_table import read_table
from tests.features.readers.same_cells import frame, normalised
from tests.features.readers.test_loom import write_loom
from tests.features.readers.test_multimodal import proteins, write_h5mu

REPOSITORY = Path(__file__).resolve().parents[3]


def molecule_info(file: h5py.File) -> None:
    """Cell Ranger's list of molecules, in chunks that take long to list one value at a time."""
    for name in ("barcode_idx", "feature_idx", "umi", "count"):
        file.create_dataset(name, data=np.zeros(2_000_000, np.uint32), compression="gzip")


def older_molecule_info(file: h5py.File) -> None:
    """The same of Cell Ranger 2."""
    for name in ("barcode", "gene", "umi"):
        file[name] = np.zeros(10)


def h5seurat(file: h5py.File) -> None:
    """SeuratDisk's layout."""
    file["assays/RNA/counts/data"] = np.ones(3)
    file["cell.names"] = np.array([b"a"])


def hdf5array(file: h5py.File) -> None:
    """The assays of R's SummarizedExperiment."""
    file["assay001"] = np.ones((3, 3))


def something_else(file: h5py.File) -> None:
    """Arrays of another program, one of them called X."""
    file["X"], file["y"] = np.ones((3, 3)), np.ones(3)


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (molecule_info, r"molecule_info\.h5.*filtered_feature_bc_matrix\.h5"),
        (older_molecule_info, r"molecule_info\.h5"),
        (h5seurat, r"\.h5seurat; write it in R: x <- SeuratDisk::LoadH5Seurat"),
        (hdf5array, r"HDF5Array.*zellkonverter::writeH5AD"),
        (something_else, r"but this one holds X, y; write its raw UMI counts"),
    ],
)
def test_intact_files_of_other_kinds_get_their_sentence(
    tmp_path: Path, write: Callable[[h5py.File], None], sentence: str
) -> None:
    """At once, what it is and the way out, never that it is damaged."""
    with h5py.File(tmp_path / "f.h5", "w") as file:
        write(file)
    start = time.process_time()
    with pytest.raises(InputError, match=rf"^f\.h5: .*{sentence}") as error:
        open_counts(tmp_path / "f.h5")
    assert time.process_time() - start < 1
    assert "copy it again" not in str(error.value)


def test_the_command_reads_every_kind_in_a_fresh_process(
    blood: Any, tenx: Path, tmp_path: Path
) -> None:
    """Loom, MuData, packed .h5ad, zstd and Blosc: the rows of the Cell Ranger .h5 to the bit."""
    import hdf5plugin

    write_loom(tmp_path / "a.loom", blood)
    write_h5mu(tmp_path / "b.h5mu", rna=frame(blood, blood.counts), prot=proteins(blood))
    data = frame(blood, normalised(blood.counts), layers={"umi": blood.counts})
    data.write_h5ad(tmp_path / "c.h5ad")
    (tmp_path / "c.h5ad.gz").write_bytes(gzip.compress((tmp_path / "c.h5ad").read_bytes(), 1))
    for name, filters in (("d", hdf5plugin.Zstd()), ("e", hdf5plugin.Blosc())):
        frame(blood, blood.counts).write_h5ad(tmp_path / f"{name}.h5ad")
        with h5py.File(tmp_path / f"{name}.h5ad", "a") as file:
            for part in ("data", "indices"):
                values = file[f"X/{part}"][:]
                del file[f"X/{part}"]
                file.create_dataset(f"X/{part}", data=values, chunks=(5000,), **filters)
    names = [str(tenx), "a.loom", "b.h5mu", "c.h5ad.gz", "d.h5ad", "e.h5ad"]
    lines = ["sample_id,patient_id,day,path,enrichment"]
    lines += [f"s{i},P{i},28,{name},none" for i, name in enumerate(names)]
    (tmp_path / "samples.csv").write_text("\n".join(lines))
    subprocess.run(
        [sys.executable, "-m", "features", "samples.csv", "-o", "f.parquet"],
        cwd=tmp_path, check=True, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    table = read_table(tmp_path / "f.parquet").columns.to_pylist()
    varying = {"sample_id", "patient_id", "provenance", "warnings", "path"}
    control = {key: value for key, value in table[0].items() if key not in varying}
    assert len(table) == len(names)
    for row in table[1:]:
        # MuData's CD7 antibody, which marks no cell type here, decides over RNA.
        names = [k for k in control if row["cd7_source"] == "rna" or not k.startswith("cd7")]
        assert repr([row[k] for k in names]) == repr([control[k] for k in names])
    assert [row["cd7_source"] for row in table].count("protein") <= 1
