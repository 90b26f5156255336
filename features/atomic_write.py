"""Files that appear whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it takes that name, on failure it goes.

    Works for a file and for a folder. A reader never sees a half-written result, since the
    rename is within one file system. An existing folder is replaced, an existing file too.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "note.txt") as draft:
    ...         _ = draft.write_text("whole")
    ...     (Path(folder) / "note.txt").read_text()
    'whole'
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    draft = room / target.name
    try:
        yield draft
        if draft.is_dir() and target.is_dir():
            target.rename(room / "previous")
        draft.replace(target)
    finally:
        shutil.rmtree(room, ignore_errors=True)
