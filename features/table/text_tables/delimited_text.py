"""CSV, TSV and other delimited text: encoding, line ends and delimiter found by content."""

import codecs
import csv
import io
import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from features.errors import InputError
from features.table.text_tables.spelling import letters

DELIMITERS = (",", ";", "\t", "|")
_SEP_LINE = re.compile(r"sep=(.)[,;\t]*", re.IGNORECASE)  # Excel's first line
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
# Two bytes of a Chinese character in GB 2312, both from A1 on; European text in cp1252 has
# single ones.
_CHINESE = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xfe][\xa1-\xfe])+")
HEADER_LINES = 30  # titles and comments may stand above the header

Record = tuple[int, list[str]]


class DelimitedText(NamedTuple):
    """Records with the number of their first line, the delimiter, and the encoding."""

    records: list[Record]
    delimiter: str
    encoding: str


def read_delimited(raw: bytes, name: str, columns: Collection[str]) -> DelimitedText:
    """Split a file's bytes into records of cells; `columns` are `letters` of the known headings.

    The delimiter is the one with which the header has the most known columns. Raises InputError
    for bytes that are no text and for a quote that does not end.
    """
    text, encoding = decode(raw, name)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first, delimiter = _sep_line(lines[0])
    if delimiter is None:
        delimiter = _delimiter(lines[:HEADER_LINES], columns)
    return DelimitedText(_records(lines[first:], first, delimiter, name=name), delimiter, encoding)


def decode(raw: bytes, name: str) -> tuple[str, str]:
    """The text and its encoding: by byte order mark, else UTF-8, UTF-16, Chinese or Windows'.

    >>> decode(b"caf\\xe9", "x.csv"), decode("a\\n".encode("utf-16"), "x.csv")
    (('café', 'cp1252'), ('a\\n', 'utf-16-le'))
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _decoded(raw[len(mark) :], encoding, name)
    if b"\x00" in raw:
        zeros = [raw[i::2].count(0) for i in (0, 1)]
        if max(zeros) < len(raw) / 5 or min(zeros) > 0:
            raise _no_text(name)
        return _decoded(raw, "utf-16-be" if zeros[0] else "utf-16-le", name)
    for encoding in ("utf-8", "gb18030" if _CHINESE.fullmatch(raw) else "cp1252"):
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise _no_text(name)


def _decoded(raw: bytes, encoding: str, name: str) -> tuple[str, str]:
    try:
        return raw.decode(encoding), encoding
    except UnicodeDecodeError:
        raise _no_text(name) from None


def _no_text(name: str) -> InputError:
    return InputError(
        f"A table must be text (CSV, TSV) or an Excel workbook (.xlsx), but the bytes of {name} "
        "are neither; save the table as one of them."
    )


def _sep_line(line: str) -> tuple[int, str | None]:
    match = _SEP_LINE.fullmatch(line.strip(' "'))
    return (1, match[1]) if match else (0, None)


def _delimiter(lines: Sequence[str], columns: Collection[str]) -> str:
    def score(delimiter: str) -> tuple[int, int]:
        rows = [[letters(cell) for cell in line.split(delimiter)] for line in lines]
        n_known = [sum(cell in columns for cell in row) for row in rows]
        return max(n_known, default=0), max(map(len, rows), default=0)

    return max(DELIMITERS, key=score)


def _records(lines: Sequence[str], first: int, delimiter: str, *, name: str) -> list[Record]:
    reader = csv.reader(
        io.StringIO("\n".join(lines), newline="\n"), delimiter=delimiter, skipinitialspace=True,
        strict=True,
    )  # fmt: skip
    records: list[Record] = []
    start = 1
    try:
        for cells in reader:
            records.append((first + start, [cell.strip() for cell in cells]))
            start = reader.line_num + 1
    except csv.Error:
        raise InputError(
            f"{name} line {first + start}: a cell in quotes must end with a quote, but one does "
            "not; remove the quote, or double it inside the cell."
        ) from None
    return records
