"""Paths of counts: file, folder, folder and prefix."""

from pathlib import Path

from features.table.count_path import count_files


def test_files_of_a_path(tmp_path: Path) -> None:
    """A file, all files below a folder, files with a prefix, and none."""
    for name in ("GSM1_a.mtx", "GSM1_b.tsv", "GSM2_a.mtx", "deep/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert count_files(tmp_path / "GSM1_a.mtx") == [tmp_path / "GSM1_a.mtx"]
    assert len(count_files(tmp_path)) == 4
    assert [f.name for f in count_files(tmp_path / "GSM1_")] == ["GSM1_a.mtx", "GSM1_b.tsv"]
    assert count_files(tmp_path / "GSM3_") == count_files(tmp_path / "no" / "GSM1_") == []
