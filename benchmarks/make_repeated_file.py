"""Make a file of a million cells for memory measurements: 100,000 resampled cells, repeated.

Packed chunks are copied as they are, which takes a minute where drawing a million cells takes a
quarter of an hour. Each copy ends at a whole chunk, so its last cell may be cut short.
"""

from pathlib import Path

import h5py
import numpy as np

from benchmarks.make_big_file import big_file
from features.atomic_write import replacing
from features.settings import var_dir


def repeated_file(n_cells: int, times: int) -> Path:
    """Path of the file of `n_cells` resampled cells repeated, made when it is not there yet."""
    original = big_file(n_cells)
    path = var_dir() / "benchmarks" / f"resampled_{n_cells}_times_{times}.h5ad"
    if not path.exists():
        with replacing(path) as draft, h5py.File(original) as source, h5py.File(draft, "w") as file:
            _repeat(source, file, times)
    return path


def _repeat(source: h5py.File, file: h5py.File, times: int) -> None:
    for name, value in source.attrs.items():
        file.attrs[name] = value
    source.copy("var", file)
    group = file.create_group("X")
    for name in ("indices", "data"):
        entries = _repeat_chunks(source["X"][name], group, name, times)
    ends = np.minimum(source["X/indptr"][1:].astype(np.int64), entries)
    indptr = (ends + entries * np.arange(times)[:, None]).ravel()
    group.create_dataset("indptr", data=np.concatenate([[0], indptr]), compression="gzip")
    shape = source["X"].attrs["shape"] * np.array([times, 1])
    for name, value in {**source["X"].attrs, "shape": shape}.items():
        group.attrs[name] = value


def _repeat_chunks(vector: h5py.Dataset, group: h5py.Group, name: str, times: int) -> int:
    """Copy the whole chunks so many times; the number of entries in one copy."""
    size = vector.chunks[0]
    n_chunks = vector.shape[0] // size
    repeated = group.create_dataset(
        name, (times * n_chunks * size,), vector.dtype, chunks=(size,), compression="gzip",
        compression_opts=4,
    )  # fmt: skip
    for number in range(times * n_chunks):
        _, chunk = vector.id.read_direct_chunk((number % n_chunks * size,))
        repeated.id.write_direct_chunk((number * size,), chunk)
    return int(n_chunks * size)
