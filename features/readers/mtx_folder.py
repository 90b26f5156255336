"""10x folders: matrix.mtx, features.tsv (or genes.tsv) and barcodes.tsv, plain or gzipped."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal, NamedTuple

import numpy as np
from isal import igzip

from features.arrays import Ints32
from features.errors import InputError
from features.kernels.mtx_lines import NOT_A_COUNT, NOT_A_LINE, parse_entries
from features.readers.count_source import BLOCK_ENTRIES, MOST_CELLS, Block, CountSource, no_labels
from features.readers.hdf5_chunks import Damaged
from features.readers.tenx_h5 import RNA, make_reference

READ_BYTES = 1 << 22


class _Shape(NamedTuple):
    n_genes: int
    n_cells: int
    n_entries: int


def read_mtx(path: Path) -> CountSource:
    """Describe a 10x folder; its entries are ordered by barcode, as Cell Ranger writes, or by gene.

    Raises `Damaged` when a file is missing or they do not fit.
    """
    matrix = _one_of(path, ("matrix.mtx", "matrix.mtx.gz"))
    features = _one_of(path, ("features.tsv", "features.tsv.gz", "genes.tsv", "genes.tsv.gz"))
    lines = [line.split("\t") for line in _text_lines(features)]
    with _open(matrix) as file:
        shape = _read_shape(file)
    if len(lines) != shape.n_genes or any(not line for line in lines):
        raise Damaged("its matrix and features.tsv do not agree")
    ids = tuple(line[0] for line in lines)
    names = tuple(line[min(1, len(line) - 1)] for line in lines)
    kinds = tuple(line[2] if len(line) > 2 else RNA for line in lines)
    major = _order(matrix, shape)
    return CountSource(
        path, make_reference(ids, names, kinds), shape.n_cells, "real", major, None,
        lambda: _stream(matrix, shape, major), no_labels,
    )  # fmt: skip


def _one_of(folder: Path, names: tuple[str, ...]) -> Path:
    for name in names:
        found = sorted(folder.glob(f"*{name}"))
        if len(found) == 1:
            return found[0]
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
        raise Damaged("matrix.mtx is no coordinate matrix with values")
    line = file.readline(100_000)
    while line.startswith(b"%"):
        line = file.readline(100_000)
    numbers = line.split()
    if len(numbers) != 3 or not all(n.isdigit() for n in numbers):
        raise Damaged("matrix.mtx does not state its size")
    shape = _Shape(*(int(n) for n in numbers))
    if shape.n_cells > MOST_CELLS:
        raise Damaged("matrix.mtx claims more barcodes than any capture makes")
    return shape


class _Entries(NamedTuple):
    genes: Ints32
    cells: Ints32
    counts: Ints32


def _entries(matrix: Path, shape: _Shape) -> Iterator[_Entries]:
    """The file's entries, some hundred thousand at a time, numbered from 0."""
    read = 0
    with _open(matrix) as file:
        _read_shape(file)
        rest = b""
        while block := file.read(READ_BYTES):
            block = rest + block
            cut = block.rfind(b"\n") + 1
            block, rest = block[:cut], block[cut:]
            part = _parse(block, read)
            read += part.counts.size
            yield part
        if rest.strip():
            part = _parse(rest + b"\n", read)
            read += part.counts.size
            yield part
    if read != shape.n_entries:
        raise Damaged(f"matrix.mtx holds {read:,} of its {shape.n_entries:,} entries")


def _parse(text: bytes, before: int) -> _Entries:
    most = text.count(b"\n")
    found = _Entries(*(np.empty(most, np.int32) for _ in range(3)))
    n = parse_entries(np.frombuffer(text, np.uint8), *found)
    if n < 0:
        entry, problem = before + (-n - 1) // 2, (NOT_A_COUNT, NOT_A_LINE)[(-n - 1) % 2]
        if problem == NOT_A_COUNT:
            line = text.split(b"\n")[(-n - 1) // 2].decode("ascii", "replace").split()[-1][:20]
            raise InputError(
                f"counts must be whole numbers from 0 up, but matrix.mtx entry {entry} is {line}; "
                "give raw UMI counts"
            )
        raise Damaged(f"matrix.mtx entry {entry} is not three numbers")
    return _Entries(*(column[:n] for column in found))


def _order(matrix: Path, shape: _Shape) -> Literal["cells", "genes"]:
    first = next(_entries(matrix, shape), None) if shape.n_entries else None
    if first is None or (np.diff(first.cells) >= 0).all():
        return "cells"
    return "genes"


def _stream(matrix: Path, shape: _Shape, major: Literal["cells", "genes"]) -> Iterator[Block]:
    """Blocks of whole cells or genes; what is left of the last one waits for the next part."""
    waiting: list[_Entries] = []
    first = held = 0
    for part in _entries(matrix, shape):
        waiting.append(part)
        held += part.counts.size
        if held >= BLOCK_ENTRIES:
            block, rest, first = _cut(waiting, first, shape, major, last=False)
            waiting, held = [rest], rest.counts.size
            yield block
    if waiting:
        yield _cut(waiting, first, shape, major, last=True)[0]


def _cut(
    parts: list[_Entries], first: int, shape: _Shape, major: Literal["cells", "genes"], last: bool
) -> tuple[Block, _Entries, int]:
    genes, cells, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    own, other = (cells, genes) if major == "cells" else (genes, cells)
    size = shape.n_cells if major == "cells" else shape.n_genes
    if (np.diff(own) < 0).any() or (own.size and (own[0] < first or own[-1] >= size)):
        raise InputError(
            "matrix.mtx must be ordered by barcode or by gene, but it is not; save it as .h5ad"
        )
    end = size if last else int(own[-1])
    split = int(np.searchsorted(own, end))
    indptr = np.searchsorted(own[:split], np.arange(first, end + 1)).astype(np.int64)
    rest = _Entries(genes[split:], cells[split:], counts[split:])
    return Block(first, indptr, other[:split].copy(), counts[:split].copy()), rest, end
