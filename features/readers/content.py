"""What a file that is no HDF5 holds, by its first bytes: matrix, table, archive or something else.

The name decides nothing: an upload has none, and people rename files.
"""

from pathlib import Path
from typing import Literal

from isal import igzip, isal_zlib

from features.errors import InputError
from features.readers.hdf5_chunks import DamagedFile
from features.readers.mtx_file import BANNER

Content = Literal["mtx", "text", "tar", "zip", "hdf5"]
ACCEPTED_FORMATS = (
    "Cell Ranger .h5, .h5ad, .zarr, an mtx folder, a table of counts or an archive of one of them"
)
HEAD_BYTES = 4096
HDF5, GZIP, ZIP = b"\x89HDF\r\n\x1a\n", b"\x1f\x8b", b"PK\x03\x04"
BZIP2, XZ, ZSTD = b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"
COUNT_READS = "count its reads with Cell Ranger or STARsolo and give their matrix"
SAVE_AS = "save the raw counts as .h5ad or .csv"
UNPACK = "unpack it and name the file or folder inside"
# First bytes, what they are, and the way out.
OTHER_FORMATS: tuple[tuple[bytes, str, str], ...] = (
    (b"BAM\x01", "aligned reads (BAM)", COUNT_READS),
    (b"CRAM", "aligned reads (CRAM)", COUNT_READS),
    (b"@HD\t", "aligned reads (SAM)", COUNT_READS),
    (b"%PDF", "a PDF", SAVE_AS),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook (.xls)", SAVE_AS),
    (b"PAR1", "a Parquet table", SAVE_AS),
    (b"ARROW1", "an Arrow table", SAVE_AS),
    (b"\x93NUMPY", "a NumPy array", SAVE_AS),
    (b"MATLAB 5.0", "a MATLAB file", SAVE_AS),
    (b"SQLite format 3", "an SQLite database", SAVE_AS),
    (b"\x80\x03", "a Python pickle", SAVE_AS),
    (b"\x80\x04", "a Python pickle", SAVE_AS),
    (b"\x80\x05", "a Python pickle", SAVE_AS),
    (b"X\n\x00\x00\x00", "an R object", "save it in R as .h5ad (zellkonverter::writeH5AD)"),
    (b"RDX", "an R workspace", "save its counts in R as .h5ad (zellkonverter::writeH5AD)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (ZSTD, "a zstd archive", UNPACK),
    (b"version https://git-lfs", "a pointer of Git LFS", "fetch the file with `git lfs pull`"),
    (b"<!doctype", "a web page", "download the file again, logged in where the site asks for it"),
    (b"<html", "a web page", "download the file again, logged in where the site asks for it"),
    (b"{", "JSON", SAVE_AS),
    (b"<", "XML", SAVE_AS),
    (b">", "sequences (FASTA)", COUNT_READS),
)


def file_content(path: Path) -> Content:
    """What a file holds, plain or in gzip; "tar" and "zip" are archives, "hdf5" one in gzip.

    Raises `InputError` with the way out for what is no count file, `DamagedFile` when it is empty
    or its gzip is damaged.
    """
    head = _head(path)
    if not head:
        raise DamagedFile("it is empty")
    if head.startswith(ZIP):
        return "zip"
    if head[257:262] == b"ustar" or head.startswith((BZIP2, XZ)):
        return "tar"
    if head.startswith(HDF5):
        return "hdf5"
    if head[: len(BANNER)].lower() == BANNER:
        return "mtx"
    _refuse_other_formats(head)
    return "text"


def _head(path: Path) -> bytes:
    """The first bytes of a file, decompressed."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.startswith(GZIP):
        return head
    try:
        with igzip.open(path, "rb") as file:  # type: ignore[no-untyped-call, unused-ignore]  # isal
            return bytes(file.read(HEAD_BYTES))
    except (EOFError, igzip.BadGzipFile, isal_zlib.error) as error:  # type: ignore[misc, unused-ignore]  # stub lacks its base
        raise DamagedFile(f"its gzip cannot be unpacked ({error})") from None


def _refuse_other_formats(head: bytes) -> None:
    text = head.lstrip().lower()
    for start, what, remedy in OTHER_FORMATS:
        if head.startswith(start) or text.startswith(start):
            raise _refusal(what, remedy)
    if head.startswith(b"@") and b"\n+" in head:
        raise _refusal("reads (FASTQ)", COUNT_READS)
    if b"\x00" in head:
        raise _refusal("none of these", "convert it or check its path")


def _refusal(what: str, remedy: str) -> InputError:
    return InputError(f"a count file must be {ACCEPTED_FORMATS}, but this is {what}; {remedy}")
