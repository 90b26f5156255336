"""Archives of a sample (.tar, .tar.gz, .zip), unpacked into a temporary folder.

An archive may come from a stranger: no absolute path, no "..", no link and no device is unpacked,
and not more bytes than `MAX_BYTES`. Names are looked at first, so that of a series' archive of
many samples nothing is unpacked.
"""

import errno
import os
import resource
import shutil
import struct
import tarfile
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from features.errors import InputError
from features.readers.content import Content
from features.readers.hdf5_chunks import DamagedFile
from features.readers.output_folders import is_zarr, locate_counts
from features.readers.packed_file import write_piece
from features.readers.text_files.mtx_folder import DRAFT_SHEET, SeveralSamples, find_sample
from features.readers.text_files.text_lines import open_plain

# Bytes of a sample: the largest unfiltered matrices hold some gigabytes.
MAX_BYTES = 16 << 30
MAX_MEMBERS = 200_000
COPY_BYTES = 1 << 20
Members = Iterator[tuple[str, IO[bytes]]]


class TemporaryFolder:
    """A folder that is removed when nothing refers to this object any longer, or at exit."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="cd7watch-"))
        self._finalizer = weakref.finalize(self, _remove, self.path, os.getpid())


def _remove(path: Path, owner: int) -> None:
    if os.getpid() == owner:  # a forked child inherits the object, not the folder
        shutil.rmtree(path, ignore_errors=True)


def unpack(path: Path, content: Content) -> tuple[TemporaryFolder, Path]:
    """Unpack one sample; return its folder and the count file (or mtx folder) in it.

    Raises `SeveralSamples` when there are several, `InputError` when the archive holds something
    else than plain files or too much, `DamagedFile` when it cannot be read.
    """
    folder = TemporaryFolder()
    with _archive_errors():
        for name in _member_names(path, content):
            _touch(folder.path / name)
        target = _locate(folder.path, content)
        n_bytes = 0
        for name, file in _members(path, content):
            destination = folder.path / name
            if destination == target or target in destination.parents:
                n_bytes = _write(file, destination, n_bytes)
    return folder, target


def _locate(folder: Path, content: Content) -> Path:
    """The count file or folder among the (still empty) members."""
    try:
        target = locate_counts(folder)
        if target.is_dir() and not is_zarr([entry.name for entry in target.iterdir()]):
            find_sample(target)
    except SeveralSamples as problem:
        command = "unzip" if content == "zip" else "tar xf"
        reason = str(problem).rsplit(";", 1)[0]
        raise SeveralSamples(f"{reason}; unpack it (`{command}`) and {DRAFT_SHEET}") from None
    return target


def _member_names(path: Path, content: Content) -> Iterator[str]:
    """Names of the plain files in an archive, all of them safe.

    Raises `InputError` for anything else in it.
    """
    for number, (name, _) in enumerate(_members(path, content)):
        if number == MAX_MEMBERS:
            raise InputError(
                f"an archive must hold at most {MAX_MEMBERS:,} files, but this holds more; unpack "
                "it and name the file or folder of one sample"
            )
        yield name


def _members(path: Path, content: Content) -> Members:
    """Name and content of each plain file."""
    yield from _zip_members(path) if content == "zip" else _tar_members(path)


def _tar_members(path: Path) -> Members:
    with open_plain(path) as file, tarfile.open(fileobj=file, mode="r|") as archive:
        for member in archive:
            if member.isdir():
                continue
            content = archive.extractfile(member) if member.isreg() else None
            if content is None:
                raise InputError(
                    "an archive must hold plain files, but this holds a link or device; unpack it "
                    "and name the file or folder inside"
                )
            yield _safe_name(member.name), content


def _zip_members(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            if member.flag_bits & 1:
                raise InputError(
                    "an archive must not be encrypted, but this is; unpack it and name the file "
                    "or folder inside"
                )
            with archive.open(member) as file:
                yield _safe_name(member.filename), file


def _safe_name(name: str) -> str:
    """The member's path below the folder.

    >>> _safe_name("./run/matrix.mtx")
    'run/matrix.mtx'
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\x00" in name:
        raise InputError(
            "an archive must hold files below its own folder, but a name in this points elsewhere; "
            "unpack it and name the file or folder inside"
        )
    return str(path)


def _touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def _write(file: IO[bytes], path: Path, n_bytes: int) -> int:
    """Write one file, counting on from `n_bytes`; its stated size is not trusted."""
    most = _most_bytes()
    with path.open("wb") as copy:
        while piece := file.read(COPY_BYTES):
            n_bytes += len(piece)
            if n_bytes > most:
                raise InputError(
                    f"a sample must unpack to at most {most >> 20:,} MB, but this is larger; "
                    "unpack it and name the file or folder inside"
                )
            write_piece(copy, piece)
    return n_bytes


def _most_bytes() -> int:
    """All files together may be as large as a process that is limited may write one."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return MAX_BYTES if limit == resource.RLIM_INFINITY else min(MAX_BYTES, limit)


@contextmanager
def _archive_errors() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, zipfile.BadZipFile, struct.error, zlib.error, EOFError) as error:
        raise DamagedFile(f"its archive cannot be unpacked ({error})") from None
    except NotImplementedError as error:
        raise InputError(
            f"an archive must be of a usual kind, but this is not ({error}); unpack it and name "
            "the file or folder inside"
        ) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
            raise
        raise InputError(
            "a sample must fit the temporary folder once unpacked, but it is too large for the "
            "room or limit there; unpack it and give the file inside, or set TMPDIR"
        ) from None
