"""Decompress one HDF5 chunk: deflate by ISA-L, zstd, and the byte shuffle."""

import numpy as np
import zstandard
from isal import isal_zlib
from numpy.typing import NDArray

from features.kernels.byte_planes import unshuffle4, unshuffle8

# HDF5 filter numbers (The HDF Group's registry of filters).
DEFLATE, SHUFFLE, ZSTD = 1, 2, 32015


def inflate(chunk: bytes, filters: tuple[int, ...], size: int) -> bytes:
    """The chunk's decompressed bytes, exactly `size` of them; never uses more memory than that.

    Raises `ValueError` when the stream is damaged, too short or too long.

    >>> import zlib
    >>> inflate(zlib.compress(b"abcd"), (DEFLATE,), 4)
    b'abcd'
    """
    if DEFLATE in filters:
        raw = _inflate_deflate(chunk, size)
    elif ZSTD in filters:
        raw = _inflate_zstd(chunk, size)
    else:
        raw = chunk
    if len(raw) != size:
        raise ValueError(f"{len(raw)} bytes where {size} belong")
    return raw


def decode_values(raw: bytes, dtype: np.dtype[np.generic], shuffled: bool) -> NDArray[np.generic]:
    """The chunk's bytes as values of `dtype` (4 or 8 bytes each when shuffled)."""
    if not shuffled:
        return np.frombuffer(raw, dtype)
    planes = np.frombuffer(raw, np.uint8)
    n = len(raw) // dtype.itemsize
    if dtype.itemsize == 4:
        four = np.empty(n, np.uint32)
        unshuffle4(planes, four)
        return four.view(dtype)
    eight = np.empty(n, np.uint64)
    unshuffle8(planes, eight)
    return eight.view(dtype)


def _inflate_deflate(chunk: bytes, size: int) -> bytes:
    stream = isal_zlib.decompressobj()
    try:
        # One byte more than the size, so that the stream's end and checksum are read.
        raw = stream.decompress(chunk, size + 1)
    except isal_zlib.error as error:  # type: ignore[misc, unused-ignore]  # stub lacks its base
        raise ValueError(f"deflate: {error}") from None
    if not stream.eof:
        raise ValueError("deflate: the stream does not end where it should")
    return bytes(raw)


def _inflate_zstd(chunk: bytes, size: int) -> bytes:
    try:
        if zstandard.frame_content_size(chunk) not in (-1, size):
            raise ValueError("zstd: the frame's size is not the chunk's")
        return zstandard.ZstdDecompressor().decompress(chunk, max_output_size=size)
    except zstandard.ZstdError as error:
        raise ValueError(f"zstd: {error}") from None
