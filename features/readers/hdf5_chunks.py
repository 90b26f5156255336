"""Read a one-dimensional HDF5 array chunk by chunk, decompressing outside the HDF5 library.

HDF5 holds one global lock and decompresses with zlib. Here `chunk_iter` only gives the locations of
the chunks; `pread` reads them and ISA-L or zstd decompresses them, about three times as fast. h5py
or zarr reads anything unusual (another filter, big-endian values, a user block), whole chunks at a
time, so that none is decompressed twice.
"""

import math
import os
from dataclasses import dataclass, field
from typing import Any

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types
import numpy as np
from numpy.typing import NDArray

from features.arrays import Ints, Ints32
from features.errors import InputError
from features.kernels.byte_planes import unshuffle_whole_numbers
from features.kernels.whole_numbers import COUNT_TYPES, copy_whole_numbers
from features.readers.inflate import DEFLATE, SHUFFLE, ZSTD, decode_values, inflate

# A chunk beyond this is no count file: Cell Ranger writes 80,000 entries, AnnData some thousands.
MAX_CHUNK_BYTES = 1 << 30
# Values that a library reads at once, where chunks are smaller.
LIBRARY_READ = 400_000
# The way out wherever a value is no count.
RAW_COUNTS = (
    "give raw UMI counts, not normalised, scaled or ambient-corrected values (SoupX: adjustCounts "
    "with roundToInt = TRUE)"
)


class DamagedFile(InputError):
    """The parts of a file do not fit together."""


@dataclass
class ChunkedVector:
    """An open vector: location and compression of its chunks, and the chunk read last."""

    dataset: h5py.Dataset
    descriptor: int
    chunk_locations: Ints | None  # (n_chunks, 2) byte offset and size; None: read by h5py
    filters: tuple[int, ...]
    length: int
    chunk_length: int  # values in a chunk, in several where a library reads; 0 for no chunks
    dtype: np.dtype[np.generic]
    last_chunk: tuple[int, Ints32] | None = field(default=None)


def open_vector(dataset: h5py.Dataset, descriptor: int) -> ChunkedVector:
    """Prepare a vector for reading; `descriptor` is an open file descriptor of the same file.

    Raises `DamagedFile` when it is not one-dimensional or chunks are missing, `InputError` when it
    holds no numbers or its chunks are absurd.
    """
    chunk = check_numbers(dataset, 1)
    filters = _filters(dataset)
    if chunk:
        _check_all_chunks(dataset)
    readable = _is_directly_readable(dataset, filters)
    locations = _chunk_locations(dataset, descriptor) if readable else None
    length = _whole_chunks(chunk[0]) if chunk and locations is None else (*chunk, 0)[0]
    return ChunkedVector(
        dataset, descriptor, locations, filters, int(dataset.shape[0]), length, dataset.dtype
    )  # fmt: skip


def array_vector(array: Any) -> ChunkedVector:
    """A vector that its library reads, such as zarr's."""
    chunk = check_numbers(array, 1)
    length = _whole_chunks(chunk[0]) if chunk else 0
    return ChunkedVector(array, -1, None, (), int(array.shape[0]), length, array.dtype)


def check_numbers(array: Any, dimensions: int) -> tuple[int, ...]:
    """Shape of the chunks that an array's library reads at once, () where it has no chunks.

    Raises `DamagedFile` when it has other dimensions, `InputError` when it holds no numbers that
    can be counts or its chunks would not fit the memory.
    """
    if len(array.shape) != dimensions:
        raise DamagedFile(f"{array.name} is no row of numbers")
    if array.dtype.str[1:] not in COUNT_TYPES:
        raise InputError(
            "counts must be whole numbers in 1 to 8 bytes or floats in 4 or 8, but "
            f"{array.name} is of type {array.dtype}; give raw UMI counts"
        )
    chunk = tuple(getattr(array, "shards", None) or getattr(array, "chunks", None) or ())
    if math.prod(chunk) * array.dtype.itemsize > MAX_CHUNK_BYTES:
        raise InputError(
            f"chunks of a count file must be of at most 1 GiB, but {array.name} has larger ones; "
            "write it again with smaller chunks"
        )
    return chunk


def _whole_chunks(chunk: int) -> int:
    """A length of whole chunks, of about `LIBRARY_READ` values where chunks are smaller."""
    return chunk * max(1, LIBRARY_READ // max(1, chunk))


def read_whole_numbers(vector: ChunkedVector, start: int, stop: int) -> Ints32:
    """Values start:stop as int32; `InputError` names the first that is no count or index."""
    out = np.empty(stop - start, np.int32)
    if vector.chunk_length == 0:
        _read_by_library(vector, start, stop, out)
        return out
    size = vector.chunk_length
    for number in range(start // size, -(-stop // size)):
        first, low, high = number * size, max(start, number * size), min(stop, (number + 1) * size)
        if low == first and high == min(first + size, vector.length):
            _unpack(vector, number, out[low - start : high - start])  # a whole chunk: no copy
        else:
            out[low - start : high - start] = _chunk(vector, number)[low - first : high - first]
    return out


def _read_by_library(vector: ChunkedVector, start: int, stop: int, out: Ints32) -> None:
    values = np.ascontiguousarray(vector.dataset[start:stop])
    _convert(vector, start, values.astype(values.dtype.newbyteorder("="), copy=False), out)


def _convert(vector: ChunkedVector, first: int, values: NDArray[np.generic], out: Ints32) -> None:
    bad = copy_whole_numbers(values, out)
    if bad >= 0 and str(vector.dataset.name).endswith("/indices"):
        raise DamagedFile(f"{vector.dataset.name} entry {first + bad} is no index")
    if bad >= 0:
        raise InputError(
            f"counts must be whole numbers from 0 up, but {vector.dataset.name} entry "
            f"{first + bad} is {values[bad]}; {RAW_COUNTS}"
        )


def _chunk(vector: ChunkedVector, number: int) -> Ints32:
    """One chunk as int32, kept because the next block starts in it."""
    if vector.last_chunk is None or vector.last_chunk[0] != number:
        out = np.empty(
            min(vector.chunk_length, vector.length - number * vector.chunk_length), np.int32
        )
        _unpack(vector, number, out)
        vector.last_chunk = (number, out)
    return vector.last_chunk[1]


def _unpack(vector: ChunkedVector, number: int, out: Ints32) -> None:
    """Read one chunk into int32, without the padding behind the last value."""
    if vector.chunk_locations is None:
        start = number * vector.chunk_length
        _read_by_library(vector, start, start + out.size, out)
        return
    offset, size = vector.chunk_locations[number].tolist()
    compressed_chunk = os.pread(vector.descriptor, size, offset)
    try:
        raw = inflate(compressed_chunk, vector.filters, vector.chunk_length * vector.dtype.itemsize)
    except ValueError as error:
        raise DamagedFile(f"{vector.dataset.name} cannot be unpacked ({error})") from None
    shuffled = SHUFFLE in vector.filters
    if not (shuffled and vector.dtype.kind in "iu" and _unshuffle(raw, vector, out)):
        values = decode_values(raw, vector.dtype, shuffled)[: out.size]
        _convert(vector, number * vector.chunk_length, values, out)


def _unshuffle(raw: bytes, vector: ChunkedVector, out: Ints32) -> bool:
    planes = np.frombuffer(raw, np.uint8)
    return bool(unshuffle_whole_numbers(planes, vector.dtype.itemsize, vector.chunk_length, out))


def _filters(dataset: h5py.Dataset) -> tuple[int, ...]:
    properties = dataset.id.get_create_plist()
    return tuple(properties.get_filter(i)[0] for i in range(properties.get_nfilters()))


def _is_directly_readable(dataset: h5py.Dataset, filters: tuple[int, ...]) -> bool:
    compression = tuple(f for f in filters if f != SHUFFLE)
    return (
        dataset.chunks is not None
        and compression in ((), (DEFLATE,), (ZSTD,))
        and (SHUFFLE not in filters or (filters[0] == SHUFFLE and dataset.dtype.itemsize in (4, 8)))
        and dataset.dtype.isnative
        and dataset.file.userblock_size == 0
        and hasattr(dataset.id, "chunk_iter")
    )


def _check_all_chunks(dataset: h5py.Dataset) -> None:
    n_chunks = -(-int(dataset.shape[0]) // dataset.chunks[0])
    n_stored = dataset.id.get_num_chunks()
    if n_stored < n_chunks:
        raise DamagedFile(f"{dataset.name} holds {n_stored} of its {n_chunks} chunks")


def _chunk_locations(dataset: h5py.Dataset, descriptor: int) -> Ints | None:
    size, length = os.fstat(descriptor).st_size, int(dataset.chunks[0])
    n_chunks = -(-int(dataset.shape[0]) // length)
    locations = np.full((n_chunks, 2), -1, np.int64)
    unfiltered = []

    def add_location(info: h5py.h5d.StoreInfo) -> None:
        number = info.chunk_offset[0] // length
        if info.filter_mask:
            unfiltered.append(number)
        elif number < n_chunks:
            locations[number] = info.byte_offset or -1, info.size

    dataset.id.chunk_iter(add_location)
    if unfiltered:
        return None
    if n_chunks and (locations.min() < 0 or (locations.sum(axis=1) > size).any()):
        raise DamagedFile(f"{dataset.name} lies partly outside the file")
    return locations
