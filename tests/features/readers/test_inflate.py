"""Decompression of chunks: the right bytes or an error, with bounded memory."""

import zlib

import numpy as np
import pytest
import zstandard

from features.readers.inflate import DEFLATE, SHUFFLE, ZSTD, decode_values, inflate

RAW = bytes(range(200)) * 50


def test_every_packing_gives_the_bytes_back() -> None:
    """Deflate at any level, zstd, and none."""
    for level in (0, 1, 9):
        assert inflate(zlib.compress(RAW, level), (SHUFFLE, DEFLATE), len(RAW)) == RAW
    assert inflate(zstandard.compress(RAW), (ZSTD,), len(RAW)) == RAW
    assert inflate(RAW, (), len(RAW)) == RAW


@pytest.mark.parametrize("filters", [(DEFLATE,), (ZSTD,), ()])
def test_damage_is_noticed(filters: tuple[int, ...]) -> None:
    """Cut off, of another size, a bomb, or one bit changed under a checksum."""
    compress = {(DEFLATE,): zlib.compress, (ZSTD,): zstandard.compress, (): bytes}[filters]
    chunk = compress(RAW)
    for damaged in (
        chunk[:-3],
        chunk[: len(chunk) // 2],
        b"",
        compress(RAW * 1000),
        compress(RAW[:-1]),
    ):
        with pytest.raises(ValueError, match=r"deflate|zstd|bytes where"):
            inflate(damaged, filters, len(RAW))


def test_a_flipped_bit_fails_the_checksum() -> None:
    """Deflate streams in HDF5 carry Adler-32."""
    chunk = bytearray(zlib.compress(RAW))
    for position in range(2, len(chunk), 7):
        chunk[position] ^= 16
        with pytest.raises(ValueError, match="deflate"):
            inflate(bytes(chunk), (DEFLATE,), len(RAW))
        chunk[position] ^= 16


def test_unshuffled_values_keep_their_type() -> None:
    """Floats come back as floats."""
    values = np.array([1.5, -2.0, 3.25], np.float32)
    planes = np.ascontiguousarray(values.view(np.uint8).reshape(-1, 4).T).tobytes()
    np.testing.assert_array_equal(decode_values(planes, values.dtype, True), values)
    np.testing.assert_array_equal(decode_values(values.tobytes(), values.dtype, False), values)
