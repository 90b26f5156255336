"""Tables of gene or cell names beside a matrix: features.tsv, genes.csv, cell_metadata.csv.

People write them in many ways. Columns are recognised by what they hold, not by their place: a
column of Ensembl ids, one of symbols of our panels, one of 10x feature types.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from features.errors import InputError
from features.genes.annotation import GeneReference
from features.genes.gene_affixes import strip_genome_prefixes
from features.genes.panels import FORMER_NAMES, PANEL_GENES
from features.readers.tenx_h5 import RNA, make_reference
from features.readers.text_files.text_lines import open_plain, whole_lines

Column = tuple[str, ...]
# More than the names of a capture's barcodes with all their columns.
MAX_TABLE_BYTES = 1 << 30
# A column with more different texts than this holds no types.
MAX_FEATURE_TYPES = 50
PANEL_NAMES = frozenset((*PANEL_GENES, *FORMER_NAMES))
HEADER_WORDS = frozenset(
    [
        "gene",
        "genes",
        "symbol",
        "symbols",
        "name",
        "names",
        "feature",
        "features",
        "id",
        "ids",
        "ensembl",
        "x",
        "v1",
        "v2",
        "index",
        "barcode",
        "barcodes",
        "cell",
        "cells",
        "bc",
        "type",
    ]
)
# 10x's feature types as people spell them: lower case, letters alone.
FEATURE_TYPES: Mapping[str, str] = MappingProxyType(
    {
        re.sub("[^a-z]", "", name.lower()): name
        for name in (
            RNA,
            "Antibody Capture",
            "Antigen Capture",
            "CRISPR Guide Capture",
            "Multiplexing Capture",
            "Multiplexing Tag Capture",
            "Custom",
            "Peaks",
        )
    }
)


class NameTable(NamedTuple):
    """Columns of a table of names, without header and row numbers; `header` names them if known."""

    columns: tuple[Column, ...]
    header: Column

    @property
    def n_rows(self) -> int:
        """Number of genes or cells."""
        return len(self.columns[0]) if self.columns else 0


def read_name_table(path: Path, sizes: Sequence[int], noun: str = "genes") -> NameTable:
    """The table in `path`, which names as many genes or cells as one of `sizes` says.

    A first line beyond that number is its header. Raises `InputError` when the number of lines
    fits none.
    """
    with open_plain(path) as file:
        columns = _columns(file.read(MAX_TABLE_BYTES))
    n_lines = len(columns[0])
    has_header = n_lines not in sizes and n_lines - 1 in sizes
    has_header = has_header and _is_header(*[[c[i] for c in columns] for i in range(2)])
    if n_lines not in sizes and not has_header:
        expected = " or ".join(f"{size:,}" for size in dict.fromkeys(sizes))
        raise InputError(
            f"the file of {noun} must have a line for each row of the matrix ({expected}), but it "
            f"has {n_lines:,}; give the files that were written together"
        )
    if not has_header:
        return without_row_numbers(columns, ("",) * len(columns))
    header = [column[0] for column in columns]
    if header[-1] == "" and any(columns[-1]):  # R's write.table names no column of row names
        header = ["", *header[:-1]]
    return without_row_numbers([column[1:] for column in columns], header)


# The files of a cohort share their genes, whose table takes as long as a small matrix.
@lru_cache(maxsize=4)
def _columns(text: bytes) -> tuple[Column, ...]:
    """The columns of a table, header included, all of one length; empty cells at a line's end."""
    lines = text.decode("utf-8-sig", "replace").splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    rows = split_lines(lines)
    width = max(map(len, rows), default=0)
    if min(map(len, rows), default=0) != width:
        rows = [[*row, *[""] * (width - len(row))] for row in rows]
    return tuple(zip(*rows, strict=True)) or ((),)


@lru_cache(maxsize=4)
def gene_reference(table: NameTable) -> GeneReference:
    """Ids, symbols and feature types of a table of genes, by what its columns hold.

    The column with most Ensembl ids holds the ids, the one with most genes of our panels the
    symbols, a column of 10x's feature types the types. Where that decides nothing, the first column
    holds the ids and the second the symbols, as Cell Ranger writes them.
    """
    kinds = [feature_types(column) for column in table.columns]
    types = next(filter(None, kinds), ())
    texts = [column for column, kind in zip(table.columns, kinds, strict=True) if not kind]
    texts = texts or [("",) * table.n_rows]
    by_id = _best([sum("ENSG" in name for name in column) for column in texts])
    by_name = _best([len(PANEL_NAMES.intersection(column)) for column in texts])
    if by_name is None:
        by_name = _best([_panel_hits(column) for column in texts])
    first, second = texts[0], texts[min(1, len(texts) - 1)]
    ids = first if by_id is None else texts[by_id]
    names = (second if ids is first else first) if by_name is None else texts[by_name]
    return make_reference(ids, names, types)


def feature_types(column: Column) -> Column:
    """A column of feature types as 10x spells them; empty when the column holds something else.

    >>> feature_types(("Gene.Expression", "antibody_capture")), feature_types(("protein_coding",))
    (('Gene Expression', 'Antibody Capture'), ())
    """
    texts = set(column)
    if len(texts) > MAX_FEATURE_TYPES:
        return ()
    types = {text: FEATURE_TYPES.get(re.sub("[^a-z]", "", text.lower()), text) for text in texts}
    if not {RNA, "Antibody Capture"} & set(types.values()):
        return ()
    return tuple(types[text] for text in column)


def _is_header(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether a first line names columns: a gene or barcode too many would shift all others."""
    words = set(re.split(r"[^a-z0-9]+", " ".join(first).lower()))
    forms = [[re.sub(r"\d+", "0", cell) for cell in row] for row in (first, second)]
    is_name = any("ENSG" in cell or re.search("[ACGT]{8}", cell) for cell in first)
    return bool(words & HEADER_WORDS) and not is_name and forms[0] != forms[1]


def gene_hits(column: Column) -> int:
    """How many Ensembl ids or genes of our panels a column names.

    >>> gene_hits(("CD7", "ENSG00000173762.15", "AAACCTGAGAAACCAT-1"))
    2
    """
    return _panel_hits(column) + sum("ENSG" in name for name in column)


def _panel_hits(column: Column) -> int:
    n_hits = len(PANEL_NAMES.intersection(column))
    return n_hits or len(PANEL_NAMES.intersection(strip_genome_prefixes(column)))


def _best(matches: Sequence[int]) -> int | None:
    """The number of the column with most matches, the first of equals; None when none has any."""
    best = max(matches, default=0)
    return matches.index(best) if best else None


def split_lines(lines: Sequence[str]) -> list[list[str]]:
    """Cells of each line, by tab, comma, semicolon or blanks, whichever the first lines use."""
    start = lines[:20]
    for delimiter in ("\t", ",", ";"):
        # No name holds a tab, but the name of an antibody may hold a comma.
        if (any if delimiter == "\t" else all)(delimiter in line for line in start) and start:
            if any('"' in line for line in start):
                return split_quoted(lines, delimiter)
            return [line.split(delimiter) for line in lines]
    if start and all(len(line.split()) > 1 for line in start):
        return [[cell.strip('"') for cell in line.split(maxsplit=2)] for line in lines]
    return [[line.strip().strip('"')] for line in lines]


def first_column(path: Path, n_rows: int) -> Iterator[list[str]]:
    """The first column of a long table of names, some hundred thousand at a time.

    A line more than `n_rows` is its header. Raises `InputError` when there are more or fewer.
    """
    n_lines = sum(map(len, _line_blocks(path)))
    if n_lines != n_rows:
        read_name_table(path, (n_rows,), "barcodes")  # says what is wrong, if it is no header
    n_skipped = n_lines - n_rows
    for lines in _line_blocks(path):
        yield [row[0] for row in split_lines(lines[n_skipped:])]
        n_skipped = 0


def _line_blocks(path: Path) -> Iterator[list[str]]:
    with open_plain(path) as file:
        for text in whole_lines(file):
            lines = text.decode("utf-8", "replace").splitlines()
            yield [line for line in lines if line.strip()]


def split_quoted(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Cells of lines in which a cell may be quoted.

    >>> split_quoted(['"HLA-A,B",1'], ",")
    [['HLA-A,B', '1']]
    """
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:
        raise InputError(
            f"a table must be plain lines of cells, but it is not ({error}); save it as UTF-8 text"
        ) from None


def without_row_numbers(columns: Sequence[Column], header: Sequence[str]) -> NameTable:
    """Without a first column that counts the rows from 0 or 1, where there is another."""
    if len(columns) > 1 and columns[0][:2] in (("0", "1"), ("1", "2")):
        first, n_rows = int(columns[0][0]), len(columns[0])
        if columns[0] == tuple(map(str, range(first, first + n_rows))):
            columns, header = columns[1:], header[1:]
    return NameTable(tuple(columns), tuple(header))
