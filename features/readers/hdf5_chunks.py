"""A one-dimensional HDF5 array read span by span, its chunks inflated outside the HDF5 library.

HDF5 holds one global lock and inflates with zlib. Here `chunk_iter` only says where the chunks
lie; `pread` fetches them and ISA-L or zstd inflates them, about three times as fast. Anything
unusual (another filter, big-endian values, a user block) is left to h5py.
"""

import os
from dataclasses import dataclass, field
from typing import Any

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types
import numpy as np
from numpy.typing import NDArray

from features.arrays import Ints, Ints32
from features.errors import InputError
from features.kernels.counting import COUNT_TYPES, shuffled_whole_numbers, whole_numbers
from features.readers.inflate import DEFLATE, SHUFFLE, ZSTD, inflate, unshuffled

# A chunk beyond this is no count file: Cell Ranger writes 80,000 entries, AnnData some thousands.
MOST_CHUNK_BYTES = 1 << 30


class Damaged(InputError):
    """The file's parts do not fit together."""


@dataclass
class Span:
    """One open vector: where each chunk lies, how it is packed, and the chunk read last."""

    dataset: h5py.Dataset
    descriptor: int
    places: Ints | None  # (n_chunks, 2) byte offset and size; None: leave it to h5py
    filters: tuple[int, ...]
    length: int
    chunk: int  # values in a chunk; 0 where there are none
    dtype: np.dtype[np.generic]
    last: tuple[int, Ints32] | None = field(default=None)


def open_span(dataset: h5py.Dataset, descriptor: int) -> Span:
    """Prepare a vector for reading; `descriptor` is an open file descriptor of the same file.

    Raises `Damaged` when it is not one-dimensional numbers or its chunks are absurd.
    """
    if dataset.ndim != 1 or dataset.dtype.str[1:] not in COUNT_TYPES:
        raise Damaged(f"{dataset.name} is no row of numbers")
    filters = _filters(dataset)
    if dataset.chunks is not None:
        if dataset.chunks[0] * dataset.dtype.itemsize > MOST_CHUNK_BYTES:
            raise Damaged(f"{dataset.name} has chunks of over 1 GiB")
        _need_all_chunks(dataset)
    places = _places(dataset, descriptor) if _is_plain(dataset, filters) else None
    chunk = dataset.chunks[0] if dataset.chunks else 0
    return Span(
        dataset, descriptor, places, filters, int(dataset.shape[0]), chunk, dataset.dtype
    )  # fmt: skip


def array_span(array: Any) -> Span:
    """A vector that its own library reads, such as zarr's."""
    if array.ndim != 1 or array.dtype.str[1:] not in COUNT_TYPES:
        raise Damaged(f"{array.name} is no row of numbers")
    return Span(array, -1, None, (), int(array.shape[0]), 0, array.dtype)


def read_whole_numbers(span: Span, start: int, stop: int) -> Ints32:
    """Values start:stop as int32; `InputError` names the first that is no count or index."""
    out = np.empty(stop - start, np.int32)
    if span.places is None:
        values = np.ascontiguousarray(span.dataset[start:stop])
        _convert(span, start, values.astype(values.dtype.newbyteorder("="), copy=False), out)
        return out
    size = span.chunk
    for number in range(start // size, -(-stop // size)):
        first, low, high = number * size, max(start, number * size), min(stop, (number + 1) * size)
        if low == first and high == min(first + size, span.length):
            _unpack(span, number, out[low - start : high - start])  # whole: no copy
        else:
            out[low - start : high - start] = _chunk(span, number)[low - first : high - first]
    return out


def _convert(span: Span, first: int, values: NDArray[np.generic], out: Ints32) -> None:
    bad = whole_numbers(values, out)
    if bad >= 0:
        raise InputError(
            f"counts must be whole numbers from 0 up, but {span.dataset.name} entry "
            f"{first + bad} is {values[bad]}; give raw UMI counts"
        )


def _chunk(span: Span, number: int) -> Ints32:
    """One chunk as int32, kept because the next block goes on in it."""
    if span.last is None or span.last[0] != number:
        out = np.empty(min(span.chunk, span.length - number * span.chunk), np.int32)
        _unpack(span, number, out)
        span.last = (number, out)
    return span.last[1]


def _unpack(span: Span, number: int, out: Ints32) -> None:
    """Read one chunk into int32, without the padding behind the last value."""
    assert span.places is not None
    offset, size = span.places[number].tolist()
    packed = os.pread(span.descriptor, size, offset)
    try:
        raw = inflate(packed, span.filters, span.chunk * span.dtype.itemsize)
    except ValueError as error:
        raise Damaged(f"{span.dataset.name} cannot be unpacked ({error})") from None
    shuffled = SHUFFLE in span.filters
    if not (shuffled and span.dtype.kind in "iu" and _fast(raw, span, out)):
        values = unshuffled(raw, span.dtype, shuffled)[: out.size]
        _convert(span, number * span.chunk, values, out)


def _fast(raw: bytes, span: Span, out: Ints32) -> bool:
    planes = np.frombuffer(raw, np.uint8)
    return bool(shuffled_whole_numbers(planes, span.dtype.itemsize, span.chunk, out))


def _filters(dataset: h5py.Dataset) -> tuple[int, ...]:
    properties = dataset.id.get_create_plist()
    return tuple(properties.get_filter(i)[0] for i in range(properties.get_nfilters()))


def _is_plain(dataset: h5py.Dataset, filters: tuple[int, ...]) -> bool:
    packing = tuple(f for f in filters if f != SHUFFLE)
    return (
        dataset.chunks is not None
        and packing in ((), (DEFLATE,), (ZSTD,))
        and (SHUFFLE not in filters or (filters[0] == SHUFFLE and dataset.dtype.itemsize in (4, 8)))
        and dataset.dtype.isnative
        and dataset.file.userblock_size == 0
        and hasattr(dataset.id, "chunk_iter")
    )


def _need_all_chunks(dataset: h5py.Dataset) -> None:
    needed = -(-int(dataset.shape[0]) // dataset.chunks[0])
    held = dataset.id.get_num_chunks()
    if held < needed:
        raise Damaged(f"{dataset.name} holds {held} of its {needed} chunks")


def _places(dataset: h5py.Dataset, descriptor: int) -> Ints | None:
    size = os.fstat(descriptor).st_size
    needed = -(-int(dataset.shape[0]) // dataset.chunks[0])
    places = np.full((needed, 2), -1, np.int64)
    skipped = []

    def note(info: h5py.h5d.StoreInfo) -> None:
        number = info.chunk_offset[0] // dataset.chunks[0]
        if info.filter_mask:
            skipped.append(number)
        elif number < needed:
            places[number] = info.byte_offset or -1, info.size

    dataset.id.chunk_iter(note)
    if skipped:
        return None
    if needed and (places.min() < 0 or (places.sum(axis=1) > size).any()):
        raise Damaged(f"{dataset.name} lies partly outside the file")
    return places
