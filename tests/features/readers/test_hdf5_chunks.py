"""Vectors read chunk by chunk outside HDF5, against h5py's own reading."""

import os
from collections.abc import Iterator
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np
import pytest

from features.errors import InputError
from features.readers.hdf5_chunks import ChunkedVector, DamagedFile, open_vector, read_whole_numbers

VALUES = np.random.default_rng(3).integers(0, 500, 10_001)
PACKINGS = {
    "gzip": {"compression": "gzip"},
    "gzip shuffled": {"compression": "gzip", "shuffle": True},
    "shuffled": {"shuffle": True},
    "uncompressed": {},
    "zstd": dict(hdf5plugin.Zstd()),
    "lzf": {"compression": "lzf"},
    "blosc": dict(hdf5plugin.Blosc()),
    "checksum": {"fletcher32": True, "compression": "gzip"},
}


@pytest.fixture
def file(tmp_path: Path) -> Iterator[h5py.File]:
    """A file to write vectors into."""
    with h5py.File(tmp_path / "v.h5", "w") as file:
        yield file


def span_of(file: h5py.File, **options: object) -> tuple[ChunkedVector, int]:
    """A vector written with these options, opened for reading."""
    dataset = file.create_dataset("v", **{"data": VALUES, "chunks": (512,), **options})
    file.flush()
    descriptor = os.open(file.filename, os.O_RDONLY)
    return open_vector(dataset, descriptor), descriptor


@pytest.mark.parametrize("dtype", ["<i4", "<i8", "<f4", "<u2", ">i4"])
@pytest.mark.parametrize("packing", PACKINGS)
def test_every_packing_reads_like_h5py(file: h5py.File, packing: str, dtype: str) -> None:
    """Any span of any packing and type holds h5py's values."""
    vector, descriptor = span_of(file, data=VALUES.astype(dtype), **PACKINGS[packing])
    for start, stop in ((0, 10_001), (511, 513), (1000, 1000), (9_990, 10_001)):
        result = read_whole_numbers(vector, start, stop)
        np.testing.assert_array_equal(result, vector.dataset[start:stop])
    os.close(descriptor)


def test_the_fast_path_is_taken(file: h5py.File) -> None:
    """Cell Ranger's packing (shuffled gzip) does not go through h5py."""
    vector, descriptor = span_of(file, compression="gzip", shuffle=True)
    assert vector.chunk_locations is not None
    os.close(descriptor)


def test_an_unchunked_vector_reads(file: h5py.File) -> None:
    """Contiguous storage is left to h5py."""
    vector, descriptor = span_of(file, chunks=None)
    np.testing.assert_array_equal(read_whole_numbers(vector, 5, 60), VALUES[5:60])
    os.close(descriptor)


def test_a_fraction_is_reported_with_its_position(file: h5py.File) -> None:
    """The message holds the entry's number and its value."""
    values = VALUES.astype(np.float32)
    values[700] = 0.5
    vector, descriptor = span_of(file, data=values, compression="gzip")
    with pytest.raises(InputError, match=r"/v entry 700 is 0\.5; give raw UMI counts"):
        read_whole_numbers(vector, 600, 2000)
    os.close(descriptor)


def test_chunks_that_were_never_written_are_noticed(file: h5py.File) -> None:
    """HDF5 would read them as zeros: a copy that broke off must not look like empty cells."""
    dataset = file.create_dataset("w", (5000,), "i4", chunks=(100,))
    dataset[:300] = 1
    with pytest.raises(DamagedFile, match="3 of its 50 chunks"):
        open_vector(dataset, -1)


def test_text_and_matrices_are_no_vectors(file: h5py.File) -> None:
    """Only one row of numbers can hold counts."""
    for data in (np.zeros((3, 3)), np.array([b"a", b"b"])):
        name = f"d{data.ndim}"
        with pytest.raises(InputError, match=r"no row of numbers|of type \|S1"):
            open_vector(file.create_dataset(name, data=data), -1)
