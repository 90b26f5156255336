"""Open a count file by its content: Cell Ranger .h5, 10x mtx folder, .h5ad or .zarr."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types

from features.errors import InputError
from features.readers.archive import unpack
from features.readers.content import file_content
from features.readers.count_source import CountSource
from features.readers.foreign_formats import foreign_folder_sentence
from features.readers.hdf5_chunks import DamagedFile
from features.readers.hdf5_file import read_hdf5
from features.readers.output_folders import is_zarr, locate_counts
from features.readers.packed_file import (
    holds_packed_hdf5,
    is_zarr_zip,
    keep_while_used,
    read_unpacked,
)
from features.readers.text_files.dense_text import read_dense
from features.readers.text_files.mtx_folder import read_mtx
from features.table.count_path import count_files

# Archives within archives that are opened.
MAX_NESTING = 2

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
        if not (path.exists() or count_files(path)):
            raise InputError("a count file must exist, but there is none; check its path")
        return replace(_open(path), path=path)


def _open(path: Path, nesting: int = 0) -> CountSource:
    if path.is_dir():
        return _open_folder(path, nesting)
    if not path.exists():
        return read_mtx(path)  # folder and prefix
    if h5py.is_hdf5(path):
        return read_hdf5(path)
    if holds_packed_hdf5(path):
        return read_unpacked(path, read_hdf5)
    if is_zarr_zip(path):
        return _open_zarr(path)
    return _open_other(path, nesting)


def _open_other(path: Path, nesting: int) -> CountSource:
    """A matrix, a table, or an archive of one sample."""
    content = file_content(path)
    if content == "mtx":
        return read_mtx(path)
    if content == "text":
        return read_dense(path)
    if nesting == MAX_NESTING:
        raise InputError(
            f"archives may lie within {MAX_NESTING - 1} other, but here are more; unpack them"
        )
    folder, target = unpack(path, content)
    return keep_while_used(folder, _open(target, nesting + 1))


def _open_folder(path: Path, nesting: int) -> CountSource:
    if sentence := foreign_folder_sentence(path):
        raise InputError(sentence)
    target = locate_counts(path)
    if target.is_file():
        source = _open(target, nesting)
    elif is_zarr([entry.name for entry in target.iterdir()]):
        source = _open_zarr(target)
    else:
        source = read_mtx(target)
    if target == path:
        return source
    parts = (target.relative_to(path).as_posix(), source.matrix if target.is_dir() else "")
    return replace(source, matrix="/".join(filter(None, parts)))


def _open_zarr(path: Path) -> CountSource:
    from features.readers.anndata_files.zarr_folder import (
        read_zarr,  # zarr takes half a second to import
    )

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
