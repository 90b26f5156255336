"""Text table: the cells of a CSV, TSV or Excel file under the names of known columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from features.errors import InputError
from features.schema import Feature
from features.table.text_tables.column_names import (
    ColumnName,
    feature_in_another_unit,
    known_columns,
    suggestion,
)
from features.table.text_tables.delimited_text import HEADER_LINES, Record, read_delimited
from features.table.text_tables.findings import Findings
from features.table.text_tables.number_cells import Decimals
from features.table.text_tables.spelling import letters
from features.table.text_tables.spreadsheet import OLD_EXCEL, is_workbook, read_workbook
from features.table.text_tables.units import Unit, column_name, units_of

# First bytes of files that are taken for tables by mistake.
OTHER_FILES: Mapping[bytes, str] = {
    b"PAR1": "a Parquet file, such as a feature table",
    b"\x89HDF": "an HDF5 file, such as a count file",
    b"\x1f\x8b": "packed with gzip; unpack it first",
    OLD_EXCEL: "an old Excel file (.xls) or one with a password; save it as .xlsx without one",
    b"%PDF": "a PDF",
}


@dataclass(frozen=True)
class TextTable:
    """Cells as text by column, the line of each row, and how the file writes numbers.

    `units` are those that headings name. Columns that the file lacks are absent.
    """

    name: str
    lines: Sequence[int]
    cells: Mapping[str, Sequence[str]]
    units: Mapping[str, Unit]
    decimals: Decimals = Decimals()  # noqa: RUF009  (immutable)

    def column(self, name: str) -> Sequence[str]:
        """A column's cells, empty ones where the table lacks the column."""
        return self.cells.get(name, [""] * len(self.lines))


@dataclass(frozen=True)
class TableColumns:
    """Columns that a kind of table must and may have; `features` may come in other units."""

    required: Sequence[str]
    optional: Sequence[str] = ()
    features: Sequence[Feature] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every column's name, the required ones first."""
        return (*self.required, *self.optional, *(feature.name for feature in self.features))


def read_text_table(
    path: Path | str, subject: str, columns: TableColumns, findings: Findings
) -> TextTable:
    """Read a table; `subject` names what it holds in errors ("Outcomes").

    Faults of header and rows go to `findings`, as do notes on unknown columns, which are ignored.
    Raises InputError for a file that is absent or no table.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = f"cannot be read ({error.strerror})" if path.exists() else "does not exist"
        raise InputError(
            f"{subject} are read from a table (CSV, TSV or .xlsx), but {path} {reason}; check its "
            "path."
        ) from None
    known_names = known_columns(columns.names, columns.features)
    for start, content in OTHER_FILES.items():
        if raw.startswith(start):
            raise InputError(
                f"{subject} are read from a table (CSV, TSV or .xlsx), but {path.name} is "
                f"{content}."
            )
    if is_workbook(raw):
        return table_of(read_workbook(raw, known_names, findings), columns, findings)
    text = read_delimited(raw, path.name, known_names)
    if text.encoding not in ("utf-8", "utf-16-le", "utf-16-be"):
        findings.note(0, f"read as {text.encoding}, because it is not UTF-8")
    # Where decimals are commas, cells are separated by semicolons: 1.500 may then be 1500.
    decimals = Decimals("") if text.delimiter == ";" else Decimals()
    return table_of(text.records, columns, findings, decimals=decimals)


def table_of(
    records: Sequence[Record],
    columns: TableColumns,
    findings: Findings,
    *,
    decimals: Decimals = Decimals(),  # noqa: B008  (immutable)
) -> TextTable:
    """A table from numbered records, the header among them.

    >>> findings = Findings("x.csv")
    >>> table = table_of([(1, ["Day", "x"]), (2, ["28", "y"])], TableColumns(["day"]), findings)
    >>> table.column("day"), findings.notes
    (['28'], [(1, "unknown column 'x' is ignored")])
    """
    known_names = known_columns(columns.names, columns.features)
    filled_records = [
        (line, cells) for line, cells in records if any(cell.strip() for cell in cells)
    ]
    header = _header(filled_records, known_names)
    if header is None:
        findings.fault(0, f"the table needs a header with the columns {_list(columns.required)}")
        return TextTable(findings.table, [], {}, {})
    line, headings = filled_records[header]
    rows = _without_row_names(headings, _without_comments(filled_records[header + 1 :]))
    positions = _positions(headings, known_names, line, findings)
    _check_headings(headings, positions, line, columns=columns, findings=findings)
    _check_lengths(headings, rows, line, findings)
    return TextTable(
        findings.table,
        [number for number, _ in rows],
        {
            column.name: [cells[i] if i < len(cells) else "" for _, cells in rows]
            for i, column in positions.items()
        },
        {column.name: column.unit for column in positions.values() if column.unit},
        decimals,
    )


def _header(records: Sequence[Record], known_names: Mapping[str, ColumnName]) -> int | None:
    """Position of the header: the record with the most known columns among the first."""
    counts = [
        sum(letters(cell) in known_names for cell in cells) for _, cells in records[:HEADER_LINES]
    ]
    if not counts:
        return None
    best = max(counts)
    if best:
        return counts.index(best)
    return next((i for i, (_, cells) in enumerate(records) if not _is_comment(cells)), None)


def _is_comment(cells: Sequence[str]) -> bool:
    return cells[0].lstrip('" ').startswith("#")


def _without_comments(rows: Sequence[Record]) -> Sequence[Record]:
    """The rows but those that start with #, unless all do: #1 is then an identifier."""
    others = [row for row in rows if not _is_comment(row[1])]
    return others or rows


def _without_row_names(headings: Sequence[str], rows: Sequence[Record]) -> Sequence[Record]:
    """Without the row numbers that R's write.table puts before the columns of its header."""
    n = len(headings)
    numbers = [cells[0] for _, cells in rows]
    is_numbered = numbers == [str(i + 1) for i in range(len(rows))]
    if rows and is_numbered and all(len(cells) == n + 1 and cells[-1] for _, cells in rows):
        return [(line, cells[1:]) for line, cells in rows]
    return rows


def _positions(
    headings: Sequence[str], known_names: Mapping[str, ColumnName], line: int, findings: Findings
) -> dict[int, ColumnName]:
    """Our column at each position of the header; dates only where the days are not there."""
    columns = {
        i: known_names[letters(h)] for i, h in enumerate(headings) if letters(h) in known_names
    }
    days = {column.name for column in columns.values() if not column.is_date}
    positions: dict[int, ColumnName] = {}
    for i, column in columns.items():
        if column.is_date and column.name in days:
            findings.note(
                line, f"column {headings[i]!r} is ignored, because {column.name} is there"
            )
        elif column.name in [other.name for other in positions.values()]:
            findings.fault(
                line, f"a column may be there once, but {column.name} is there twice; keep one"
            )
        else:
            positions[i] = column
    return positions


def _check_headings(
    headings: Sequence[str],
    positions: Mapping[int, ColumnName],
    line: int,
    *,
    columns: TableColumns,
    findings: Findings,
) -> None:
    names = {column.name for column in positions.values()}
    missing = [name for name in columns.required if name not in names]
    unknown = [
        heading
        for i, heading in enumerate(headings)
        if heading and letters(heading) not in known_columns(columns.names, columns.features)
    ]
    absent = [name for name in columns.names if name not in names]
    near_name = {heading: suggestion(heading, absent, columns.features) for heading in unknown}
    if missing:
        near = [
            f"{name} ({heading!r} may be it)"
            for heading, name in near_name.items()
            if name in missing
        ]
        hint = f": rename {_list(near)}" if near else "; add it"
        findings.fault(
            line,
            f"the table needs the columns {_list(columns.required)}, but {_list(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing{hint}",
        )
    for heading in unknown:
        findings.note(line, _unknown(heading, near_name[heading], columns.features))


def _unknown(heading: str, near_name: str | None, features: Sequence[Feature]) -> str:
    feature = feature_in_another_unit(heading, features)
    if feature and near_name in (None, feature.name):
        names = dict.fromkeys(column_name(feature, unit) for unit in units_of(feature))
        readable = _list([*names][:5])
        return f"unknown column {heading!r} is ignored; {feature.name} is read as {readable}"
    hint = f"; {near_name} may be meant" if near_name else ""
    return f"unknown column {heading!r} is ignored{hint}"


def _check_lengths(
    headings: Sequence[str], rows: Sequence[Record], line: int, findings: Findings
) -> None:
    n = max((i + 1 for i, heading in enumerate(headings) if heading), default=0)
    for i, heading in enumerate(headings[:n]):
        if not heading and any(i < len(cells) and cells[i] for _, cells in rows):
            findings.note(line, f"column {i + 1} has no heading and is ignored")
    for number, cells in rows:
        if any(cells[n:]):
            findings.fault(
                number,
                "the line has more cells than the header; put a cell that holds the delimiter, "
                "such as a decimal comma, in quotes",
            )


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)
