"""A MatrixMarket file (.mtx): its header, and its entries some hundred thousand at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from features.arrays import Ints32
from features.errors import InputError
from features.kernels.mtx_lines import (
    MORE_NUMBERS,
    N_PROBLEMS,
    NOT_A_COUNT,
    parse_entries,
    parse_values,
)
from features.readers.count_source import MAX_CELLS
from features.readers.hdf5_chunks import RAW_COUNTS, DamagedFile
from features.readers.text_files.text_lines import open_plain, whole_lines

BANNER = b"%%matrixmarket"
# What a header says of its values; "float" and "unsigned-integer" are not in the standard.
FIELDS = (b"integer", b"unsigned-integer", b"real", b"float", b"double")


class MatrixFile(NamedTuple):
    """Path and size of a matrix. `is_dense`: all values, column by column, without positions.

    `cells_first` says that its rows are cells. `n_parts` is 3 when a row of genes is given three
    times, for spliced, unspliced and ambiguous reads, as alevin-fry does in its USA mode.
    """

    path: Path
    n_rows: int
    n_columns: int
    n_entries: int
    is_dense: bool
    cells_first: bool = False
    n_parts: int = 1

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return self.n_rows if self.cells_first else self.n_columns

    @property
    def n_genes(self) -> int:
        """Number of genes."""
        return (self.n_columns if self.cells_first else self.n_rows) // self.n_parts


class Entries(NamedTuple):
    """Genes, cells and counts of some entries, numbered from 0."""

    genes: Ints32
    cells: Ints32
    counts: Ints32


def read_header(path: Path) -> MatrixFile:
    """Size and kind of a MatrixMarket file.

    Raises `InputError` when its values are no counts by its own header, `DamagedFile` when it is
    no MatrixMarket file.
    """
    with open_plain(path) as file:
        return _read_header(path, file)


def read_entries(matrix: MatrixFile) -> Iterator[Entries]:
    """The file's entries in its own order, some hundred thousand at a time.

    Raises `InputError` when a value is no count, `DamagedFile` when entries are missing.
    """
    n_read = 0
    with open_plain(matrix.path) as file:
        _read_header(matrix.path, file)
        for text in whole_lines(file):
            part = _values(text, n_read, matrix) if matrix.is_dense else _entries(text, n_read)
            n_read += part.counts.size
            _check_inside(part, matrix)
            yield _oriented(part, matrix)
    if n_read < matrix.n_entries:
        raise DamagedFile(f"matrix.mtx holds {n_read:,} of its {matrix.n_entries:,} entries")
    if n_read > matrix.n_entries:
        raise InputError(
            f"matrix.mtx must hold as many entries as it states, but it states "
            f"{matrix.n_entries:,} and holds {n_read:,}; write it again from the data it came from"
        )


def _read_header(path: Path, file: IO[bytes]) -> MatrixFile:
    banner = file.readline(1000).lower().split()
    if banner[:2] != [BANNER, b"matrix"] or len(banner) < 4:
        raise InputError(
            "a count file must be a MatrixMarket file where its name ends in .mtx, but matrix.mtx "
            "does not begin with %%MatrixMarket; write it with scipy.io.mmwrite or R's writeMM"
        )
    _check_banner(banner)
    line = file.readline(100_000)
    while line.lstrip().startswith(b"%") or line.isspace():
        line = file.readline(100_000)
    is_dense = banner[2] == b"array"
    numbers = line.split()
    if len(numbers) != (2 if is_dense else 3) or not all(n.isdigit() for n in numbers):
        raise DamagedFile("matrix.mtx does not state its size")
    n_rows, n_columns = int(numbers[0]), int(numbers[1])
    if max(n_rows, n_columns) > MAX_CELLS:
        raise DamagedFile("matrix.mtx claims more barcodes than any capture makes")
    n_entries = n_rows * n_columns if is_dense else int(numbers[2])
    return MatrixFile(path, n_rows, n_columns, n_entries, is_dense)


def _check_banner(banner: list[bytes]) -> None:
    """Refuse what the header says is not a general matrix of counts."""
    if b"pattern" in banner:
        raise InputError(
            "counts must be numbers of molecules, but matrix.mtx only tells which genes were seen "
            "(its field is pattern); give raw UMI counts"
        )
    is_supported = banner[2] in (b"coordinate", b"array") and banner[3] in FIELDS
    if not is_supported or banner[4:5] not in ([], [b"general"]):
        text = b" ".join(banner[2:5]).decode("ascii", "replace")[:60]
        raise InputError(
            f"a count matrix must be a general one of integer or real values, but matrix.mtx is "
            f"'{text}'; write the counts with scipy.io.mmwrite or R's writeMM"
        )


def _entries(text: bytes, before: int) -> Entries:
    n_lines = text.count(b"\n")
    columns = Entries(*(np.empty(n_lines, np.int32) for _ in range(3)))
    n = parse_entries(np.frombuffer(text, np.uint8), *columns)
    if n < 0:
        line, problem = divmod(-n - 1, N_PROBLEMS)
        raise _entry_problem(text, line, before + line, problem)
    return Entries(*(column[:n] for column in columns))


def _entry_problem(text: bytes, line: int, entry: int, problem: int) -> InputError:
    words = [row for row in text.split(b"\n") if row.strip()][line].decode("ascii", "replace")
    if problem == NOT_A_COUNT and len(words.split()) > 2:
        return InputError(
            f"counts must be whole numbers from 0 up, but matrix.mtx entry {entry} is "
            f"{words.split()[2][:20]}; {RAW_COUNTS}"
        )
    if problem == MORE_NUMBERS:
        return InputError(
            f"matrix.mtx must hold one count an entry, but it holds {len(words.split()) - 2}, as "
            "STARsolo's Velocyto does (spliced, unspliced, ambiguous); give the folder Gene or "
            "GeneFull beside it"
        )
    return DamagedFile(f"matrix.mtx entry {entry} is not three numbers")


def _values(text: bytes, before: int, matrix: MatrixFile) -> Entries:
    """Values of a dense file without its zeros' positions: they follow from its order."""
    counts = np.empty(len(text) // 2 + 1, np.int32)
    n = parse_values(np.frombuffer(text, np.uint8), counts)
    if n < 0:
        value = text.split()[-n - 1].decode("ascii", "replace")[:20]
        raise InputError(
            f"counts must be whole numbers from 0 up, but matrix.mtx entry {before - n - 1} is "
            f"{value}; {RAW_COUNTS}"
        )
    places = np.arange(before, before + n)
    rows, columns = places % max(1, matrix.n_rows), places // max(1, matrix.n_rows)
    return Entries(rows.astype(np.int32), columns.astype(np.int32), counts[:n].copy())


def _check_inside(part: Entries, matrix: MatrixFile) -> None:
    rows, columns, _ = part
    inside = not rows.size or (rows.max() < matrix.n_rows and columns.max() < matrix.n_columns)
    if not inside and not matrix.is_dense:  # a dense file that is too long is told by its length
        raise DamagedFile("an index of matrix.mtx points outside its rows or columns")


def _oriented(part: Entries, matrix: MatrixFile) -> Entries:
    rows, columns, counts = part
    genes, cells = (columns, rows) if matrix.cells_first else (rows, columns)
    if matrix.n_parts == 1:
        return Entries(genes, cells, counts)
    # Spliced and ambiguous reads make a gene's counts, as alevin-fry's authors load them for
    # single cells (pyroe's load_fry, output_format "scRNA"); unspliced ones are left out.
    n = matrix.n_genes
    spliced_or_ambiguous = (genes < n) | (genes >= 2 * n)
    return Entries(
        (genes % n)[spliced_or_ambiguous], cells[spliced_or_ambiguous], counts[spliced_or_ambiguous]
    )
