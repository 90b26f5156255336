"""Plain and packed text in pieces that end with a line."""

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

from features.errors import InputError
from features.readers.text_files import text_lines
from features.readers.text_files.text_lines import open_plain, whole_lines

TEXT = b"".join(b"line %d\n" % i * (i % 7) for i in range(400)) + b"the last without an end"


def pieces(path: Path) -> list[bytes]:
    """The file's pieces."""
    with open_plain(path) as file:
        return list(whole_lines(file))


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_pieces_are_the_text(tmp_path: Path, pack: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is packed and whatever its name, every piece ends with a line."""
    monkeypatch.setattr(text_lines, "READ_BYTES", 300)
    path = tmp_path / "x.txt"
    path.write_bytes(pack(TEXT))  # type: ignore[operator]
    parts = pieces(path)
    assert b"".join(parts) == TEXT + b"\n" and len(parts) > 5
    assert all(part.endswith(b"\n") for part in parts)


def test_a_cut_off_gzip_is_damaged(tmp_path: Path) -> None:
    """At any place but the end."""
    packed = gzip.compress(TEXT)
    for end in (20, len(packed) // 2, len(packed) - 4):
        path = tmp_path / "x.gz"
        path.write_bytes(packed[:end])
        with pytest.raises(InputError, match="cannot be unpacked"):
            pieces(path)


def test_a_line_without_end_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A binary file without line ends does not fill the memory."""
    monkeypatch.setattr(text_lines, "READ_BYTES", 1000)
    monkeypatch.setattr(text_lines, "MAX_LINE_BYTES", 5000)
    path = tmp_path / "x"
    path.write_bytes(b"x" * 9000)
    with pytest.raises(InputError, match="a line of over"):
        pieces(path)
