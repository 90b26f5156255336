"""Samples by file."""

from dataclasses import replace
from pathlib import Path

from features.table.file_samples import barcode_files, group_by_file
from features.table.sample_sheet import sheet_row


def test_samples_of_one_file_are_read_together(tmp_path: Path) -> None:
    """Links and ./ are the same file; another CAR sequence is another pass over it."""
    (tmp_path / "a.h5").touch()
    (tmp_path / "b.h5").symlink_to(tmp_path / "a.h5")
    samples = [
        sheet_row(tmp_path / "a.h5", sample_id="0", cells="donor=P0"),
        sheet_row(tmp_path / "other.h5", sample_id="1"),
        sheet_row(tmp_path / "b.h5", sample_id="2", cells="donor=P2"),
        sheet_row(tmp_path / "." / "a.h5", sample_id="3", cells="donor=P3", car_gene="CAR"),
    ]
    groups = group_by_file(samples, [1, 2, 3])
    assert [numbers for numbers, _ in groups] == [[1], [2], [3]]
    assert [s.sample_id for s in groups[1][1].of_file] == ["0", "2", "3"]
    assert group_by_file(samples, range(4))[0][0] == [0, 2]


def test_samples_with_other_viral_sequences_are_read_in_passes_of_their_own(
    tmp_path: Path,
) -> None:
    """The same names in another order are the same."""
    (tmp_path / "a.h5").touch()
    names = ("hhv6=A1,A2", "hhv6=A2 A1", "ebv=A1", None)
    samples = [sheet_row(tmp_path / "a.h5", virus_genes=genes) for genes in names]
    assert [numbers for numbers, _ in group_by_file(samples, range(4))] == [[0, 1], [2], [3]]


def test_files_of_barcodes_are_those_of_the_selector(tmp_path: Path) -> None:
    """None without one."""
    (tmp_path / "l.txt").touch()
    sample = sheet_row(tmp_path / "a.h5")
    assert barcode_files(sample) == ()
    listed = replace(sample, cells=f"lane=1;barcodes={tmp_path / 'l.txt'}:P1")
    assert barcode_files(listed) == (tmp_path / "l.txt",)
