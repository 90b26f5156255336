"""Cells of each sample in a pooled count file: selectors applied to obs columns and barcodes."""

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from fnmatch import translate
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from features.arrays import Bools, Ints32
from features.errors import InputError
from features.readers.count_source import CountSource
from features.readers.hdf5_chunks import DamagedFile
from features.table.barcode_table import BarcodeTable, bare_barcode, read_barcode_table
from features.table.cell_selector import (
    BarcodeFileTerm,
    BarcodeTerm,
    ColumnTerm,
    parse_selector,
)

# Runs share barcodes by chance, so a list of which fewer are in a file is another run's.
MIN_LISTED = 0.1
_ROOT = Path("/")  # the sheet's reader has made every path absolute


class CellSelection(NamedTuple):
    """`sample_of_cell` (n_cells,) numbers each cell's sample, -1 for none; a fault or None each."""

    sample_of_cell: Ints32
    faults: tuple[InputError | None, ...]


class Labels(NamedTuple):
    """A label of each cell as a number, and the number of each label."""

    codes: Ints32
    number: dict[Hashable, int]


def number_labels(labels: Iterable[Hashable], n_cells: int) -> Labels:
    """Number labels in order of appearance.

    >>> number_labels(["a", "b", "a"], 3).codes
    array([0, 1, 0], dtype=int32)
    """
    number: dict[Hashable, int] = {}
    codes = np.fromiter((number.setdefault(v, len(number)) for v in labels), np.int32, n_cells)
    return Labels(codes, number)


def select_cells(
    source: CountSource, selectors: Sequence[str | None], names: Sequence[str]
) -> CellSelection:
    """Cells of each selector; `names` (of samples) stand in the faults.

    None takes every cell. Columns and barcodes are read once for all selectors. A selector that
    names an absent column or value, selects no cell, or shares a cell with another is a fault of
    its samples alone. Raises `InputError` when the file is damaged.
    """
    if len(selectors) == 1 and not (selectors[0] and parse_selector(selectors[0], _ROOT).terms):
        return CellSelection(np.zeros(source.n_cells, np.int32), (None,))
    labels = _cell_labels(source)
    sample_of_cell = np.full(source.n_cells, -1, np.int32)
    faults: list[InputError | None] = [None] * len(selectors)
    for number, selector in enumerate(selectors):
        try:
            cells = _selected(source, labels, selector)
        except DamagedFile:
            raise
        except InputError as problem:
            faults[number] = InputError(f"{source.path.name}: {problem}")
            continue
        others = np.unique(sample_of_cell[cells])
        for other in others[others >= 0].tolist():
            faults[number] = _overlap(source, names[number], names[other])
            faults[other] = faults[number]
        sample_of_cell[cells & (sample_of_cell < 0)] = number
    bad = [number for number, fault in enumerate(faults) if fault is not None]
    sample_of_cell[np.isin(sample_of_cell, bad)] = -1
    return CellSelection(sample_of_cell, tuple(faults))


class _ListedCells(NamedTuple):
    """`row` (n_cells,) is each barcode's row of a table, -1 where it is absent."""

    row: Ints32
    sample_of_row: Labels


class _CellLabels(NamedTuple):
    """Labels of a file's cells: read when a selector first needs them, and then kept.

    By a column of obs, by the ends of barcodes (so many characters at the start and at the end),
    and by a column of a file of barcodes.
    """

    column: Callable[[str], Labels]
    ends: Callable[[int, int], Labels]
    table: Callable[[Path], BarcodeTable]
    barcode_file: Callable[[Path, int], _ListedCells]


def _cell_labels(source: CountSource) -> _CellLabels:
    table = cache(read_barcode_table)
    return _CellLabels(
        cache(lambda name: number_labels(source.column(name), source.n_cells)),
        cache(lambda first, last: number_labels(_ends(source, first, last), source.n_cells)),
        table,
        cache(lambda file, column: _list_cells(source, table(file), column)),
    )


def _ends(source: CountSource, first: int, last: int) -> Iterable[Hashable]:
    return (
        (name[:first], name[len(name) - last :] if len(name) >= first + last else None)
        for names in source.barcode_blocks()
        for name in names
    )


def _list_cells(source: CountSource, table: BarcodeTable, column: int) -> _ListedCells:
    row = _rows(source, table, str)
    if (row < 0).all():  # tools for hashtags leave Cell Ranger's -1 out
        row = _rows(source, table, bare_barcode)
    return _ListedCells(row, number_labels(table.columns[column], len(table.barcodes)))


def _rows(source: CountSource, table: BarcodeTable, spelling: Callable[[str], str]) -> Ints32:
    row_of = {spelling(name): row for row, name in enumerate(table.barcodes)}
    rows = (row_of.get(spelling(name), -1) for names in source.barcode_blocks() for name in names)
    return np.fromiter(rows, np.int32, source.n_cells)


def _selected(source: CountSource, labels: _CellLabels, selector: str | None) -> Bools:
    """Mask of a selector's cells; raises `InputError` when there is none."""
    cells = np.ones(source.n_cells, bool)
    terms = parse_selector(selector, _ROOT).terms if selector else ()
    for term in terms:
        if isinstance(term, ColumnTerm):
            cells &= _with_value(labels.column(term.column), term)
        elif isinstance(term, BarcodeTerm):
            matches = [_matching(source, labels, pattern) for pattern in term.patterns]
            cells &= np.logical_or.reduce(matches)
    for term in terms:  # last, so that the others can tell equal barcodes apart
        if isinstance(term, BarcodeFileTerm):
            cells &= _in_barcode_file(labels, term, cells)
    if not cells.any():
        raise InputError("a sample needs cells, but its `cells` selects none; correct it")
    return cells


def _with_value(labels: Labels, term: ColumnTerm) -> Bools:
    values = [term.value] if term.value in labels.number else term.value.split("|")
    numbers = []
    for value in values:
        equal = [n for text, n in labels.number.items() if _equal(str(text).strip(), value.strip())]
        if not equal:
            raise InputError(
                f"cells asks for a value of {term.column} that no cell has; correct the value"
            )
        numbers += equal
    return np.isin(labels.codes, numbers)


def _equal(text: str, value: str) -> bool:
    """Whether a column's text is the value, as text or as a number (28 is 28.0)."""
    if text == value:
        return True
    try:
        return float(text) == float(value)
    except ValueError:
        return False


def _matching(source: CountSource, labels: _CellLabels, pattern: str) -> Bools:
    start, star, end = pattern.partition("*")
    if star and not re.search(r"[*?\[]", start + end):  # usual, and read once for all samples
        ends = labels.ends(len(start), len(end))
        return np.asarray(ends.codes == ends.number.get((start, end), -1))
    fits = re.compile(translate(pattern)).match
    names = (fits(name) is not None for names in source.barcode_blocks() for name in names)
    return np.fromiter(names, bool, source.n_cells)


def _in_barcode_file(labels: _CellLabels, term: BarcodeFileTerm, others: Bools) -> Bools:
    """Mask of the listed barcodes.

    Raises `InputError` when one names several cells, or hardly any is in the file.
    """
    table = labels.table(term.file)
    row, sample_of_row = labels.barcode_file(term.file, table.column_of(term.sample))
    names = [n for label, n in sample_of_row.number.items() if label is not None]
    wanted_names = names if term.sample is None else [sample_of_row.number[term.sample]]
    row_selected = np.isin(sample_of_row.codes, wanted_names)
    cells = np.asarray((row >= 0) & row_selected[row])
    n_present, n_listed = np.unique(row[cells]).size, int(row_selected.sum())
    if n_present < MIN_LISTED * n_listed:
        raise InputError(
            f"a sample's barcodes in {table.file} must be those of the count file, but "
            f"{n_present:,} of {n_listed:,} are; give the list of this run"
        )
    rows = row[cells & others]
    if np.unique(rows).size < rows.size:
        raise InputError(
            f"a barcode of {table.file} must name one cell, but one names several; add the run's "
            "column or barcode=GLOB to cells"
        )
    return cells


def _overlap(source: CountSource, name: str, other: str) -> InputError:
    return InputError(
        f"{source.path.name}: samples of one file must not share cells, but {other} and {name} do; "
        "correct `cells` in both lines"
    )
