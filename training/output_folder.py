"""Output folders: a command replaces its own earlier output, and never anybody else's files."""

from collections.abc import Collection
from pathlib import Path

from features.errors import InputError


def require_own_folder(folder: Path, names: Collection[str], output: str) -> None:
    """Refuse a file, and a folder that holds anything but `names`, the parts of an `output`.

    Raises InputError. A folder that does not exist yet, or is empty, passes.

    >>> require_own_folder(Path("/no/such/folder"), {"index.html"}, "report")
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"A {output} needs a folder, but {folder} is a file; name another.")
    if folder.is_dir() and not {child.name for child in folder.iterdir()} <= set(names):
        raise InputError(
            f"A {output} needs a new folder or that of an earlier {output}, but {folder} holds "
            "other files; name another."
        )
