"""Sheet or count file, by content."""

from pathlib import Path

import openpyxl
import pytest

from features.table.sheet_content import is_sheet

HEADER = "sample_id,patient_id,day,path\n"


@pytest.mark.parametrize("name", ["s.csv", "s.CSV", "s.tsv", "s.txt", "s.sheet", "s"])
def test_a_header_of_ours_makes_a_sheet(tmp_path: Path, name: str) -> None:
    """Under any name, with titles above and in UTF-16."""
    path = tmp_path / name
    for content in (HEADER, f"# May\n{HEADER}", HEADER.replace(",", ";").upper()):
        for encoding in ("utf-8", "utf-16"):
            path.write_text(content, encoding=encoding)
            assert is_sheet(path)


def test_a_workbook_is_a_sheet_and_a_zip_is_not(tmp_path: Path) -> None:
    """By what the zip file holds."""
    openpyxl.Workbook().save(tmp_path / "a.zip")
    assert is_sheet(tmp_path / "a.zip")
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04")
    assert not is_sheet(tmp_path / "b.zip")


def test_counts_are_no_sheet(tmp_path: Path) -> None:
    """A table of genes and cells, HDF5, a matrix market file, a folder."""
    counts = tmp_path / "counts.csv"
    counts.write_text("gene,AAAC-1,AAAG-1,AAAT-1\nCD7,0,3,1\nCD3D,1,0,0\n")
    assert not is_sheet(counts)
    (tmp_path / "a.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    (tmp_path / "a.mtx").write_text("%%MatrixMarket matrix coordinate integer general\n3 3 1\n")
    assert not any(is_sheet(tmp_path / name) for name in ("a.h5", "a.mtx", "."))


def test_a_table_without_our_columns_is_a_sheet_that_lacks_them(tmp_path: Path) -> None:
    """Its error names the columns; a count reader's would not."""
    (tmp_path / "s.csv").write_text("Sample,Patient,When,File\nS1,P1,28,a.h5\n")
    (tmp_path / "s.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    assert is_sheet(tmp_path / "s.csv") and is_sheet(tmp_path / "s.xls")
