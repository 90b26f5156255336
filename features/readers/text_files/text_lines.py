"""Text files, plain or packed: open, read by lines, and tell a cut-off file from a whole one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from features.readers.hdf5_chunks import DamagedFile
from features.readers.packed_file import is_packed, open_packed, unpacking_errors

READ_BYTES = 1 << 22
# A line beyond this is no table: it holds more cells than any capture makes.
MAX_LINE_BYTES = 1 << 28


@contextmanager
def open_plain(path: Path) -> Iterator[IO[bytes]]:
    """A file's content for reading, decompressed when it is gzip, bzip2 or xz.

    Raises `DamagedFile` when the compressed content is cut off or does not match its checksum.
    """
    if not is_packed(path):
        with path.open("rb") as file:
            yield file
        return
    with unpacking_errors(), open_packed(path) as stream:
        yield stream


def whole_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The rest of a file in pieces of some megabytes that end with a line.

    Raises `DamagedFile` for a line of over 256 MB.
    """
    pieces: list[bytes] = []
    while piece := file.read(READ_BYTES):
        end = piece.rfind(b"\n") + 1
        if end:
            yield b"".join([*pieces, piece[:end]])
            pieces = [piece[end:]]
        else:
            pieces.append(piece)
            if sum(map(len, pieces)) > MAX_LINE_BYTES:
                raise DamagedFile("it has a line of over 256 MB")
    rest = b"".join(pieces)
    if rest.strip():
        yield rest + b"\n"
