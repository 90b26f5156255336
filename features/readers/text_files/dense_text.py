"""Reader of dense text tables (.csv, .tsv, .txt; plain or gzip), genes x cells or cells x genes.

GEO's count tables, Drop-seq's digital expression, BD Rhapsody's MolsPerCell, R's write.table and
write.csv. Which side holds the genes is read from the names. Two passes: the first collects the
names of the rows, the second parses counts; a piece of some megabytes is in memory at a time.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from features.errors import InputError
from features.genes.annotation import GeneReference, Kind
from features.kernels.count_block import CountBlock
from features.kernels.dense_lines import BLANKS, NOT_A_COUNT, TOO_FEW, parse_rows
from features.readers.count_source import MAX_CELLS, CountSource, refuse_column
from features.readers.hdf5_chunks import RAW_COUNTS, DamagedFile
from features.readers.text_files.name_table import (
    NameTable,
    gene_hits,
    gene_reference,
    split_quoted,
    without_row_numbers,
)
from features.readers.text_files.text_lines import MAX_LINE_BYTES, open_plain, whole_lines

NUMBER = re.compile(r'"?\s*([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|NA|NaN|)\s*"?')
# Columns of text before the counts (id, symbol, chromosome, ...).
MAX_NAME_COLUMNS = 10
# Lines before the header that begin with # (BD Rhapsody, Drop-seq).
MAX_COMMENTS = 1000
# Rows above which a column of different whole numbers numbers the cells and counts nothing.
MIN_NUMBERED_ROWS = 50
# Figures of a cell that people leave beside its counts; they are no genes.
CELL_FIGURES = frozenset(
    (
        *("n_counts", "n_genes", "n_umi", "numi", "ngene", "ncount_rna", "nfeature_rna"),
        *("total_counts", "n_genes_by_counts", "cluster", "clusters", "seurat_clusters"),
        *("louvain", "leiden", "length"),
    )
)


class TableLayout(NamedTuple):
    """How a table is written: lines before the counts, delimiter, columns of names, and names.

    `name_header` are the headers of the columns of names, `columns` those of the counts.
    """

    path: Path
    n_header_lines: int
    delimiter: str
    n_names: int
    name_header: tuple[str, ...]
    columns: tuple[str, ...]


def read_dense(path: Path) -> CountSource:
    """Describe a table of counts; its header names cells and its rows genes, or the reverse.

    Raises `InputError` when neither side names human genes.
    """
    layout = _read_layout(path)
    names = _row_names(layout)
    if layout.n_names == 0:
        layout, names = _with_numbered_cells(layout, names)
    rows = without_row_numbers(names, layout.name_header)
    by_row, by_column = max(map(gene_hits, rows.columns)), gene_hits(_gene_names(layout.columns))
    if by_row == by_column == 0:
        raise InputError(
            "a count file must be a table with human genes along one side where it is text, but "
            "neither its header nor its first column names any; check its path and gene names"
        )
    if by_row > by_column:
        return _genes_by_cells(layout, rows)
    return _cells_by_genes(layout, rows)


def _genes_by_cells(layout: TableLayout, rows: NameTable) -> CountSource:
    return CountSource(
        path=layout.path,
        reference=gene_reference(rows),
        n_cells=len(layout.columns),
        provenance="real",
        major="genes",
        entries_per_cell=None,
        read_blocks=lambda: _stream(layout),
        read_barcodes=lambda: list(layout.columns),
        read_column=refuse_column,
    )


def _cells_by_genes(layout: TableLayout, rows: NameTable) -> CountSource:
    names = tuple(name for name in rows.header[1:] if name)

    def read_column(name: str) -> list[str]:
        if name not in names:
            return refuse_column(name)
        return list(rows.columns[rows.header.index(name)])

    return CountSource(
        path=layout.path,
        reference=_column_reference(layout.columns),
        n_cells=rows.n_rows,
        provenance="real",
        major="cells",
        entries_per_cell=None,
        read_blocks=lambda: _stream(layout),
        read_barcodes=lambda: list(rows.columns[0]),
        read_column=read_column,
        column_names=names,
    )


def _column_reference(columns: tuple[str, ...]) -> GeneReference:
    """Genes named by a header; BD Rhapsody writes "CD7|NM_006137.6|..." and "CD7:M-T701|...|pAbO".

    Figures of the cell among them are no RNA.
    """
    names = _gene_names(columns)
    kinds: tuple[Kind, ...] = tuple(map(_kind, columns))
    return GeneReference(names, names, kinds)


def _gene_names(columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.partition("|")[0] for name in columns)


def _kind(column: str) -> Kind:
    if "pabo" in column.lower():
        return "protein"
    return "other" if column.lower() in CELL_FIGURES else "rna"


def _read_layout(path: Path) -> TableLayout:
    with open_plain(path) as file:
        n_lines, header_line = _header_line(file)
        row_line = _decode(file.readline(MAX_LINE_BYTES))
    delimiter = max("\t,;", key=row_line.count)
    if row_line.count(delimiter) == 0:
        delimiter = " "
    header, row = _fields(header_line, delimiter), _fields(row_line, delimiter)
    texts = [i for i, field in enumerate(row[:MAX_NAME_COLUMNS]) if not NUMBER.fullmatch(field)]
    n_names = texts[-1] + 1 if texts else 0
    if len(header) == len(row) - 1:  # R's write.table names no column of row names
        header, n_names = ["", *header], max(1, n_names)
    if len(header) != len(row) or len(row) - n_names < 2:
        raise InputError(
            "a count file must be a table of genes x cells or cells x genes where it is text, but "
            f"this has {len(header):,} columns in its header and {len(row):,} in its first row, "
            f"{n_names:,} of them text; convert it or check its path"
        )
    while header[n_names].lower() == "length" and n_names:  # featureCounts: length of the gene
        n_names += 1
    if len(header) > MAX_CELLS:
        raise DamagedFile("it has more columns than any capture has cells")
    return TableLayout(
        path, n_lines, delimiter, n_names, tuple(header[:n_names]), tuple(header[n_names:])
    )


def _header_line(file: IO[bytes]) -> tuple[int, str]:
    """The number of lines up to the header, and the header."""
    for number in range(1, MAX_COMMENTS):
        line = file.readline(MAX_LINE_BYTES)
        if not line or (line.strip() and not line.startswith(b"#")):
            return number, _decode(line)
    raise InputError("a count file must be a table where it is text, but this is comments alone")


def _decode(line: bytes) -> str:
    return line.decode("utf-8-sig", "replace").rstrip("\r\n")


def _fields(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return [field.strip('"') for field in line.split()]
    fields = line.split(delimiter) if '"' not in line else split_quoted([line], delimiter)[0]
    return fields[:-1] if len(fields) > 1 and not fields[-1] else fields


def _row_names(layout: TableLayout) -> list[tuple[str, ...]]:
    """The columns of names (the first column where there seem to be none): a pass over the file."""
    n_names, names = max(1, layout.n_names), []
    with open_plain(layout.path) as file:
        for _ in islice(file, layout.n_header_lines):
            pass
        for text in whole_lines(file):
            names += [_names(line, layout.delimiter, n_names) for line in text.splitlines() if line]
    columns = [tuple(column) for column in zip(*names, strict=True)]
    if not columns:
        raise InputError("a count file must be a table with counts where it is text; this has none")
    return columns


def _names(line: bytes, delimiter: str, n_names: int) -> list[str]:
    separator = None if delimiter == " " else delimiter.encode()
    fields = line.split(separator, n_names)[:n_names]
    if any(b'"' in field for field in fields):
        return _fields(line.decode("utf-8", "replace"), delimiter)[:n_names]
    return [
        *(field.decode("utf-8", "replace") for field in fields),
        *[""] * (n_names - len(fields)),
    ]


def _with_numbered_cells(
    layout: TableLayout, names: list[tuple[str, ...]]
) -> tuple[TableLayout, list[tuple[str, ...]]]:
    """Whether a first column of numbers alone numbers the cells, as BD's Cell_Index, or counts.

    No gene has another count in each of many cells.
    """
    first = names[0]
    if len(set(first)) == len(first) > MIN_NUMBERED_ROWS:
        return layout._replace(
            n_names=1, name_header=layout.columns[:1], columns=layout.columns[1:]
        ), names
    return layout, [tuple(f"cell {number}" for number in range(1, len(first) + 1))]


def _stream(layout: TableLayout) -> Iterator[CountBlock]:
    """Blocks of whole rows."""
    delimiter = BLANKS if layout.delimiter == " " else ord(layout.delimiter)
    first = 0
    with open_plain(layout.path) as file:
        for _ in islice(file, layout.n_header_lines):
            pass
        for text in whole_lines(file):
            indices, counts = (np.empty(len(text) // 2 + 1, np.int32) for _ in range(2))
            indptr = np.zeros(text.count(b"\n") + 1, np.int64)
            n_rows, column, problem = parse_rows(
                np.frombuffer(text, np.uint8), delimiter, layout.n_names, len(layout.columns),
                indices, counts, indptr,
            )  # fmt: skip
            if problem:
                raise _row_problem(text, layout, first, (n_rows, column, problem))
            n = int(indptr[n_rows])
            yield CountBlock(first, indptr[: n_rows + 1], indices[:n].copy(), counts[:n].copy())
            first += n_rows


def _row_problem(
    text: bytes, layout: TableLayout, first: int, position: tuple[int, int, int]
) -> InputError:
    line, column, problem = position
    row, width = first + line + 1, len(layout.columns)
    if problem == TOO_FEW:
        return DamagedFile(f"row {row:,} of the table has {column:,} of its {width:,} counts")
    if problem == NOT_A_COUNT:
        lines = [part for part in text.splitlines() if part.strip()]
        fields = _fields(_decode(lines[line]), layout.delimiter)
        value = fields[layout.n_names + column][:20] or "empty"
        return InputError(
            f"counts must be whole numbers from 0 up, but row {row:,}, column {column + 1:,} of "
            f"the table is {value}; {RAW_COUNTS}"
        )
    return InputError(
        f"a table must have as many counts in a row as its header names, but row {row:,} has more "
        f"than {width:,}; write the table again"
    )
