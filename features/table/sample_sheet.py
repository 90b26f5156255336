"""The sample sheet: file, patient, day, clinical context and blood count of each sample."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from features import schema
from features.errors import InputError
from features.notices import print_note
from features.schema import Category, Feature
from features.table.cell_selector import parse_selector
from features.table.count_path import count_files
from features.table.row import BOUND_CODES
from features.table.shared_files import FileLine, shared_file_faults
from features.table.sheet_checks import check_columns, check_patients, check_rows
from features.table.text_tables.day_columns import INFUSION_DATE, infusion_dates, read_days
from features.table.text_tables.days import FIRST_DAY as FIRST_DAY
from features.table.text_tables.days import LAST_DAY as LAST_DAY
from features.table.text_tables.findings import Findings
from features.table.text_tables.missing_values import is_missing
from features.table.text_tables.text_table import TableColumns, TextTable, read_text_table
from features.table.text_tables.typed_columns import (
    Measurement,
    read_category,
    read_feature,
    read_identifiers,
    table_decimals,
)
from features.table.virus_names import parse_virus_names, virus_names_text

VIRUS_GENES = "virus_genes"
CELLS = "cells"  # which cells of a pooled file are the sample's
REQUIRED = (*schema.KEYS, "path")
TEXTS: dict[str, Category] = {c.name: c for c in schema.CATEGORIES}
NUMBERS: dict[str, Feature] = {f.name: f for f in schema.CLINICAL}
COLUMNS = (*REQUIRED, *TEXTS, *NUMBERS, CELLS)

Covariates = Sequence[Feature | Category]


@dataclass(frozen=True)
class SheetRow:
    """One sample to read. `day` is None only for an upload that came without one.

    `warnings` are codes for values that are bounds: `above_ferritin` for ">1500". `cells` selects
    the sample's cells in a file that holds several (`features.table.cell_selector`, paths
    absolute); None for a file of one sample.
    """

    sample_id: str
    patient_id: str
    day: int | None
    path: Path
    texts: Mapping[str, str | None]
    numbers: Mapping[str, float]
    warnings: tuple[str, ...] = ()
    cells: str | None = None


def read_sheet(
    path: Path | str,
    covariates: Covariates = (),
    *,
    tell: Callable[[str], None] = print_note,
) -> list[SheetRow]:
    """Read SAMPLES.csv (or .tsv, .xlsx); relative paths of count files start at its folder.

    `covariates` are columns beside those of the schema. Notes on how the sheet was read, such as an
    unknown column, go to `tell`. Raises one `InputError` with every fault and its line: a missing
    column, a repeated sample_id, a day that is no whole number, a value outside its column's
    choices or range or in another unit, a patient's own value that differs between lines, a count
    file that does not exist. Messages name line and column, never a patient's value.
    """
    path = Path(path)
    categories, numbers = _columns(covariates)
    findings = Findings(path.name)
    columns = TableColumns(
        REQUIRED,
        (INFUSION_DATE, CELLS, *categories),
        [NUMBERS.get(n, f) for n, f in numbers.items()],
    )
    table = read_text_table(path, "Samples", columns, findings)
    rows = _rows(table, path.parent, categories, numbers, findings=findings)
    if not table.lines and not findings.faults:
        findings.fault(0, "a sample sheet must hold at least one sample, but it holds none")
    findings.raise_faults()
    findings.tell_notes(tell)
    return rows


def sheet_row(
    path: Path | str,
    *,
    day: int | None = None,
    sample_id: str = "upload",
    patient_id: str = "upload",
    covariates: Covariates = (),
    cells: str | None = None,
    **context: str | float | int | None,
) -> SheetRow:
    """One sample without a sheet, such as an upload; `context` are the optional columns.

    `cells` selects its cells in a pooled file, and may name no file here.

    >>> row = sheet_row("a.h5", day=28, enrichment="none", anc=1.5)
    >>> row.day, row.texts["enrichment"], row.numbers["anc"], row.numbers["crp"]
    (28, 'none', 1.5, nan)
    """
    categories, numbers = _columns(covariates)
    unknown = sorted(set(context) - set(categories) - set(numbers))
    if unknown:
        raise InputError(
            f"A sample may have the columns {', '.join((*categories, *numbers))}, but {unknown[0]} "
            "came; leave it out."
        )
    if day is not None and not FIRST_DAY <= day <= LAST_DAY:
        raise InputError(
            f"The sample: day must lie between {FIRST_DAY} and {LAST_DAY}; count from the infusion "
            "(day 0)."
        )
    columns = {name: ["" if value is None else str(value)] for name, value in context.items()}
    findings = Findings("The sample")
    table = TextTable("The sample", [0], columns, {})
    texts, measurements = _values(table, categories, numbers, findings)
    findings.raise_faults()
    row = _row(sample_id, patient_id, day, Path(path), texts=texts, numbers=measurements, index=0)
    return row if cells is None else replace(row, cells=str(parse_selector(cells, None)))


def _columns(covariates: Covariates) -> tuple[dict[str, Category], dict[str, Feature]]:
    categories = [column for column in covariates if isinstance(column, Category)]
    features = [column for column in covariates if isinstance(column, Feature)]
    return (
        TEXTS | {category.name: category for category in categories},
        NUMBERS | {feature.name: feature for feature in features},
    )


Texts = Mapping[str, Sequence[str | None]]
Measurements = Mapping[str, Sequence[Measurement]]


def _values(
    table: TextTable,
    categories: Mapping[str, Category],
    numbers: Mapping[str, Feature],
    findings: Findings,
) -> tuple[Texts, Measurements]:
    decimals = table_decimals(table, list(numbers))
    texts = {name: read_category(table, column, findings) for name, column in categories.items()}
    texts[VIRUS_GENES] = _virus_genes(table, texts[VIRUS_GENES], findings)
    return (
        texts,
        {n: read_feature(table, feature, decimals, findings) for n, feature in numbers.items()},
    )


def _virus_genes(
    table: TextTable, cells: Sequence[str | None], findings: Findings
) -> list[str | None]:
    """The viral sequences of each line in one spelling, None where the cell is empty."""
    values: list[str | None] = []
    for line, cell in zip(table.lines, cells, strict=True):
        try:
            values.append(virus_names_text(parse_virus_names(cell)) or None)
        except InputError as problem:
            findings.fault(line, str(problem))
            values.append(None)
    return values


def _rows(
    table: TextTable,
    folder: Path,
    categories: Mapping[str, Category],
    numbers: Mapping[str, Feature],
    *,
    findings: Findings,
) -> list[SheetRow]:
    samples = read_identifiers(table, "sample_id", findings)
    patients = read_identifiers(table, "patient_id", findings)
    days = _days(table, patients, findings)
    paths = _paths(table, folder, findings)
    selectors = _selectors(table, folder, findings)
    texts, measurements = _values(table, categories, numbers, findings)
    _check_unique(table, samples, findings)
    check_patients(table, patients, texts, measurements, findings=findings)
    check_rows(table, measurements, findings)
    _check_shared_files(table, paths, selectors, findings)
    check_columns(
        table, numbers.values(), measurements, days=days, sites=texts["site"], findings=findings
    )
    rows = [
        _row(samples[i], patients[i], days[i], paths[i], texts=texts, numbers=measurements, index=i)
        for i in range(len(table.lines))
    ]
    return [replace(row, cells=cells) for row, cells in zip(rows, selectors, strict=True)]


def _row(
    sample_id: str,
    patient_id: str,
    day: int | None,
    path: Path,
    *,
    texts: Texts,
    numbers: Measurements,
    index: int,
) -> SheetRow:
    measurements = {name: values[index] for name, values in numbers.items()}
    return SheetRow(
        sample_id, patient_id, day, path,
        {name: values[index] for name, values in texts.items()},
        {name: measurement.value for name, measurement in measurements.items()},
        tuple(f"{BOUND_CODES[m.bound]}{name}" for name, m in measurements.items() if m.bound),
    )  # fmt: skip


def _days(table: TextTable, patients: Sequence[str], findings: Findings) -> list[int | None]:
    infusions = infusion_dates(table, patients, findings)
    days = read_days(table, "day", patients, infusions=infusions, findings=findings)
    empty = [
        line
        for line, cell in zip(table.lines, table.column("day"), strict=True)
        if is_missing(cell) and "day" in table.cells
    ]
    findings.fault_lines(empty, "day must be given, but it is empty; fill it in")
    return days


def _paths(table: TextTable, folder: Path, findings: Findings) -> list[Path]:
    paths = []
    for line, cell in zip(table.lines, table.column("path"), strict=True):
        path = _count_file(folder, cell)
        if not cell and "path" in table.cells:
            findings.fault(line, "path must be given, but it is empty; fill it in")
        elif not (path.exists() or count_files(path)):
            findings.fault(
                line,
                f"the count file must exist, but {cell} is not in the sheet's folder; correct the "
                "path",
            )
        paths.append(path)
    return paths


def _selectors(table: TextTable, folder: Path, findings: Findings) -> list[str | None]:
    """The selector of each line in its canonical form, None where the cell is empty."""
    selectors: list[str | None] = []
    for line, cell in zip(table.lines, table.column(CELLS), strict=True):
        try:
            selectors.append(str(parse_selector(cell, folder)) if cell.strip() else None)
        except InputError as problem:
            findings.fault(line, str(problem))
            selectors.append(cell)
    return selectors


def _check_shared_files(
    table: TextTable, paths: Sequence[Path], selectors: Sequence[str | None], findings: Findings
) -> None:
    lines = [FileLine(*line) for line in zip(table.lines, paths, selectors, strict=True)]
    for fault in shared_file_faults(lines):
        findings.fault_lines(fault.lines, fault.rule)


def _count_file(folder: Path, cell: str) -> Path:
    """The file that a cell names; one written on Windows may separate folders with backslashes."""
    path = folder / cell  # an absolute path stays as it is
    windows = folder / cell.replace("\\", "/")
    return windows if not path.exists() and windows.exists() else path


def _check_unique(table: TextTable, samples: Sequence[str], findings: Findings) -> None:
    first_line: dict[str, int] = {}
    for line, sample in zip(table.lines, samples, strict=True):
        if sample and first_line.setdefault(sample, line) != line:
            findings.fault(
                line, f"each sample_id must be unique, but {sample} is repeated; rename one"
            )
