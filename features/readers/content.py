"""File content by its first bytes, where it is no HDF5: matrix, table, archive, something else.

The name decides nothing: an upload has none, and people rename files.
"""

from pathlib import Path
from typing import Literal

from features.errors import InputError
from features.readers.foreign_formats import foreign_sentence
from features.readers.hdf5_chunks import DamagedFile
from features.readers.packed_file import unpacked_head
from features.readers.text_files.mtx_file import BANNER

Content = Literal["mtx", "text", "tar", "zip"]
ACCEPTED_FORMATS = (
    "Cell Ranger .h5, .h5ad, .h5mu, .loom, .zarr, an mtx folder, a table of counts or an archive "
    "of one of them"
)
ZIP = b"PK\x03\x04"


def file_content(path: Path) -> Content:
    """What a file holds, plain or packed; "tar" and "zip" are archives.

    Raises `InputError` with the way out for what is no count file, `DamagedFile` when it is empty
    or cannot be unpacked.
    """
    head = unpacked_head(path)
    if not head:
        raise DamagedFile("it is empty")
    if head.startswith(ZIP):
        return "zip"
    if head[257:262] == b"ustar":
        return "tar"
    if head[: len(BANNER)].lower() == BANNER:
        return "mtx"
    if sentence := foreign_sentence(head):
        raise InputError(sentence)
    if b"\x00" in head:
        raise InputError(
            f"a count file must be {ACCEPTED_FORMATS}, but this is none; convert it or check its "
            "path"
        )
    return "text"
