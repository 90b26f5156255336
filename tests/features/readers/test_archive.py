"""Archives of a sample, and what strangers may put into one."""

import gc
import io
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import InputError
from features.readers import archive
from features.readers.open_counts import open_counts
from features.readers.text_files.mtx_folder import SeveralSamples
from tests.features.text_counts import assert_same_cells, dense_text, scan_path, write_mtx

GZIPPED = ("matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz")


@pytest.fixture(autouse=True)
def temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the test's own, to see what is left in it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def tar(path: Path, folder: Path, mode: str = "w:gz") -> Path:
    """The folder's files below its name."""
    with tarfile.open(path, mode) as file:  # type: ignore[call-overload]
        file.add(folder, folder.name)
    return path


def zip_folder(path: Path, folder: Path) -> Path:
    """The folder's files below its name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for member in folder.rglob("*"):
            file.write(member, member.relative_to(folder.parent))
    return path


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.tar", lambda p, f: tar(p, f, "w")),
        ("a.tar.gz", tar),
        ("a.tgz", tar),
        ("a.tar.bz2", lambda p, f: tar(p, f, "w:bz2")),
        ("a.tar.xz", lambda p, f: tar(p, f, "w:xz")),
        ("a.zip", zip_folder),
        ("upload", tar),
        ("upload", zip_folder),
    ],
)
def test_an_archive_of_a_folder(
    blood: Any,
    tenx: Path,
    tmp_path: Path,
    temporary_files: Path,
    name: str,
    pack: Callable[..., Path],
) -> None:
    """The same cells, by content whatever the name; nothing is left when it is read."""
    folder = write_mtx(tmp_path / "sample" / "filtered_feature_bc_matrix", blood, names=GZIPPED)
    path = pack(tmp_path / name, folder.parent)
    assert_same_cells(scan_path(path), scan_path(tenx))
    gc.collect()
    assert list(temporary_files.iterdir()) == []


def test_the_folder_lives_as_long_as_a_stream(blood: Any, tmp_path: Path) -> None:
    """Blocks are read to the end after the source itself is gone."""
    path = tar(tmp_path / "a.tar", write_mtx(tmp_path / "s", blood), "w")
    blocks = open_counts(path).blocks()
    gc.collect()
    assert sum(int(block.data.sum()) for block in blocks) == blood.counts.sum()


@pytest.mark.filterwarnings("ignore:Consolidated metadata")  # of anndata's writer
@pytest.mark.parametrize("kind", ["h5", "csv", "zarr", "tar in tar"])
def test_an_archive_of_other_count_files(blood: Any, tenx: Path, tmp_path: Path, kind: str) -> None:
    """An .h5, a table, a .zarr, and an archive within an archive."""
    folder = tmp_path / "s"
    folder.mkdir()
    if kind == "h5":
        (folder / "filtered_feature_bc_matrix.h5").write_bytes(tenx.read_bytes())
        (folder / "molecule_info.h5").write_bytes(b"nothing")
    elif kind == "csv":
        names = [f"C{i}" for i in range(blood.counts.shape[0])]
        (folder / "counts.csv").write_text(dense_text(blood.names, names, blood.counts.T.toarray()))
    elif kind == "zarr":
        import anndata
        import pandas as pd

        var = pd.DataFrame({"gene_ids": blood.ids}, index=blood.names)
        with anndata.settings.override(zarr_write_format=3, auto_shard_zarr_v3=False):
            anndata.AnnData(blood.counts, var=var).write_zarr(folder / "x.zarr")
    else:
        tar(folder / "GSM1_mtx.tar.gz", write_mtx(tmp_path / "mtx", blood))
    assert_same_cells(scan_path(tar(tmp_path / "a.tar", folder, "w")), scan_path(tenx))


def test_only_the_sample_is_unpacked(blood: Any, tmp_path: Path, temporary_files: Path) -> None:
    """What lies beside the counts stays packed."""
    outs = tmp_path / "outs"
    write_mtx(outs / "filtered_feature_bc_matrix", blood, names=GZIPPED)
    (outs / "possorted_genome_bam.bam").write_bytes(b"x" * 5000)
    source = open_counts(tar(tmp_path / "a.tar.gz", outs))
    [unpacked] = temporary_files.rglob("*.bam")
    assert unpacked.stat().st_size == 0
    assert source.path.name == "a.tar.gz"


def test_several_samples_are_named_and_not_unpacked(
    blood: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GEO's archive of a series: the sentence has the command that unpacks it."""
    for sample in ("GSM1_P1_", "GSM2_P2_"):
        names = tuple(f"{sample}{name}" for name in GZIPPED)
        write_mtx(tmp_path / "s", blood, names=names)  # type: ignore[arg-type]

    def never(*_: object) -> int:
        raise AssertionError("nothing is to be written")

    monkeypatch.setattr(archive, "_write", never)
    path = tar(tmp_path / "GSE1_RAW.tar", tmp_path / "s", "w")
    with pytest.raises(SeveralSamples, match=r"GSM1_P1, GSM2_P2\); unpack it \(`tar xf`\)"):
        open_counts(path)
    with pytest.raises(SeveralSamples, match="unzip"):
        open_counts(zip_folder(tmp_path / "a.zip", tmp_path / "s"))


def hostile(path: Path, name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> Path:
    """A tar with one member that a careless reader would write or follow elsewhere."""
    with tarfile.open(path, "w") as file:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, link
        content = b"%%MatrixMarket matrix coordinate integer general\n1 1 0\n"
        member.size = len(content) if kind == tarfile.REGTYPE else 0
        file.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    ("member", "sentence"),
    [
        (("/matrix.mtx",), "points elsewhere"),
        (("../matrix.mtx",), "points elsewhere"),
        (("a/../../matrix.mtx",), "points elsewhere"),
        (("..\\matrix.mtx",), "points elsewhere"),
        (("matrix.mtx", tarfile.SYMTYPE, "/etc/passwd"), "holds a link or device"),
        (("matrix.mtx", tarfile.LNKTYPE, "genes.tsv"), "holds a link or device"),
        (("matrix.mtx", tarfile.CHRTYPE), "holds a link or device"),
        (("matrix.mtx", tarfile.FIFOTYPE), "holds a link or device"),
    ],
)
def test_hostile_archives(
    tmp_path: Path, temporary_files: Path, member: tuple[Any, ...], sentence: str
) -> None:
    """Absolute paths, ways upwards, links and devices: refused, nothing written, nothing left."""
    path = hostile(tmp_path / "a.tar", *member)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=sentence):
        open_counts(path)
    gc.collect()
    assert sorted(tmp_path.rglob("*")) == before
    assert list(temporary_files.iterdir()) == []


def test_a_zip_with_a_way_upwards(tmp_path: Path) -> None:
    """The same of .zip."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("../../matrix.mtx", "x")
    with pytest.raises(InputError, match="points elsewhere"):
        open_counts(path)


def test_sizes_are_bounded(
    blood: Any, tmp_path: Path, temporary_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that come out, files, and archives within archives."""
    path = tar(tmp_path / "a.tar.gz", write_mtx(tmp_path / "s", blood))
    monkeypatch.setattr(archive, "MAX_BYTES", 100_000)
    with pytest.raises(InputError, match="unpack to at most"):
        open_counts(path)
    monkeypatch.setattr(archive, "MAX_MEMBERS", 2)
    with pytest.raises(InputError, match="at most 2 files"):
        open_counts(path)
    monkeypatch.undo()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary_files))
    for number in range(3):
        (tmp_path / f"n{number}").mkdir()
        path = tar(tmp_path / f"n{number}" / "in.tar", path.parent if number else path, "w")
    with pytest.raises(InputError, match="archives may lie within"):
        open_counts(path)
    gc.collect()
    assert list(temporary_files.iterdir()) == []


def test_damaged_archives(blood: Any, tmp_path: Path, temporary_files: Path) -> None:
    """Cut off anywhere: to be copied again, and nothing left behind."""
    folder = write_mtx(tmp_path / "s", blood)
    for path in (tar(tmp_path / "a.tar.gz", folder), zip_folder(tmp_path / "a.zip", folder)):
        whole = path.read_bytes()
        for end in (600, len(whole) // 2, len(whole) - 30):
            path.write_bytes(whole[:end])
            with pytest.raises(InputError, match="copy it again from its source"):
                scan_path(path)
    gc.collect()
    assert list(temporary_files.iterdir()) == []


def test_encrypted_and_foreign_archives(tmp_path: Path) -> None:
    """An encrypted .zip, and a workbook, which is a .zip too."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("matrix.mtx", "x")
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(InputError, match="must not be encrypted"):
        open_counts(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(InputError, match="this folder holds none"):
        open_counts(path)


@given(st.binary(min_size=1, max_size=600), st.integers(0, 2000))
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_damage_ends_in_a_sentence(tmp_path: Path, noise: bytes, at: int) -> None:
    """Bytes overwritten anywhere in a small archive: cells or one sentence, never a traceback."""
    path = tmp_path / "s.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n1 1 0\n")
        file.writestr("genes.tsv", "CD7\n")
    raw = bytearray(path.read_bytes())
    at %= len(raw)
    raw[at : at + len(noise)] = noise
    path.write_bytes(raw)
    try:
        open_counts(path)
    except InputError as problem:
        assert "\n" not in str(problem)
