"""Lines of a sheet with the same file."""

from pathlib import Path

import pytest

from features.errors import InputError
from features.table.sample_sheet import read_sheet


def write_sheet(folder: Path, *lines: str) -> Path:
    """A sheet of samples S0, S1, ... of path and cells, beside a.h5 and links to it."""
    (folder / "a.h5").touch()
    (folder / "hard.h5").hardlink_to(folder / "a.h5")
    (folder / "link.h5").symlink_to(folder / "a.h5")
    rows = [f"S{i},P{i},28,{line}\n" for i, line in enumerate(lines)]
    path = folder / "samples.csv"
    path.write_text("sample_id,patient_id,day,path,cells\n" + "".join(rows))
    return path


@pytest.mark.parametrize("lines", [
    ("a.h5,", "a.h5,"), ("a.h5,", "./a.h5,"), ("a.h5,", "link.h5,"), ("a.h5,", "hard.h5,"),
    ("a.h5,barcode=*-1", "a.h5,"),
    ("a.h5,barcode=*-1", "link.h5,all"), ("a.h5,barcode=*-1", "./a.h5,barcode = *-1"),
])  # fmt: skip
def test_a_file_twice_needs_different_selectors(tmp_path: Path, lines: tuple[str, ...]) -> None:
    """However the path is spelled; both lines are named."""
    with pytest.raises(InputError, match=r"samples\.csv line 2 and line 3: samples of one"):
        read_sheet(write_sheet(tmp_path, *lines))


def test_selectors_reach_the_sample(tmp_path: Path) -> None:
    """Read once, and None for a file of one sample."""
    sheet = write_sheet(tmp_path, "a.h5,donor=P1; day=28", "a.h5,donor=P2")
    assert [row.cells for row in read_sheet(sheet)] == ["donor=P1;day=28", "donor=P2"]
    sheet.write_text("sample_id,patient_id,day,path\nS,P,28,a.h5\n")
    assert read_sheet(sheet)[0].cells is None


def test_a_wrong_selector_names_its_line(tmp_path: Path) -> None:
    """As every fault of a sheet."""
    with pytest.raises(InputError, match=r"samples\.csv line 3: cells must be COLUMN=VALUE"):
        read_sheet(write_sheet(tmp_path, "a.h5,donor=P1", "a.h5,P2"))
