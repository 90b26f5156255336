"""Data frames of AnnData's three layouts give the same columns."""

from collections.abc import Callable
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from features.errors import InputError
from features.readers.anndata_files.data_frames import (
    Tree,
    column,
    column_names,
    read_barcodes,
    read_column,
    text_column,
)
from features.readers.anndata_files.h5ad import hdf5_tree
from features.readers.hdf5_chunks import DamagedFile

TYPES = ["T", "B", "T", None, "NK"]
EXPECTED = ["T", "B", "T", "unknown", "NK"]


def write(path: Path) -> None:
    """Five cells with a column of categories, one of numbers and one of text, as AnnData writes."""
    obs = pd.DataFrame(
        {"type": pd.Categorical(TYPES), "day": [1, 2, 3, 4, 5], "site": list("abcde")},
        index=[f"c{i}" for i in range(5)],
    )
    anndata.AnnData(sparse.csr_matrix(np.eye(5, dtype=np.float32)), obs=obs).write_h5ad(path)


def as_newest(file: h5py.File) -> None:
    """As AnnData writes today."""


def as_07(file: h5py.File) -> None:
    """Codes whose attribute refers to `__categories`."""
    codes, categories = file["obs/type/codes"][:], file["obs/type/categories"][:]
    del file["obs/type"]
    file["obs/__categories/type"] = categories
    file["obs/type"] = codes
    file["obs/type"].attrs["categories"] = file["obs/__categories/type"].ref


def as_06(file: h5py.File) -> None:
    """One data set of named fields, with categories in uns."""
    categories, codes = file["obs/type/categories"][:], file["obs/type/codes"][:]
    rows = [(f"c{i}".encode(), code, i + 1, "abcde"[i].encode()) for i, code in enumerate(codes)]
    fields = [("index", "S4"), ("type", "i1"), ("day", "i8"), ("site", "S1")]
    del file["obs"]
    file["obs"] = np.array(rows, dtype=fields)
    file["uns/type_categories"] = categories


@pytest.fixture(params=[as_newest, as_07, as_06])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Tree:
    """The same cells in each layout."""
    layout: Callable[[h5py.File], None] = request.param
    write(tmp_path / "f.h5ad")
    with h5py.File(tmp_path / "f.h5ad", "a") as file:
        layout(file)
    return hdf5_tree(h5py.File(tmp_path / "f.h5ad", "r"))


def test_every_layout_has_the_same_columns(tree: Tree) -> None:
    """Names, barcodes, categories, numbers as text, and text."""
    assert sorted(column_names(tree, "obs")) == ["day", "site", "type"]
    assert read_barcodes(tree) == [f"c{i}" for i in range(5)]
    assert read_column(tree, "type") == EXPECTED
    assert read_column(tree, "day") == ["1", "2", "3", "4", "5"]
    assert read_column(tree, "site") == list("abcde")


def test_only_text_is_a_column_of_text(tree: Tree) -> None:
    """Numbers are none; categories of text are."""
    assert text_column(tree, "obs", "day") is None
    assert text_column(tree, "obs", "type") == tuple(EXPECTED)


def test_a_column_that_is_not_there_is_named_with_those_that_are(tree: Tree) -> None:
    """The sentence lists obs."""
    with pytest.raises(InputError, match=r"sample is none of them \(.*type.*\)"):
        read_column(tree, "sample")


def test_codes_outside_the_categories_are_damage(tmp_path: Path) -> None:
    """No cell may take another's label."""
    write(tmp_path / "f.h5ad")
    with h5py.File(tmp_path / "f.h5ad", "a") as file:
        file["obs/type/codes"][2] = 7
        with pytest.raises(DamagedFile, match="points outside its categories"):
            column(hdf5_tree(file), "obs", "type")


def test_cells_without_names_are_reported(tmp_path: Path) -> None:
    """A frame without an index has columns and no barcodes."""
    with h5py.File(tmp_path / "f.h5", "w") as file:
        file["obs/day"] = np.arange(3)
        with pytest.raises(InputError, match="names of cells are read from the index of obs"):
            read_barcodes(hdf5_tree(file))


@pytest.mark.parametrize("names", [["a", "b"], ["a\nb", "c"], ["é", "\n"], [""], []])
def test_names_are_read_whatever_is_in_them(names: list[str], tmp_path: Path) -> None:
    """Decoded together or, where a name holds a line end, one by one."""
    with h5py.File(tmp_path / "a.h5ad", "w") as file:
        group = file.create_group("obs")
        group.attrs["_index"] = "_index"
        group.create_dataset("_index", data=names, dtype=h5py.string_dtype())
        assert read_barcodes(hdf5_tree(file)) == names
