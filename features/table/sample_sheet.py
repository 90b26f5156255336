"""The sample sheet: file, patient, day, clinical context and blood count of each sample."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from features import schema
from features.errors import InputError
from features.table.cell_selector import parse_selector
from features.table.count_path import count_files
from features.table.shared_files import FileLine, shared_file_faults

CELLS = "cells"  # which cells of a pooled file are the sample's
REQUIRED = (*schema.KEYS, "path")
TEXTS: dict[str, schema.Category] = {c.name: c for c in schema.CATEGORIES}
NUMBERS: dict[str, schema.Feature] = {f.name: f for f in schema.CLINICAL}
COLUMNS = (*REQUIRED, *TEXTS, *NUMBERS, CELLS)
# Days since infusion: four years before to thirty after; anything else is a date or a typing error.
FIRST_DAY, LAST_DAY = -1500, 11_000


@dataclass(frozen=True)
class SheetRow:
    """One sample to read. `day` is None only for an upload that came without one.

    `cells` selects the sample's cells in a file that holds several (`features.table.cell_selector`,
    paths absolute); None for a file of one sample.
    """

    sample_id: str
    patient_id: str
    day: int | None
    path: Path
    texts: Mapping[str, str | None]
    numbers: Mapping[str, float]
    cells: str | None = None


def read_sheet(path: Path | str) -> list[SheetRow]:
    """Read SAMPLES.csv; relative paths of count files start at the sheet's folder.

    Raises `InputError` for a missing or unknown column, a repeated sample_id, a day that is no
    whole number, a value outside its column's choices or range, a count file that does not exist,
    and a sheet without samples. Messages name line and column, never a patient's value.
    """
    path = Path(path)
    header, lines = _read_csv(path)
    _check_header(path, header)
    rows = [_sheet_line(path, number, line) for number, line in lines]
    _check_unique(path, rows)
    numbers = [number for number, _ in lines]
    faults = shared_file_faults(
        [FileLine(n, row.path, row.cells) for n, row in zip(numbers, rows, strict=True)]
    )
    if faults:
        raise InputError(f"{path.name} {faults[0]}.")
    return rows


def sheet_row(
    path: Path | str,
    *,
    day: int | None = None,
    sample_id: str = "upload",
    patient_id: str = "upload",
    cells: str | None = None,
    **context: str | float | int | None,
) -> SheetRow:
    """One sample without a sheet, such as an upload; `context` are the optional columns.

    `cells` selects its cells in a pooled file, and may name no file here.

    >>> row = sheet_row("a.h5", day=28, enrichment="none", anc=1.5)
    >>> row.day, row.texts["enrichment"], row.numbers["anc"], row.numbers["crp"]
    (28, 'none', 1.5, nan)
    """
    unknown = sorted(set(context) - set(TEXTS) - set(NUMBERS))
    if unknown:
        raise InputError(
            f"A sample may have the columns {', '.join((*TEXTS, *NUMBERS))}, but {unknown[0]} "
            "came; leave it out."
        )
    texts = {name: "" if value is None else str(value) for name, value in context.items()}
    return SheetRow(
        sample_id, patient_id, None if day is None else _day("The sample", str(day)),
        Path(path), _texts("The sample", texts), _numbers("The sample", texts),
        _cells("The sample", "" if cells is None else str(cells), None),
    )  # fmt: skip


def _read_csv(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restkey="")
            header = [name.strip() for name in reader.fieldnames or []]
            reader.fieldnames = header
            lines = [
                (reader.line_num, _strip_cells(path, reader.line_num, line)) for line in reader
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise InputError(
            f"A sample sheet must be a readable CSV file in UTF-8, but {path.name} is not "
            f"({reason}); check its path."
        ) from None
    if not lines:
        raise InputError(
            f"A sample sheet must hold at least one sample, but {path.name} holds none."
        )
    return header, lines


def _strip_cells(path: Path, number: int, line: Mapping[str, object]) -> dict[str, str]:
    if "" in line:
        raise InputError(
            f"{path.name} line {number} has more cells than the header; quote cells with commas."
        )
    return {name: str(cell or "").strip() for name, cell in line.items()}


def _check_header(path: Path, header: Sequence[str]) -> None:
    missing = [name for name in REQUIRED if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    duplicates = sorted({name for name in header if header.count(name) > 1})
    if missing:
        raise InputError(
            f"A sample sheet needs the columns {', '.join(REQUIRED)}, but {path.name} lacks "
            f"{', '.join(missing)}; add it."
        )
    if unknown or duplicates:
        raise InputError(
            f"A sample sheet may have each of the columns {', '.join(COLUMNS)} once, but "
            f"{path.name} has {', '.join(map(repr, unknown or duplicates))}; rename or remove it."
        )


def _check_unique(path: Path, rows: Sequence[SheetRow]) -> None:
    ids: set[str] = set()
    for row in rows:
        if row.sample_id in ids:
            raise InputError(
                f"Each sample_id must be unique in {path.name}, but {row.sample_id} is repeated; "
                "rename one."
            )
        ids.add(row.sample_id)


def _sheet_line(sheet: Path, number: int, cells: Mapping[str, str]) -> SheetRow:
    location = f"{sheet.name} line {number}"
    for name in REQUIRED:
        if not cells[name]:
            raise InputError(f"{location}: {name} must be given, but it is empty; fill it in.")
    path = Path(cells["path"])
    path = path if path.is_absolute() else sheet.parent / path
    if not (path.exists() or count_files(path)):
        raise InputError(
            f"{location}: the count file must exist, but {cells['path']} is not in the sheet's "
            "folder; correct the path."
        )
    return SheetRow(
        cells["sample_id"], cells["patient_id"], _day(location, cells["day"]), path,
        _texts(location, cells), _numbers(location, cells),
        _cells(location, cells.get(CELLS, ""), sheet.parent),
    )  # fmt: skip


def _cells(location: str, text: str, folder: Path | None) -> str | None:
    try:
        return str(parse_selector(text, folder)) if text else None
    except InputError as problem:
        raise InputError(f"{location}: {problem}.") from None


def _day(location: str, cell: str) -> int:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not value.is_integer() or not FIRST_DAY <= value <= LAST_DAY:
        raise InputError(
            f"{location}: day must be a whole number of days since infusion between {FIRST_DAY} "
            f"and {LAST_DAY}, but it is not; count from the infusion (day 0)."
        )
    return int(value)


def _texts(location: str, cells: Mapping[str, str]) -> dict[str, str | None]:
    texts: dict[str, str | None] = {}
    for name, category in TEXTS.items():
        cell = cells.get(name, "")
        if cell and category.allowed_values and cell not in category.allowed_values:
            raise InputError(
                f"{location}: {name} must be one of {', '.join(category.allowed_values)} or empty, "
                "but it is something else; correct it."
            )
        texts[name] = cell or None
    return texts


def _numbers(location: str, cells: Mapping[str, str]) -> dict[str, float]:
    return {
        name: _number(location, feature, cells.get(name, "")) for name, feature in NUMBERS.items()
    }


def _number(location: str, feature: schema.Feature, cell: str) -> float:
    if cell == "" or cell.lower() in ("na", "nan"):
        return math.nan
    try:
        value = float({"true": "1", "false": "0"}.get(cell.lower(), cell))
    except ValueError:
        value = math.inf
    if not feature.low <= value <= feature.high:
        raise InputError(
            f"{location}: {feature.name} must be a number between {feature.low:g} and "
            f"{feature.high:g} ({feature.unit}) or empty, but it is not; correct it."
        )
    return value
