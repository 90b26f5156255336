"""Cases of sample sheets as people write them: delimiters, encodings, days, values, units."""

import datetime
import io
from collections.abc import Callable
from typing import NamedTuple

from openpyxl import Workbook  # type: ignore[import-untyped, unused-ignore]  # no stubs

from benchmarks.input_cases.registry import Outcome

HEADER = ("sample_id", "patient_id", "day", "path", "site", "anc", "crp")
ROWS = (
    ("001", "P1", "28", "a.h5", "NA", "1.5", "0.4"),
    ("002", "P2", "60", "b.h5", "North", "2.25", ""),
    ("003", "P3", "-5", "c.h5", "North", "3", "1.2"),
)
Table = list[tuple[str, ...]]


class SheetCase(NamedTuple):
    """One way to write the sheet: its file's name, its bytes, and what must become of it."""

    name: str
    file: str
    raw: bytes
    outcome: Outcome
    text: str = ""


def _text(table: Table, delimiter: str = ",", line_end: str = "\n") -> str:
    return "".join(delimiter.join(row) + line_end for row in table)


def _table() -> Table:
    return [HEADER, *ROWS]


def _with(column: str, values: tuple[str, ...], name: str | None = None) -> Table:
    """The sheet with another column's values, and another name of the column."""
    number = HEADER.index(column)
    header = tuple(name or c if i == number else c for i, c in enumerate(HEADER))
    rows = [
        tuple(value if i == number else cell for i, cell in enumerate(row))
        for row, value in zip(ROWS, values, strict=True)
    ]
    return [header, *rows]


def _plus(column: str, value: str) -> Table:
    return [(*HEADER, column), *((*row, value) for row in ROWS)]


def _decimal_commas() -> str:
    return _text(
        [
            HEADER,
            *(
                tuple(c.replace(".", ",") if i > 4 else c for i, c in enumerate(row))
                for row in ROWS
            ),
        ],
        ";",
    )


def _workbook(day: Callable[[str], object] = int) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    sheet = book.active
    sheet.append(HEADER)
    for row in ROWS:
        numbers = [float(cell) if cell else None for cell in row[5:]]
        sheet.append([*row[:2], day(row[2]), *row[3:5], *numbers])
    book.save(stream)
    return stream.getvalue()


def _case(
    name: str, table: Table | str, outcome: Outcome = "same", text: str = "", file: str = "s.csv"
) -> SheetCase:
    content = table if isinstance(table, str) else _text(table)
    return SheetCase(name, file, content.encode(), outcome, text)


def sheet_cases() -> list[SheetCase]:
    """Every way to write the sheet."""
    return [*_layouts(), *_encodings(), *_days(), *_values(), *_units()]


def _layouts() -> list[SheetCase]:
    plain = _text(_table())
    quoted = _text([tuple(f'"{cell}"' for cell in row) for row in _table()])
    spaced = [tuple(f" {name.upper().replace('_', ' ')} " for name in HEADER), *ROWS]
    return [
        _case("commas", plain),
        _case("semicolons", _text(_table(), ";")),
        _case("semicolons and decimal commas", _decimal_commas()),
        _case("tabs", _text(_table(), "\t"), file="s.tsv"),
        _case("capital .CSV", plain, file="S.CSV"),
        _case("sep= line", "sep=,\n" + plain),
        _case("comment line", "# drawn in 2023\n" + plain),
        _case("empty lines at the end", plain + "\n\n,,,,,,\n"),
        _case("empty columns at the end", _text([(*row, "", "") for row in _table()])),
        _case("quoted cells", quoted),
        _case("capital and spaced column names", _text(spaced)),
        _case("a column of no use to us", _plus("comment", "ok"), "said", "comment"),
        _case("a column with a typing error", _plus("ferritn", "100"), "said", "ferritin"),
        SheetCase("workbook", "s.xlsx", _workbook(), "same"),
        SheetCase("workbook with days as text", "s.xlsx", _workbook(lambda day: f"D{day}"), "same"),
        _case("carriage returns", _text(_table(), line_end="\r")),
        _case("carriage returns and line feeds", _text(_table(), line_end="\r\n")),
        _case("the same file twice", _with("path", ("a.h5", "./a.h5", "c.h5")), "refused", "line"),
        _case("the same sample twice", _with("sample_id", ("1", "1", "2")), "refused", "unique"),
    ]


def _encodings() -> list[SheetCase]:
    plain = _text(_table())
    umlaut = _text(_with("site", ("NA", "Köln", "Köln")))
    return [
        SheetCase("byte order mark", "s.csv", plain.encode("utf-8-sig"), "same"),
        SheetCase("UTF-16", "s.csv", plain.encode("utf-16"), "same"),
        SheetCase("cp1252", "s.csv", umlaut.encode("cp1252"), "said"),
    ]


def _days() -> list[SheetCase]:
    spellings = {
        "28.0": ("28.0", "60.0", "-5.0"),
        "D28": ("D28", "D60", "D-5"),
        "Day 28": ("Day 28", "day 60", "Day -5"),
        "D+28": ("D+28", "D+60", "D-5"),
        "+28": ("+28", "+60", "-5"),
        "typographic minus": ("28", "60", "\u22125"),
    }
    same = [_case(f"day as {name}", _with("day", days)) for name, days in spellings.items()]
    day_of_infusion = datetime.date(2023, 3, 1)
    dates = tuple(
        (day_of_infusion + datetime.timedelta(days=int(row[2]))).isoformat() for row in ROWS
    )
    dated = _with("day", dates)
    with_infusion = [
        (*row, "infusion_date" if i == 0 else "2023-03-01") for i, row in enumerate(dated)
    ]
    return [
        *same,
        _case("day as 28,0", _text(_with("day", ("28,0", "60,0", "-5,0")), ";")),
        _case("date with infusion date", with_infusion),
        _case("date alone", dated, "refused", "infusion"),
        _case(
            "serial number of Excel", _with("day", ("44986", "45018", "44953")), "refused", "Excel"
        ),
        _case("baseline", _with("day", ("28", "60", "baseline")), "refused", "day"),
        _case("NA as day", _with("day", ("28", "60", "NA")), "refused", "day"),
    ]


def _values() -> list[SheetCase]:
    words = ("NA", "N/A", "ND", "n.d.", "-", ".", "unknown")
    empty = [_case(f"{word} as empty", _with("crp", ("0.4", word, "1.2"))) for word in words]
    return [
        *empty,
        _case("below a limit", _with("crp", ("0.4", "<0.01", "1.2")), "said", "<|bound|limit"),
        _case("above a limit", _with("crp", ("0.4", ">50", "1.2")), "said", ">|bound|limit"),
        _case("a word for a number", _with("anc", ("1.5", "2.25", "low")), "refused", "anc"),
    ]


def _units() -> list[SheetCase]:
    return [
        _case("crp_mg_l", _with("crp", ("4", "", "12"), "crp_mg_l")),
        _case("anc_per_ul", _with("anc", ("1500", "2250", "3000"), "anc_per_ul")),
        _case(
            "anc per microlitre unsaid", _with("anc", ("1500", "2250", "3000")), "refused", "anc"
        ),
        _case("crp in mg/L unsaid", _with("crp", ("45", "60", "88")), "refused", "crp"),
        _case(
            "three faults at once",
            _text(
                [
                    HEADER,
                    ("1", "P1", "soon", "a.h5", "", "low", ""),
                    ("2", "", "1", "b.h5", "", "", ""),
                ]
            ),
            "refused",
            "line 2[\\s\\S]*line 3",
        ),
    ]
