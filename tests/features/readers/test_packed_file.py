"""Count files inside gzip, bzip2 and xz: the same cells, and nothing left behind."""

import bz2
import gc
import gzip
import lzma
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features.errors import InputError
from features.readers import packed_file
from features.readers.open_counts import open_counts
from features.readers.packed_file import unpacked_head, write_piece
from tests.features.readers.same_cells import assert_same_cells, frame

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda raw: gzip.compress(raw, 1),
    "bz2": bz2.compress,
    "xz": lambda raw: lzma.compress(raw, preset=0),
}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary copies."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.mark.parametrize("ending", PACKERS)
def test_a_packed_file_gives_the_same_cells(
    tenx: Path, tmp_path: Path, temporary: Path, ending: str
) -> None:
    """Cell Ranger's .h5 in every packing; the source keeps the packed file's name."""
    path = tmp_path / f"GSM1_blood.h5.{ending}"
    path.write_bytes(PACKERS[ending](tenx.read_bytes()))
    source = assert_same_cells(path, tenx)
    assert source.path == path
    assert source.read_barcodes() == open_counts(tenx).read_barcodes()
    del source
    gc.collect()
    assert list(temporary.iterdir()) == []


def test_labels_and_ranges_are_read_from_the_copy(
    blood: Any, tmp_path: Path, temporary: Path
) -> None:
    """Everything a source offers works as long as any part of it is used."""
    frame(blood, blood.counts).write_h5ad(tmp_path / "b.h5ad")
    path = tmp_path / "b.h5ad.gz"
    path.write_bytes(gzip.compress((tmp_path / "b.h5ad").read_bytes(), 1))
    assert open_counts(path).read_column("type") == blood.types
    part = open_counts(path).blocks(100, 200)
    gc.collect()
    assert sum(int(b.data.sum()) for b in part) == int(blood.counts[100:200].sum())
    del part
    gc.collect()
    assert list(temporary.iterdir()) == []


def test_a_child_leaves_the_copy_to_its_parent(tenx: Path, tmp_path: Path, temporary: Path) -> None:
    """Forked readers of a large file end before it does."""
    path = tmp_path / "p.h5.gz"
    path.write_bytes(gzip.compress(tenx.read_bytes(), 1))
    source = open_counts(path)
    expected = source.n_cells

    def forget() -> None:
        nonlocal source
        del source
        gc.collect()
        os._exit(0)

    child = multiprocessing.get_context("fork").Process(target=forget)
    child.start()
    child.join()
    assert len(source.read_barcodes()) == expected


@pytest.mark.parametrize("ending", PACKERS)
def test_a_packed_file_that_breaks_off_is_damaged(
    tenx: Path, tmp_path: Path, temporary: Path, ending: str
) -> None:
    """Nothing is left of the copy."""
    path = tmp_path / f"cut.h5.{ending}"
    raw = PACKERS[ending](tenx.read_bytes())
    path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(InputError, match=r"^cut\.h5\.\w+: a count file must be whole, .*unpacked"):
        open_counts(path)
    assert list(temporary.iterdir()) == []


def test_a_file_that_unpacks_to_too_much_is_refused(
    tenx: Path, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is said, and the way round it."""
    monkeypatch.setattr(packed_file, "MAX_UNPACKED_BYTES", 100_000)
    path = tmp_path / "large.h5.gz"
    path.write_bytes(gzip.compress(tenx.read_bytes(), 1))
    with pytest.raises(InputError, match="unpack it and give the file itself"):
        open_counts(path)
    assert list(temporary.iterdir()) == []


def test_the_head_of_any_file_is_its_content(tmp_path: Path) -> None:
    """Unpacked where it is packed; bytes that only begin like gzip are damaged."""
    for name, raw in (("a", b"gene,c1\n"), ("b", gzip.compress(b"gene,c1\n"))):
        (tmp_path / name).write_bytes(raw)
        assert unpacked_head(tmp_path / name) == b"gene,c1\n"
    (tmp_path / "c").write_bytes(b"\x1f\x8b\x08" + bytes(40))
    with pytest.raises(InputError, match="cannot be unpacked"):
        unpacked_head(tmp_path / "c")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device /dev/full")
def test_a_full_disk_is_no_damaged_file() -> None:
    """The sentence names the temporary folder; the file itself is sound."""
    with (
        Path("/dev/full").open("wb", buffering=0) as full,
        pytest.raises(InputError, match=r"must fit the temporary folder .* set TMPDIR"),
    ):
        write_piece(full, b"counts")
