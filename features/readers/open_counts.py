"""Open a count file by its content: Cell Ranger .h5, 10x mtx folder, .h5ad or .zarr."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types

from features.errors import InputError
from features.readers.count_source import CountSource
from features.readers.foreign_formats import foreign_folder_sentence, foreign_sentence
from features.readers.hdf5_chunks import DamagedFile
from features.readers.hdf5_file import read_hdf5
from features.readers.mtx_folder import read_mtx
from features.readers.packed_file import (
    ZARR_FILES,
    holds_packed_hdf5,
    is_zarr_zip,
    read_unpacked,
    unpacked_head,
)

ACCEPTED_FORMATS = "Cell Ranger .h5, a 10x mtx folder, .h5ad, .h5mu, .loom or .zarr"

# What libraries raise where bytes are missing or fail their checksum.
DAMAGE = (OSError, EOFError, zipfile.BadZipFile, zlib.error)


@contextmanager
def count_file_errors(path: Path) -> Iterator[None]:
    """Turn every error of reading a count file into an `InputError` with the file's name.

    The HDF5 and zarr libraries raise a dozen kinds of exception on damaged files and on layouts
    that we do not know. Programming errors inside would be hidden too, so enclose little code.
    """
    try:
        yield
    except InputError as problem:
        raise _with_file_name(path, problem) from None
    except PermissionError:
        raise InputError(
            f"{path.name}: a count file must be readable, but this user may not read it; change "
            "its permissions"
        ) from None
    except MemoryError:
        raise InputError(
            f"{path.name}: a count file must fit the memory, but reading it needs more than there "
            "is here; read it on a larger machine"
        ) from None
    except (*DAMAGE, LookupError, ValueError, TypeError, RuntimeError, ArithmeticError) as error:
        raise _unreadable(path, error) from None


def open_counts(path: Path | str) -> CountSource:
    """Describe a count file and prepare to stream it.

    Raises `InputError` when it does not exist, has another format or is damaged.
    """
    path = Path(path)
    with count_file_errors(path):
        if not path.exists():
            raise InputError("a count file must exist, but there is none; check its path")
        return _open(path)


def _open(path: Path) -> CountSource:
    if path.is_dir():
        return _open_folder(path)
    if h5py.is_hdf5(path):
        return read_hdf5(path)
    if holds_packed_hdf5(path):
        return read_unpacked(path, read_hdf5)
    if is_zarr_zip(path):
        return _open_zarr(path)
    raise InputError(
        foreign_sentence(unpacked_head(path))
        or f"a count file must be {ACCEPTED_FORMATS}, but this is none; convert it or check its "
        "path"
    )


def _open_folder(path: Path) -> CountSource:
    if any((path / name).exists() for name in ZARR_FILES):
        return _open_zarr(path)
    if sentence := foreign_folder_sentence(path):
        raise InputError(sentence)
    return read_mtx(path)


def _open_zarr(path: Path) -> CountSource:
    from features.readers.zarr_folder import read_zarr  # zarr takes half a second to import

    return read_zarr(path)


def _with_file_name(path: Path, problem: InputError) -> InputError:
    kind = InputError if isinstance(problem, DamagedFile) else type(problem)
    text = str(problem)
    if isinstance(problem, DamagedFile):
        text = f"a count file must be whole, but {text}; copy it again from its source"
    return kind(text if text.startswith(path.name) else f"{path.name}: {text}")


def _unreadable(path: Path, error: Exception) -> InputError:
    """A file whose bytes are damaged; another fault of a library may mean an unknown layout."""
    reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    remedy = "copy it again from its source"
    if not isinstance(error, DAMAGE):
        remedy += ", or, if it opens in the program that wrote it, write it as .h5ad with AnnData"
    return InputError(
        f"{path.name}: a count file must be whole, but it cannot be read ({reason}); {remedy}"
    )
