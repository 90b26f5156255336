"""Open a count file by its content: Cell Ranger .h5, 10x mtx folder, .h5ad or .zarr."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types

from features.errors import InputError
from features.readers.count_source import CountSource
from features.readers.h5ad import read_h5ad
from features.readers.hdf5_chunks import DamagedFile
from features.readers.mtx_folder import read_mtx
from features.readers.tenx_h5 import read_tenx

ACCEPTED_FORMATS = "Cell Ranger .h5, a 10x mtx folder, .h5ad or .zarr"


@contextmanager
def count_file_errors(path: Path) -> Iterator[None]:
    """Turn every error of reading a count file into an `InputError` with the file's name.

    The HDF5 and zarr libraries raise a dozen kinds of exception on damaged files; here they all
    mean the same. Programming errors inside would be hidden too, so enclose little code.
    """
    try:
        yield
    except InputError as problem:
        raise _with_file_name(path, problem) from None
    except (OSError, LookupError, ValueError, TypeError, RuntimeError, ArithmeticError,
            MemoryError) as error:  # fmt: skip
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
    if not h5py.is_hdf5(path):
        raise InputError(
            f"a count file must be {ACCEPTED_FORMATS}, but this is none; convert it or check its "
            "path"
        )
    with h5py.File(path, "r") as file:
        return read_h5ad(path, file) if "X" in file or "layers" in file else read_tenx(path, file)


def _open_folder(path: Path) -> CountSource:
    if any((path / name).exists() for name in (".zgroup", ".zattrs", "zarr.json")):
        from features.readers.zarr_folder import read_zarr  # zarr takes half a second to import

        return read_zarr(path)
    return read_mtx(path)


def _with_file_name(path: Path, problem: InputError) -> InputError:
    kind = InputError if isinstance(problem, DamagedFile) else type(problem)
    text = str(problem)
    if isinstance(problem, DamagedFile):
        text = f"a count file must be whole, but {text}; copy it again from its source"
    return kind(text if text.startswith(path.name) else f"{path.name}: {text}")


def _unreadable(path: Path, error: Exception) -> InputError:
    reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    return InputError(
        f"{path.name}: a count file must be whole, but it cannot be read ({reason}); "
        "copy it again from its source"
    )
