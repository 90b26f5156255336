"""Files that only R or another program reads: what they are, and the line that writes ours."""

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from features.errors import InputError
from features.readers.open_counts import open_counts

RDS = b"X\n\x00\x00\x00\x03\x00\x04\x03\x01" + bytes(200)
RDA = b"RDX3\n" + RDS


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (RDS, r"an R object \(\.rds\); write it in R: x <- readRDS.*write10xCounts"),
        (RDA, r"an R workspace \(\.rda, \.RData\); write it in R: .*load"),
        (b"\x0b\x0e\x0a\x0c" + bytes(60), r"an R object \(\.qs\)"),
        (b"BAM\x01" + bytes(60), r"aligned reads"),
    ],
)
def test_the_content_tells_the_kind(
    tmp_path: Path, content: bytes, sentence: str, pack: Callable[[bytes], bytes]
) -> None:
    """Packed or not, whatever the name; never that it is damaged."""
    (tmp_path / "object").write_bytes(pack(content))
    with pytest.raises(InputError, match=rf"^object: .*this is {sentence}") as error:
        open_counts(tmp_path / "object")
    assert "copy it again" not in str(error.value)


def test_folders_of_other_programs_are_named(tmp_path: Path) -> None:
    """TileDB-SOMA with the line of Python, a tissue section with the reason."""
    (tmp_path / "soma").mkdir()
    (tmp_path / "soma" / "__tiledb_group.tdb").touch()
    with pytest.raises(InputError, match=r"soma: .*TileDB-SOMA.*to_anndata"):
        open_counts(tmp_path / "soma")
    (tmp_path / "visium" / "spatial").mkdir(parents=True)
    with pytest.raises(InputError, match=r"visium: .*single cells in suspension"):
        open_counts(tmp_path / "visium")
