"""Samples that count the same cells."""

from dataclasses import replace
from pathlib import Path

from features.pipeline.equal_rows import equal_rows
from features.pipeline.sample import summarise
from features.table.sample_sheet import sheet_row


def test_a_copied_file_is_seen(tenx: Path, tmp_path: Path) -> None:
    """Whatever its name, patient and day; a row with one other number is another sample."""
    (tmp_path / "copy.h5").write_bytes(tenx.read_bytes())
    one = sheet_row(tenx, day=0, sample_id="a", patient_id="P1")
    rows = [
        summarise(sample)
        for sample in (
            one, replace(one, sample_id="b", patient_id="P2", day=28, path=tmp_path / "copy.h5"),
        )
    ]  # fmt: skip
    assert equal_rows(rows) == [("a", "b")]
    rows[1]["n_cells"] = 1
    assert equal_rows(rows) == []
