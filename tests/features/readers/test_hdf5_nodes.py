"""Nodes of a file: links and outside storage are refused, filters are loaded where needed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from features.errors import InputError
from features.readers.hdf5_chunks import DamagedFile
from features.readers.hdf5_nodes import (
    child_names,
    has_node,
    is_dataset,
    is_group,
    local_node,
    read_strings,
)
from tests.features.readers.same_cells import frame

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[h5py.File]:
    """A file with a group, a data set and links."""
    with h5py.File(tmp_path / "n.h5", "w") as file:
        file["g/values"] = np.arange(3)
        file["g/names"] = np.array([b"a", b"b"])
        file["soft"] = h5py.SoftLink("/g")
        file["out"] = h5py.ExternalLink("/etc/passwd", "/x")
        yield file


def test_links_are_not_followed(file: h5py.File) -> None:
    """Whatever they point to; they are no group and no data set, but they are there."""
    for name in ("soft", "out"):
        assert has_node(file, name)
        assert not is_group(file, name) and not is_dataset(file, name)
        with pytest.raises(InputError, match=r"hold its data itself, but .* is a link"):
            local_node(file, name)
    assert not has_node(file, "soft/values")
    assert child_names(file) == ["g"]


def test_data_outside_the_file_is_refused(file: h5py.File) -> None:
    """Virtual data sets and raw data in other files."""
    layout = h5py.VirtualLayout((3,), "i8")
    layout[:] = h5py.VirtualSource("other.h5", "v", (3,))
    file.create_virtual_dataset("virtual", layout)
    file.create_dataset("external", (3,), "i8", external=[("other.bin", 0, 24)])
    for name in ("virtual", "external"):
        with pytest.raises(InputError, match=f"{name} is not stored in the file"):
            local_node(file, name)


def test_an_absent_node_is_damage(file: h5py.File) -> None:
    """Its path is named."""
    with pytest.raises(DamagedFile, match="it has no g/nothing"):
        local_node(file, "g/nothing")


def test_columns_of_text(file: h5py.File) -> None:
    """Text comes as Python strings, numbers are none."""
    assert read_strings(file["g/names"]) == ("a", "b")
    with pytest.raises(DamagedFile, match="no column of text"):
        read_strings(file["g/values"])


PACKINGS = ("zstd", "blosc", "bitshuffle", "lz4")
# anndata and hdf5plugin are imported by the writer alone: the reader starts afresh.
READ = (
    "import sys; from features.readers.open_counts import open_counts; "
    "s = open_counts(sys.argv[1]); print(sum(int(b.data.sum()) for b in s.blocks()), "
    "'hdf5plugin' in sys.modules)"
)


@pytest.mark.parametrize("packing", PACKINGS)
def test_filters_of_hdf5plugin_are_read_by_a_fresh_process(
    blood: object, tmp_path: Path, packing: str
) -> None:
    """X in a filter that h5py lacks: nothing but our reader imports the plugin."""
    import hdf5plugin

    filters = {
        "zstd": hdf5plugin.Zstd(), "blosc": hdf5plugin.Blosc(),
        "bitshuffle": hdf5plugin.Bitshuffle(), "lz4": hdf5plugin.LZ4(),
    }[packing]  # fmt: skip
    path = tmp_path / "x.h5ad"
    data = frame(blood, blood.counts)  # type: ignore[attr-defined]
    data.write_h5ad(path)
    with h5py.File(path, "a") as file:
        for name in ("data", "indices"):
            values = file[f"X/{name}"][:]
            del file[f"X/{name}"]
            file.create_dataset(f"X/{name}", data=values, chunks=(5000,), **filters)
    read = subprocess.run(
        [sys.executable, "-c", READ, str(path)], cwd=REPOSITORY, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert read.stdout.split() == [str(int(data.X.sum())), "True"]


def test_a_filter_that_nobody_has_is_named(tmp_path: Path) -> None:
    """The file is intact: the sentence asks for another filter, not for another copy."""
    with h5py.File(tmp_path / "f.h5", "w") as file:
        space = h5py.h5s.create_simple((10,))
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((5,))
        properties.set_filter(32768 - 100, h5py.h5z.FLAG_OPTIONAL, ())
        h5py.h5d.create(file.id, b"odd", h5py.h5t.NATIVE_INT32, space, properties)
        with pytest.raises(InputError, match=r"odd is packed with filter 32668 .*with gzip"):
            local_node(file, "odd")
