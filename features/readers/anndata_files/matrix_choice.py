"""Choose the raw counts among X, raw/X and the layers of a file, by content and then by name.

Every matrix of whole numbers is a candidate; one with more genes goes before one with fewer (raw/X
of all genes before X of the variable ones), counts before a matrix of zeros and ones, and complete
counts before spliced or unspliced ones alone. Only then its name decides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.errors import InputError
from features.readers.anndata_files.data_frames import Tree
from features.readers.anndata_files.matrix_layout import Matrix, describe_matrix
from features.readers.hdf5_chunks import DamagedFile

# Likeliest first; then layers by the words below, then all others.
USUAL_PATHS = ("layers/counts", "layers/raw_counts", "X", "matrix", "raw/X", "raw.X")
COUNT_WORDS = re.compile(r"count|raw|umi|matrix|total")
# Parts of the molecules of a cell: RNA velocity's spliced and unspliced (velocyto, scVelo, kb,
# alevin-fry), which add up to its counts.
SPLICED, UNSPLICED, AMBIGUOUS = ("spliced", "mature"), ("unspliced", "nascent"), ("ambiguous",)
# Values that are looked at, in stretches from the start, the middle and the end.
CHECKED_VALUES = 20_000
DENSE_TILES = 64


@dataclass(frozen=True)
class SampledMatrix:
    """A matrix of a file and what a sample of its values shows."""

    matrix: Matrix
    is_whole: bool
    greatest: float
    values: NDArray[np.generic]


@dataclass(frozen=True)
class MatrixChoice:
    """The matrix of the raw counts, and the paths of all others that hold whole numbers."""

    matrix: Matrix
    others: tuple[str, ...]


def choose_matrix(tree: Tree, paths: Sequence[str], cell_axis: int = 0) -> MatrixChoice:
    """The raw counts among the matrices of these paths.

    Where only spliced and unspliced counts are whole numbers, their sum. Raises `InputError` when
    there is no matrix, none holds whole numbers, or spliced counts stand alone.
    """
    candidates = _candidates(tree, paths, cell_axis)
    whole_numbers = [c for c in candidates if c.is_whole]
    counts = [c for c in whole_numbers if c.greatest > 0] or whole_numbers
    if not counts:
        raise InputError(
            "counts must be whole numbers from 0 up, but there are none in "
            f"{', '.join(c.matrix.path for c in candidates)[:200]}; give raw UMI counts, in X or "
            "in a layer"
        )
    complete = [c for c in counts if not _is_partial(c, counts)]
    matrix = min(complete, key=_rank).matrix if complete else _sum_of_parts(counts)
    paths_used = {matrix.path, *(part.path for part in matrix.parts)}
    return MatrixChoice(
        matrix, tuple(c.matrix.path for c in whole_numbers if c.matrix.path not in paths_used)
    )


def matrix_paths(tree: Tree) -> list[str]:
    """Paths at which AnnData keeps matrices of cells and genes, those of usual names first."""
    layers = [f"layers/{name}" for name in tree.names("layers")] if tree.has("layers") else []
    fixed = [path for path in ("X", "raw/X", "raw.X") if tree.has(path)]
    return sorted(fixed + layers, key=_name_rank)


def _candidates(tree: Tree, paths: Sequence[str], cell_axis: int) -> list[SampledMatrix]:
    """All that can be read as a matrix; the first fault is raised where none can be."""
    candidates, faults = [], []
    for path in paths:
        try:
            matrix = describe_matrix(tree, path, cell_axis)
            candidates.append(_sample(tree, matrix))
        except DamagedFile:
            raise
        except InputError as fault:  # a layer that is no matrix does not hide the others
            faults.append(fault)
    if candidates:
        return candidates
    if faults:
        raise faults[0]
    raise InputError(
        "a count file must hold a matrix, but this one has none in X, raw/X or its layers; write "
        "raw UMI counts into X"
    )


def _sample(tree: Tree, matrix: Matrix) -> SampledMatrix:
    values = _dense_values(tree, matrix) if matrix.indptr is None else _stored_values(tree, matrix)
    with np.errstate(invalid="ignore"):  # a damaged file's signalling NaN
        good = np.isfinite(values) & (values >= 0) & (values == np.floor(values))
    greatest = float(values.max()) if values.size else 0.0
    return SampledMatrix(matrix, bool(good.all()), greatest, values)


def _stored_values(tree: Tree, matrix: Matrix) -> NDArray[Any]:
    data = tree.get(f"{matrix.path}/data")
    if getattr(data, "shape", None) is None or len(data.shape) != 1:
        raise DamagedFile(f"{matrix.path}/data is no row of numbers")
    if data.dtype.kind not in "iuf":  # a mask of the genes that a cell expresses, or text
        raise InputError(
            f"counts must be whole numbers from 0 up, but {matrix.path} holds values of type "
            f"{data.dtype}; give raw UMI counts, in X or in a layer"
        )
    n, part = int(data.shape[0]), CHECKED_VALUES // 3
    if n <= CHECKED_VALUES:
        return np.asarray(data[:])
    starts = (0, n // 2, n - part)
    return np.concatenate([np.asarray(data[start : start + part]) for start in starts])


def _dense_values(tree: Tree, matrix: Matrix) -> NDArray[Any]:
    """Parts of chunks all over the matrix, until enough of their values are not zero."""
    array = tree.get(matrix.path)
    height, width = (int(n) for n in array.shape)
    chunk = getattr(array, "chunks", None) or (1, width)
    rows, columns = min(chunk[0], 1000), min(chunk[1], CHECKED_VALUES)
    parts: list[NDArray[Any]] = [np.empty(0, array.dtype)]
    for i in range(DENSE_TILES):
        # Steps that share no divisor with their number visit rows and columns independently.
        row, column = height * i // DENSE_TILES, width * (i * 37 % DENSE_TILES) // DENSE_TILES
        row, column = row - row % chunk[0], column - column % chunk[1]
        parts.append(np.asarray(array[row : row + rows, column : column + columns]).ravel())
        if sum(int(np.count_nonzero(part)) for part in parts) >= CHECKED_VALUES // 10:
            break
    return np.concatenate(parts)


def _rank(candidate: SampledMatrix) -> tuple[bool, int, int]:
    matrix = candidate.matrix
    return candidate.greatest <= 1, -matrix.n_genes, _name_rank(matrix.path)


def _name_rank(path: str) -> int:
    if path in USUAL_PATHS:
        return USUAL_PATHS.index(path)
    return len(USUAL_PATHS) + (not COUNT_WORDS.search(_layer_name(path)))


def _layer_name(path: str) -> str:
    return path.rpartition("/")[2].lower()


def _is_partial(candidate: SampledMatrix, counts: Sequence[SampledMatrix]) -> bool:
    """A layer of spliced or other molecules alone, or an X that scVelo copied from one."""
    if _layer_name(candidate.matrix.path) in (*SPLICED, *UNSPLICED, *AMBIGUOUS):
        return True
    spliced = _layer_of(counts, SPLICED)
    return spliced is not None and _same_values(candidate, spliced)


def _layer_of(counts: Sequence[SampledMatrix], names: Sequence[str]) -> SampledMatrix | None:
    layers = [c for c in counts if _layer_name(c.matrix.path) in names]
    return layers[0] if layers else None


def _same_values(one: SampledMatrix, other: SampledMatrix) -> bool:
    a, b = one.matrix, other.matrix
    if (a.indptr is None) != (b.indptr is None) or one.values.size != other.values.size:
        return False
    same_rows = a.indptr is None or b.indptr is None or np.array_equal(a.indptr, b.indptr)
    return bool(same_rows and np.array_equal(one.values, other.values))


def _sum_of_parts(counts: Sequence[SampledMatrix]) -> Matrix:
    """The sum of the spliced, unspliced and ambiguous layers, which is a cell's counts."""
    layers = [_layer_of(counts, names) for names in (SPLICED, UNSPLICED, AMBIGUOUS)]
    if layers[0] is None or layers[1] is None:
        only = ", ".join(c.matrix.path for c in counts)[:200]
        raise InputError(
            f"counts must be of all molecules, but {only} alone holds spliced or unspliced ones, "
            "under which depth and expression are too low; add the other layer, or give the "
            "complete counts"
        )
    parts = tuple(layer.matrix for layer in layers if layer is not None)
    if len({(m.major, m.n_cells, m.n_genes, m.cell_axis) for m in parts}) > 1:
        raise InputError(
            "counts must be of all molecules, but the spliced and unspliced layers, which would "
            f"have to be added ({', '.join(m.path for m in parts)}), are stored differently; write "
            "their sum into X"
        )
    path = " + ".join(m.path for m in parts)
    return replace(parts[0], path=path, indptr=None, parts=parts)
