"""Antibody counts in obsm of an AnnData file: where scverse keeps them beside the RNA in X."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from features.arrays import Floats, Ints32
from features.genes.antibodies import antibody_columns
from features.kernels.whole_numbers import MAX_INT32
from features.readers.anndata_files.data_frames import Tree
from features.readers.count_source import ProteinCounts
from features.readers.hdf5_chunks import DamagedFile

# Names under which tools and public files keep antibody counts (scvi-tools, muon, dsb, CiteFuse).
KEYS = (
    "protein_counts", "protein_expression", "antibody_counts", "antibody_capture",
    "adt_counts", "adt", "ADT", "X_adt", "prot", "protein", "proteins", "Antibody Capture",
)  # fmt: skip
# Entries of uns that name the columns of a plain matrix in obsm.
NAME_KEYS = ("protein_names", "{key}_names", "{key}_columns", "adt_names", "antibody_names")
ROWS = 100_000  # of a plain matrix at a time


def read_obsm_proteins(tree: Tree, n_cells: int) -> ProteinCounts | None:
    """The antibodies of the first matrix of obsm that holds named counts; None without one.

    Values that are no whole numbers have been normalised and are left alone. Raises `DamagedFile`
    when the matrix has another number of cells.
    """
    for key in KEYS:
        path = f"obsm/{key}"
        if not tree.has(path):
            continue
        names = _names(tree, key)
        columns = antibody_columns(enumerate(names))
        counts = np.zeros((n_cells, len(columns)), np.int32)
        if columns and _add_counts(tree, path, names, list(columns.values()), counts):
            return ProteinCounts(tuple(columns), counts)
    return None


def _names(tree: Tree, key: str) -> list[str]:
    """Names of the antibodies in the matrix's order; none where the file does not tell."""
    node = tree.get(f"obsm/{key}")
    if not hasattr(node, "shape"):
        return [_text(name) for name in node.attrs.get("column-order", ())]
    for pattern in NAME_KEYS:
        path = f"uns/{pattern.format(key=key)}"
        if tree.has(path) and len(getattr(tree.get(path), "shape", ())) == 1:
            names = [_text(name) for name in np.asarray(tree.get(path)[:]).tolist()]
            return names if len(names) == node.shape[-1] else []
    return []


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _add_counts(
    tree: Tree, path: str, names: list[str], columns: list[list[int]], counts: Ints32
) -> bool:
    """Add antibodies to `counts`; False when a value is no count."""
    node = tree.get(path)
    is_plain, n_cells = hasattr(node, "shape"), counts.shape[0]
    if is_plain and node.shape[0] != n_cells:
        raise DamagedFile(f"its {path} and obs do not agree")
    parts = _plain(node) if is_plain else _frame(tree, path, names, n_cells)
    for first, antibody, values in parts:
        is_count = np.isfinite(values) & (values >= 0) & (values == np.floor(values))
        if not is_count.all():
            return False
        for column, rows in enumerate(columns):
            if antibody in rows:
                target = counts[first : first + values.size, column]
                target[:] = np.minimum(
                    target.astype(np.int64) + np.minimum(values, MAX_INT32), MAX_INT32
                )
    return True


def _plain(node: Any) -> Iterator[tuple[int, int, Floats]]:
    """First cell, number of the antibody and its values, some cells at a time."""
    if len(node.shape) != 2:
        return
    for first in range(0, node.shape[0], ROWS):
        block = np.asarray(node[first : first + ROWS], dtype=np.float64)
        for antibody in range(block.shape[1]):
            yield first, antibody, block[:, antibody]


def _frame(
    tree: Tree, path: str, names: list[str], n_cells: int
) -> Iterator[tuple[int, int, Floats]]:
    for antibody, name in enumerate(names):
        node = tree.get(f"{path}/{name}") if tree.has(f"{path}/{name}") else None
        if node is None or not hasattr(node, "shape"):  # no column of numbers
            continue
        if node.shape != (n_cells,):
            raise DamagedFile(f"its {path} and obs do not agree")
        yield 0, antibody, np.asarray(node[:], dtype=np.float64)
