"""Excel workbooks, written with openpyxl and read back."""

import io
from datetime import date, datetime

import openpyxl
import pytest

from features.errors import InputError
from features.table.text_tables.findings import Findings
from features.table.text_tables.spreadsheet import is_workbook, read_workbook

COLUMNS = {"sampleid", "day"}


def workbook(**sheets: list[list[object]]) -> openpyxl.Workbook:
    """A workbook of sheets by title."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    """The workbook's bytes."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_cells_are_texts_as_a_csv_would_hold_them() -> None:
    """Whole numbers without .0, dates as ISO, truth in words; no number looks like 1.500."""
    row = ["007", 28.0, 1.125, True, date(2024, 1, 31), datetime(2024, 1, 31, 8, 30), None, " x "]
    raw = saved(workbook(a=[["sample_id", "day"], row]))
    assert is_workbook(raw)
    records = read_workbook(raw, COLUMNS, Findings("x"))
    texts = ["007", "28", "1.1250", "true", "2024-01-31", "2024-01-31", "", "x"]
    assert records[1] == (2, texts)


def test_numbers_are_read_as_they_are_shown() -> None:
    """5 % is not 0.05 in a column of percent; an identifier shown as 007 is not 7."""
    book = workbook(a=[["sample_id", "day"], [7, 0.05]])
    book["a"]["A2"].number_format, book["a"]["B2"].number_format = "000", "0.0%"
    assert read_workbook(saved(book), COLUMNS, Findings("x"))[1] == (2, ["007", "5%"])


def test_the_sheet_with_our_columns_is_read() -> None:
    """Wherever it stands; where several have our columns a note names the one that was read."""
    findings = Findings("x")
    table = [["sample_id", "day"], ["S1", 1]]
    book = workbook(Legend=[["a"]], Data=table, More=[["day"], [3]])
    assert read_workbook(saved(book), COLUMNS, findings)[1] == (2, ["S1", "1"])
    assert findings.notes == [(0, "of several sheets with known columns, 'Data' was read")]


def test_a_formula_without_result_is_no_empty_cell() -> None:
    """A program wrote it and never computed it; the cell is named."""
    findings = Findings("x")
    read_workbook(saved(workbook(a=[["sample_id", "day"], ["S1", "=1+27"]])), COLUMNS, findings)
    assert [line for line, _ in findings.faults] == [2]
    assert "cell B2 holds a formula without its result" in findings.faults[0][1]


@pytest.mark.parametrize("raw", [b"PK\x03\x04 cut", saved(workbook(a=[["day"]]))[:400]])
def test_a_zip_file_that_is_no_workbook_is_refused(raw: bytes) -> None:
    """Another zip file, or half of a workbook."""
    with pytest.raises(InputError, match="must be an Excel workbook"):
        read_workbook(raw, COLUMNS, Findings("x.xlsx"))
