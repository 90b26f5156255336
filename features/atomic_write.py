"""Atomic writes: files and folders that appear complete or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Yield a temporary path beside `path`, renamed to it on success and deleted on failure.

    Works for a file and for a folder. A reader never sees a half-written result, because the
    rename is within one file system. An existing file or folder is replaced.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "note.txt") as draft:
    ...         _ = draft.write_text("whole")
    ...     (Path(folder) / "note.txt").read_text()
    'whole'
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    draft = folder / target.name
    try:
        yield draft
        if draft.is_dir() and target.is_dir():
            target.rename(folder / "previous")
        draft.replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
