"""Excel workbook (.xlsx): its cells as text, as a CSV file would hold them."""

import io
import re
import warnings
from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any

from features.errors import InputError
from features.table.text_tables.delimited_text import Record
from features.table.text_tables.findings import Findings
from features.table.text_tables.spelling import letters

ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_PADDED = re.compile(r"0+")


def is_workbook(raw: bytes) -> bool:
    """Whether bytes are a zip file, as .xlsx is.

    >>> is_workbook(b"PK\\x03\\x04..."), is_workbook(b"a,b")
    (True, False)
    """
    return raw.startswith(ZIP)


def read_workbook(raw: bytes, columns: Collection[str], findings: Findings) -> list[Record]:
    """Rows of the sheet whose header has the most known columns, with their row numbers.

    `columns` are `letters` of the known headings. A note says which sheet was read where there are
    several. Raises InputError for a file that is no workbook; formulas without a stored result
    are faults.
    """
    # Slow to import, and needed only here.
    import openpyxl  # type: ignore[import-untyped, unused-ignore]  # no stubs

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on styles and extensions that hold no values
            values = openpyxl.load_workbook(io.BytesIO(raw), data_only=True)
            formulas = openpyxl.load_workbook(io.BytesIO(raw))
    except Exception:
        raise InputError(
            f"{findings.table} must be an Excel workbook (.xlsx) or a text table, but it is "
            "another file or a damaged one; save the table as .xlsx or CSV."
        ) from None
    records = {sheet.title: list(_records(sheet)) for sheet in values.worksheets}
    title = max(records, key=lambda name: _n_known(records[name], columns))
    if sum(_n_known(rows, columns) > 0 for rows in records.values()) > 1:
        findings.note(0, f"of several sheets with known columns, {title!r} was read")
    _check_formulas(values[title], formulas[title], findings)
    return records[title]


def cell_text(value: object, number_format: str) -> str:
    """A cell as text: 7.0 as 7, 0.05 shown as percent as 5%, 7 shown as 007 as 007.

    >>> cell_text(7.0, "General"), cell_text(0.05, "0%"), cell_text(7, "000")
    ('7', '5%', '007')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if not isinstance(value, int | float):
        return str(value).strip()
    if "%" in number_format:
        return f"{_number_text(round(value * 100, 12))}%"
    text = _number_text(value)
    return text.zfill(len(number_format)) if _PADDED.fullmatch(number_format) else text


def _number_text(value: float) -> str:
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = repr(value)
    # 1.125 would be 1125 in a table whose text cells have decimal commas; 1.1250 is never that.
    return f"{text}0" if re.fullmatch(r"-?\d+\.\d{3}", text) else text


def _records(sheet: Any) -> Iterator[Record]:  # openpyxl has no types
    for cells in sheet.iter_rows():
        yield cells[0].row, [cell_text(cell.value, cell.number_format) for cell in cells]


def _n_known(records: list[Record], columns: Collection[str]) -> int:
    counts = [sum(letters(cell) in columns for cell in row) for _, row in records[:30]]
    return max(counts, default=0)


def _check_formulas(values: Any, formulas: Any, findings: Findings) -> None:
    for row in formulas.iter_rows():
        for cell in row:
            if cell.data_type == "f" and values[cell.coordinate].value is None:
                findings.fault(
                    cell.row,
                    f"cell {cell.coordinate} holds a formula without its result; open the workbook "
                    "in Excel, save it, and read it again",
                )
