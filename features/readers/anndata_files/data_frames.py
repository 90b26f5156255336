"""AnnData's data frames (obs, var) on disk: plain, categorical and nullable columns of text.

Three layouts are read: data sets of named fields (AnnData 0.6), codes beside a group `__categories`
(0.7), and groups that describe themselves (0.8 and later). Loom's groups of attributes and zarr's
groups are read by the same functions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.errors import InputError
from features.readers.count_source import MAX_CELLS
from features.readers.file_attributes import single_text
from features.readers.hdf5_chunks import ChunkedVector, DamagedFile

# Names of the column that names the rows, where a frame does not say which it is.
INDEX_COLUMNS = ("_index", "index", "CellID", "barcodes", "Gene")
CATEGORIES = "__categories"


@dataclass(frozen=True)
class Tree:
    """A hierarchical file: `get` returns a group or array by its path, `has` whether it exists.

    `names` lists the entries of a group, `vector` opens a vector for streaming. Groups and arrays
    of h5py and zarr are used alike.
    """

    get: Callable[[str], Any]
    has: Callable[[str], bool]
    names: Callable[[str], list[str]]
    vector: Callable[[str], ChunkedVector]


def sub_tree(tree: Tree, group: str) -> Tree:
    """The part of a tree under a group, as a tree of its own; the tree itself for no group."""
    if not group:
        return tree
    return Tree(
        lambda name: tree.get(f"{group}/{name}" if name else group),
        lambda name: tree.has(f"{group}/{name}"),
        lambda name: tree.names(f"{group}/{name}" if name else group),
        lambda name: tree.vector(f"{group}/{name}"),
    )


def index_name(tree: Tree, frame: str) -> str | None:
    """Name of the column that names a frame's rows, None where there is none."""
    node = tree.get(frame)
    if _is_array(node):
        fields = node.dtype.names or ()
        return "index" if "index" in fields else next(iter(fields), None)
    name = single_text(node.attrs.get("_index"))
    if name is not None and tree.has(f"{frame}/{name}"):
        return name
    return next((name for name in INDEX_COLUMNS if tree.has(f"{frame}/{name}")), None)


def column_names(tree: Tree, frame: str) -> tuple[str, ...]:
    """Names of a frame's columns, without its index; none where a file lacks the frame."""
    if not tree.has(frame):
        return ()
    node, index = tree.get(frame), index_name(tree, frame)
    if _is_array(node):
        names: list[str] = list(node.dtype.names or ())
    else:
        order = [single_text(name) or "" for name in node.attrs.get("column-order", ())]
        names = [n for n in order if tree.has(f"{frame}/{n}")] if order else tree.names(frame)
    return tuple(name for name in names if name not in (index, CATEGORIES))


def column(tree: Tree, frame: str, name: str) -> tuple[str, ...]:
    """One column as text: plain, categorical or nullable; a missing category is "unknown".

    Raises `DamagedFile` when it is no column or points outside its categories.
    """
    node, path = _column_node(tree, frame, name)
    if _is_array(node):
        categories = _older_categories(tree, frame, name)
        if categories is not None and node.dtype.kind in "iu":
            return _decode(_numbers(node), _texts(tree.get(categories)), path)
        return _texts(node)
    if "categories" in node:
        codes, texts = tree.get(f"{path}/codes"), tree.get(f"{path}/categories")
        return _decode(_numbers(codes), _texts(texts), path)
    if "values" in node:
        return _texts(tree.get(f"{path}/values"))
    raise DamagedFile(f"{path} is no column")


def text_column(tree: Tree, frame: str, name: str) -> tuple[str, ...] | None:
    """A column of text; None when it holds numbers or anything else."""
    node, path = _column_node(tree, frame, name)
    if not _is_array(node):
        inner = "categories" if "categories" in node else "values"
        texts: Any = tree.get(f"{path}/{inner}") if inner in node else None
    else:
        categories = _older_categories(tree, frame, name)
        texts = tree.get(categories) if categories and node.dtype.kind in "iu" else node
    if not _is_array(texts) or texts.dtype.kind not in "SOUT" or len(texts.shape) != 1:
        return None
    return column(tree, frame, name)


def read_barcodes(tree: Tree, frame: str = "obs") -> list[str]:
    """Names of the cells: the index of obs.

    Raises `InputError` when the file has none.
    """
    index = index_name(tree, frame) if tree.has(frame) else None
    if index is None:
        raise InputError(
            f"names of cells are read from the index of {frame}, but this file has none; write it "
            "again with AnnData's obs_names"
        )
    return list(column(tree, frame, index))


def read_column(tree: Tree, name: str, frame: str = "obs") -> list[str]:
    """A column of obs as text, one value a cell.

    Raises `InputError` with the names of the columns when it is none of them.
    """
    columns = column_names(tree, frame)
    if name not in columns:
        raise InputError(
            f"a column of cells must be one of obs, but {name} is none of them "
            f"({', '.join(columns[:20]) or 'obs has no columns'}); name another"
        )
    return list(column(tree, frame, name))


def _column_node(tree: Tree, frame: str, name: str) -> tuple[Any, str]:
    """The array or group of a column, and its path."""
    node = tree.get(frame)
    if not _is_array(node):
        return tree.get(f"{frame}/{name}"), f"{frame}/{name}"
    if name not in (node.dtype.names or ()):
        raise DamagedFile(f"{frame} has no {name}")
    if len(node.shape) != 1 or node.shape[0] > MAX_CELLS:
        raise DamagedFile(f"{frame} is no data frame")
    return np.asarray(node[name]), f"{frame}/{name}"


def _older_categories(tree: Tree, frame: str, name: str) -> str | None:
    """Where AnnData 0.7 (in the frame) and 0.6 (in uns) keep a column's categories."""
    paths = (f"{frame}/{CATEGORIES}/{name}", f"uns/{name}_categories")
    return next((path for path in paths if tree.has(path)), None)


def _is_array(node: Any) -> bool:
    return getattr(node, "shape", None) is not None and hasattr(node, "dtype")


def _numbers(node: Any) -> Any:
    if len(node.shape) != 1 or node.shape[0] > MAX_CELLS or node.dtype.kind not in "iu":
        raise DamagedFile("the codes of a column are no row of whole numbers")
    return np.asarray(node[:])


def _decode(codes: Any, categories: tuple[str, ...], name: str) -> tuple[str, ...]:
    if codes.size and codes.max() >= len(categories):
        raise DamagedFile(f"{name} points outside its categories")
    texts = np.array([*categories, "unknown"], dtype=object)
    return tuple(texts[np.where(codes < 0, len(categories), codes)].tolist())


def _texts(node: Any) -> tuple[str, ...]:
    if len(node.shape) != 1 or node.shape[0] > MAX_CELLS:
        raise DamagedFile("a column is not one-dimensional")
    values = np.asarray(node[:]).tolist()
    texts = _decode_together(values)
    if texts is None:
        texts = [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values]
    return tuple(texts)


def _decode_together(values: list[Any]) -> list[str] | None:
    """Bytes decoded in one go, many times faster than one by one; None where they cannot be."""
    try:
        texts = b"\n".join(values).decode("utf-8", "replace").split("\n")
    except TypeError:  # some are no bytes
        return None
    return texts if len(texts) == len(values) else None  # some hold a line end, or there are none
