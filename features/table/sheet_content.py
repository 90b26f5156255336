"""Sample sheet or count file: told by content, since both may be named .csv, .txt or .tsv."""

import zipfile
from pathlib import Path

from features import schema
from features.errors import InputError
from features.table.text_tables.delimited_text import DELIMITERS, HEADER_LINES, decode
from features.table.text_tables.number_cells import AmbiguousNumber, parse_number
from features.table.text_tables.spelling import letters
from features.table.text_tables.spreadsheet import OLD_EXCEL, is_workbook

HEAD_BYTES = 1 << 20  # the header of a count table of 50,000 cells
TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".tab", ".xlsx", ".xls")
KEYS = frozenset(letters(name) for name in (*schema.KEYS, "path"))
MIN_KEYS = 2


def is_sheet(path: Path) -> bool:
    """Whether a file is a sample sheet: a workbook, or text whose header names two of our keys.

    Text under a table's name without them is a sheet too, whose error then says what it lacks,
    unless its second line holds a name and numbers, as a table of counts does.
    """
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    is_table_name = path.suffix.lower() in TABLE_SUFFIXES
    if is_workbook(head):
        return _holds_workbook(path)
    if head.startswith(OLD_EXCEL):
        return True
    try:
        text, _ = decode(head, path.name)
    except InputError:
        return is_table_name
    lines = text.replace("\r", "\n").split("\n")
    lines = [line for line in lines if line.strip()][:HEADER_LINES]
    if max((_n_keys(line) for line in lines), default=0) >= MIN_KEYS:
        return True
    return is_table_name and not _is_counts(lines)


def _holds_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as file:
            return "xl/workbook.xml" in file.namelist()
    except zipfile.BadZipFile:
        return path.suffix.lower() == ".xlsx"


def _n_keys(line: str) -> int:
    return max(len(KEYS & {letters(cell) for cell in line.split(sign)}) for sign in DELIMITERS)


def _is_counts(lines: list[str]) -> bool:
    """Whether the second line is a name and then numbers, three or more."""
    if len(lines) < 2:
        return False
    cells = max((lines[1].split(sign) for sign in (*DELIMITERS, " ")), key=len)
    return len(cells) > 3 and all(_is_number(cell) for cell in cells[1:])


def _is_number(cell: str) -> bool:
    try:
        number = parse_number(cell.strip(' "'))
    except AmbiguousNumber:
        return True
    return number is not None and not number.unit
