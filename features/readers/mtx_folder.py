"""Reader of 10x folders: matrix.mtx, features.tsv (or genes.tsv), barcodes.tsv; plain or gzip."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal, NamedTuple

import numpy as np
from isal import igzip

from features.arrays import Ints32
from features.errors import InputError
from features.kernels.count_block import CountBlock
from features.kernels.mtx_lines import NOT_A_COUNT, NOT_A_LINE, parse_entries
from features.readers.count_source import BLOCK_ENTRIES, MAX_CELLS, CountSource, refuse_column
from features.readers.hdf5_chunks import RAW_COUNTS, DamagedFile
from features.readers.tenx_h5 import RNA, make_reference

READ_BYTES = 1 << 22


class _Shape(NamedTuple):
    n_genes: int
    n_cells: int
    n_entries: int


def read_mtx(path: Path) -> CountSource:
    """Describe a 10x folder; its entries are ordered by barcode, as Cell Ranger writes, or by gene.

    Raises `DamagedFile` when a file is missing or they do not fit.
    """
    matrix = _find_file(path, ("matrix.mtx", "matrix.mtx.gz"))
    features = _find_file(path, ("features.tsv", "features.tsv.gz", "genes.tsv", "genes.tsv.gz"))
    lines = [line.split("\t") for line in _text_lines(features)]
    with _open(matrix) as file:
        shape = _read_shape(file)
    if len(lines) != shape.n_genes or any(not line for line in lines):
        raise DamagedFile("its matrix and features.tsv do not agree")
    ids = tuple(line[0] for line in lines)
    names = tuple(line[min(1, len(line) - 1)] for line in lines)
    feature_types = tuple(line[2] if len(line) > 2 else RNA for line in lines)
    major = _order(matrix, shape)
    return CountSource(
        path=path,
        reference=make_reference(ids, names, feature_types),
        n_cells=shape.n_cells,
        provenance="real",
        major=major,
        entries_per_cell=None,
        read_blocks=lambda: _stream(matrix, shape, major),
        read_barcodes=lambda: _text_lines(_find_file(path, ("barcodes.tsv", "barcodes.tsv.gz"))),
        read_barcode_blocks=lambda step: _barcode_blocks(path, step),
        read_column=refuse_column,
    )


def _barcode_blocks(folder: Path, step: int) -> Iterator[list[str]]:
    with _open(_find_file(folder, ("barcodes.tsv", "barcodes.tsv.gz"))) as file:
        while lines := file.readlines(READ_BYTES):
            yield b"".join(lines[::step]).decode("utf-8", "replace").splitlines()


def _find_file(folder: Path, names: tuple[str, ...]) -> Path:
    for name in names:
        matches = sorted(folder.glob(f"*{name}"))
        if len(matches) == 1:
            return matches[0]
    raise InputError(
        f"a 10x folder must hold one matrix.mtx, features.tsv and barcodes.tsv, but has no "
        f"{names[0]}; name the folder that Cell Ranger wrote"
    )


def _open(path: Path) -> IO[bytes]:
    return igzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[no-any-return, no-untyped-call, unused-ignore]  # isal


def _text_lines(path: Path) -> list[str]:
    with _open(path) as file:
        return file.read().decode("utf-8", "replace").splitlines()


def _read_shape(file: IO[bytes]) -> _Shape:
    banner = file.readline(1000).lower().split()
    if banner[:3] != [b"%%matrixmarket", b"matrix", b"coordinate"] or b"pattern" in banner:
        raise DamagedFile("matrix.mtx is no coordinate matrix with values")
    line = file.readline(100_000)
    while line.startswith(b"%"):
        line = file.readline(100_000)
    numbers = line.split()
    if len(numbers) != 3 or not all(n.isdigit() for n in numbers):
        raise DamagedFile("matrix.mtx does not state its size")
    shape = _Shape(*(int(n) for n in numbers))
    if shape.n_cells > MAX_CELLS:
        raise DamagedFile("matrix.mtx claims more barcodes than any capture makes")
    return shape


class _Entries(NamedTuple):
    genes: Ints32
    cells: Ints32
    counts: Ints32


def _entries(matrix: Path, shape: _Shape) -> Iterator[_Entries]:
    """The file's entries, some hundred thousand at a time, numbered from 0."""
    n_read = 0
    with _open(matrix) as file:
        _read_shape(file)
        for text in _whole_lines(file):
            part = _parse(text, n_read)
            n_read += part.counts.size
            yield part
    if n_read != shape.n_entries:
        raise DamagedFile(f"matrix.mtx holds {n_read:,} of its {shape.n_entries:,} entries")


def _whole_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The rest of a file in pieces of some megabytes that end with a line."""
    rest = b""
    while piece := file.read(READ_BYTES):
        text = rest + piece
        end = text.rfind(b"\n") + 1
        rest = text[end:]
        yield text[:end]
    if rest.strip():
        yield rest + b"\n"


def _parse(text: bytes, before: int) -> _Entries:
    n_lines = text.count(b"\n")
    entries = _Entries(*(np.empty(n_lines, np.int32) for _ in range(3)))
    n = parse_entries(np.frombuffer(text, np.uint8), *entries)
    if n < 0:
        entry, problem = before + (-n - 1) // 2, (NOT_A_COUNT, NOT_A_LINE)[(-n - 1) % 2]
        if problem == NOT_A_COUNT:
            line = text.split(b"\n")[(-n - 1) // 2].decode("ascii", "replace").split()[-1][:20]
            raise InputError(
                f"counts must be whole numbers from 0 up, but matrix.mtx entry {entry} is {line}; "
                f"{RAW_COUNTS}"
            )
        raise DamagedFile(f"matrix.mtx entry {entry} is not three numbers")
    return _Entries(*(column[:n] for column in entries))


def _order(matrix: Path, shape: _Shape) -> Literal["cells", "genes"]:
    first = next(_entries(matrix, shape), None) if shape.n_entries else None
    if first is None or (np.diff(first.cells) >= 0).all():
        return "cells"
    return "genes"


def _stream(matrix: Path, shape: _Shape, major: Literal["cells", "genes"]) -> Iterator[CountBlock]:
    """Blocks of whole cells or genes; entries of a cell that is not complete go into the next."""
    buffered_parts: list[_Entries] = []
    first = n_buffered = 0
    for part in _entries(matrix, shape):
        buffered_parts.append(part)
        n_buffered += part.counts.size
        if n_buffered >= BLOCK_ENTRIES:
            block, rest, first = _make_block(buffered_parts, first, shape, major, last=False)
            buffered_parts, n_buffered = [rest], rest.counts.size
            yield block
    if buffered_parts:
        yield _make_block(buffered_parts, first, shape, major, last=True)[0]


def _make_block(
    parts: list[_Entries], first: int, shape: _Shape, major: Literal["cells", "genes"], last: bool
) -> tuple[CountBlock, _Entries, int]:
    """A block of the cells (genes) from `first` that are complete, the rest, and its first."""
    genes, cells, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    rows, columns = (cells, genes) if major == "cells" else (genes, cells)
    size = shape.n_cells if major == "cells" else shape.n_genes
    if (np.diff(rows) < 0).any() or (rows.size and (rows[0] < first or rows[-1] >= size)):
        raise InputError(
            "matrix.mtx must be ordered by barcode or by gene, but it is not; save it as .h5ad"
        )
    end = size if last else int(rows[-1])
    split = int(np.searchsorted(rows, end))
    indptr = np.searchsorted(rows[:split], np.arange(first, end + 1)).astype(np.int64)
    rest = _Entries(genes[split:], cells[split:], counts[split:])
    return CountBlock(first, indptr, columns[:split].copy(), counts[:split].copy()), rest, end
