"""HDF5 files inside gzip, bzip2 or xz (GEO's GSM123_sample.h5ad.gz): unpacked to a temporary file.

HDF5 jumps about in a file, which a packed one does not allow. The copy has a folder of its own in
the system's temporary folder (TMPDIR), of at most `MAX_UNPACKED_BYTES`, and is removed as soon as
nothing reads it any more.
"""

import bz2
import lzma
import os
import shutil
import struct
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, ParamSpec, Protocol, TypeVar, cast

from isal import igzip, isal_zlib

from features.errors import InputError
from features.kernels.count_block import CountBlock
from features.readers.count_source import CountSource
from features.readers.hdf5_chunks import DamagedFile

P = ParamSpec("P")
R = TypeVar("R")
MAX_UNPACKED_BYTES = 16 << 30
COPIED_BYTES = 1 << 22
HEAD_BYTES = 512
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# One of these lies in the root of every zarr group.
ZARR_FILES = (".zgroup", ".zattrs", "zarr.json")
ZLIB_ERROR = cast("type[Exception]", isal_zlib.error)  # whose stub lacks its base
# How packed files begin.
GZIP, BZIP2, XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"


def is_zarr_zip(path: Path) -> bool:
    """Whether a file is a zip archive whose root is a zarr group."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name in archive.NameToInfo for name in ZARR_FILES)
    except (zipfile.BadZipFile, struct.error) as error:
        raise DamagedFile(f"its archive cannot be unpacked ({error})") from None


def unpacked_head(path: Path) -> bytes:
    """A file's first bytes, decompressed where it is packed; fewer where it breaks off.

    Raises `DamagedFile` when it begins like a packed file and cannot be unpacked.
    """
    if is_packed(path):
        with unpacking_errors(), open_packed(path) as file:
            return file.read(HEAD_BYTES)
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def holds_packed_hdf5(path: Path) -> bool:
    """Whether a file is packed and what it packs is HDF5."""
    return is_packed(path) and unpacked_head(path).startswith(HDF5_SIGNATURE)


def read_unpacked(path: Path, read: Callable[[Path], CountSource]) -> CountSource:
    """Describe the packed file by what `read` makes of its unpacked copy.

    Raises `DamagedFile` when it breaks off, `InputError` when it is too large to unpack.
    """
    copy = TemporaryCopy(path)
    return keep_while_used(copy, replace(read(copy.path), path=path))


class TemporaryCopy:
    """A file unpacked into a temporary folder, which goes with the last reference to this object.

    A process forked while it is read leaves the folder to its parent.
    """

    def __init__(self, packed_path: Path) -> None:
        folder = tempfile.mkdtemp(prefix="cd7watch-unpacked-")
        self.path = Path(folder) / "unpacked"
        self._removal = weakref.finalize(self, _remove, folder, os.getpid())
        try:
            with unpacking_errors():
                _unpack(packed_path, self.path)
        except BaseException:
            self._removal()
            raise


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(packed_path: Path, target: Path) -> None:
    size = 0
    with open_packed(packed_path) as source, target.open("wb") as copy:
        while piece := source.read(COPIED_BYTES):
            size += len(piece)
            if size > MAX_UNPACKED_BYTES:
                raise InputError(
                    f"a packed count file must hold at most {MAX_UNPACKED_BYTES >> 30} GiB, but "
                    "this one holds more; unpack it and give the file itself"
                )
            write_piece(copy, piece)


def write_piece(copy: IO[bytes], piece: bytes) -> None:
    """Write a piece of an unpacked file; raises `InputError` where the folder is full.

    Without it a full disk would read like a damaged file.
    """
    try:
        copy.write(piece)
    except OSError as error:
        raise InputError(
            "a packed count file must fit the temporary folder when it is unpacked, but writing "
            f"there failed ({error.strerror}); unpack it and give the file itself, or set TMPDIR"
        ) from None


def is_packed(path: Path) -> bool:
    """Whether a file's content is gzip, bzip2 or xz, whatever its name."""
    with path.open("rb") as file:
        return file.read(len(XZ)).startswith((GZIP, BZIP2, XZ))


def open_packed(path: Path) -> IO[bytes]:
    """A packed file opened for reading what it packs."""
    with path.open("rb") as file:
        head = file.read(len(XZ))
    if head.startswith(GZIP):
        return cast("IO[bytes]", igzip.open(path, "rb"))  # type: ignore[no-untyped-call, unused-ignore]  # isal's stub has no types here
    return cast("IO[bytes]", bz2.open(path) if head.startswith(BZIP2) else lzma.open(path))


@contextmanager
def unpacking_errors() -> Iterator[None]:
    """Turn what the decompressors raise on damaged streams into `DamagedFile`."""
    try:
        yield
    except InputError:
        raise
    except (EOFError, OSError, zlib.error, ZLIB_ERROR, lzma.LZMAError) as error:
        reason = str(error).splitlines()[0][:80] if str(error) else type(error).__name__
        raise DamagedFile(f"it cannot be unpacked ({reason})") from None


class HasPath(Protocol):
    """Something on disk that is removed with the last reference to this object."""

    path: Path


def keep_while_used(copy: HasPath, source: CountSource) -> CountSource:
    """The source with a reference to the copy in each of its functions and running streams."""
    read_blocks, read_some, read_names = (
        source.read_blocks, source.read_cells, source.read_barcode_blocks,
    )  # fmt: skip

    def all_blocks() -> Iterator[CountBlock]:
        yield from read_blocks()
        assert copy.path  # a stream that runs holds the copy

    def some_blocks(first: int, last: int) -> Iterator[CountBlock]:
        assert read_some is not None
        yield from read_some(first, last)
        assert copy.path

    def barcode_blocks(step: int) -> Iterator[Sequence[str]]:
        assert read_names is not None
        yield from read_names(step)
        assert copy.path

    return replace(
        source,
        read_blocks=all_blocks,
        read_cells=None if read_some is None else some_blocks,
        read_barcodes=_holding(copy, source.read_barcodes),
        read_column=_holding(copy, source.read_column),
        read_barcode_blocks=None if read_names is None else barcode_blocks,
    )


def _holding(copy: HasPath, read: Callable[P, R]) -> Callable[P, R]:
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        assert copy.path
        return read(*args, **kwargs)

    return call
