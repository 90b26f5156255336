"""Kinds of files by their first bytes, and the true sentence for those that are not read."""

import gzip
from pathlib import Path

import pytest

from features.errors import InputError
from features.readers.content import file_content
from features.readers.open_counts import open_counts

MTX = b"%%MatrixMarket matrix coordinate integer general\n1 1 0\n"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (MTX, "mtx"),
        (MTX.lower(), "mtx"),
        (b",A,B\nCD7,1,2\n", "text"),
        (bytes(257) + b"ustar\x0000", "tar"),
        (b"PK\x03\x04...", "zip"),
    ],
)
def test_kinds_that_are_read(tmp_path: Path, content: bytes, kind: str, pack: object) -> None:
    """Plain or in gzip, whatever the name."""
    path = tmp_path / "upload"
    path.write_bytes(pack(content))  # type: ignore[operator]
    assert file_content(path) == kind


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            gzip.compress(b"BAM\x01" + bytes(99), mtime=0),
            "aligned reads .* count them with Cell Ranger",
        ),
        (b"@read1\nACGT\n+\nIIII\n", "reads .*fastq.* count them with"),
        (gzip.compress(b"@read1\nACGT\n+\nIIII\n", mtime=0), "reads .*fastq.* count them with"),
        (b">chr1\nACGT\n", "sequences"),
        (b"%PDF-1.7", "a PDF; save the raw counts"),
        (b"\xd0\xcf\x11\xe0" + bytes(99), "Excel workbook"),
        (b"PAR1" + bytes(99), "Parquet"),
        (b"<!DOCTYPE html><html>", "a web page; download the file again"),
        (b"version https://git-lfs.github.com/spec/v1\noid x", "git lfs pull"),
        (b"7z\xbc\xaf\x27\x1c", "unpack it"),
        (b"X\n\x00\x00\x00\x03", "R object"),
        (bytes(range(256)), "but this is none"),
    ],
)
def test_kinds_that_are_not_read(tmp_path: Path, content: bytes, sentence: str) -> None:
    """Each says what it is and the way out, and is not called damaged."""
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"^x: a count file must be .*{sentence}") as problem:
        open_counts(path)
    assert "copy it again" not in str(problem.value)


@pytest.mark.parametrize("content", [b"", gzip.compress(MTX * 99, mtime=0)[:40]])
def test_damaged_files_are_to_be_copied_again(tmp_path: Path, content: bytes) -> None:
    """An empty file and a gzip that breaks off at once."""
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(InputError, match="copy it again from its source"):
        open_counts(path)
