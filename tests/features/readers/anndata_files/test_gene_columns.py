"""Genes are found in whichever column names them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from features.errors import InputError
from features.readers.anndata_files.gene_columns import read_reference
from features.readers.anndata_files.h5ad import hdf5_tree
from features.readers.open_counts import open_counts
from tests.features.readers.same_cells import assert_same_cells, frame


def numbered(blood: Any) -> pd.DataFrame:
    """Row numbers in the index, ids and symbols under odd names."""
    index = [str(i) for i in range(len(blood.ids))]
    return pd.DataFrame({"ENSEMBL": blood.ids, "hgnc": blood.names}, index=index)


def cellxgene(blood: Any) -> pd.DataFrame:
    """Ids in the index; symbols and a column of biotypes called feature_type."""
    n = len(blood.ids)
    columns = {
        "feature_is_filtered": [False] * n,
        "feature_name": pd.Categorical(blood.names),
        "feature_reference": pd.Categorical(["NCBITaxon:9606"] * n),
        "feature_biotype": pd.Categorical(["gene"] * n),
        "feature_type": pd.Categorical(["protein_coding"] * n),
    }
    return pd.DataFrame(columns, index=blood.ids)


def decoys(blood: Any) -> pd.DataFrame:
    """Columns of usual names that hold something else, and symbols in a column before them."""
    n = len(blood.ids)
    columns = {
        "gene_ids": ["no id"] * n, "symbol": ["-"] * n, "name": blood.names, "key": blood.ids,
    }  # fmt: skip
    return pd.DataFrame(columns, index=[f"g{i}" for i in range(n)])


def versions(blood: Any) -> pd.DataFrame:
    """Ids with the version of their annotation."""
    columns = {"id": [f"{i}.7" for i in blood.ids], "name": blood.names}
    return pd.DataFrame(columns, index=[str(i) for i in range(len(blood.ids))])


@pytest.mark.parametrize("var", [numbered, cellxgene, decoys, versions])
def test_the_columns_that_name_our_genes_are_used(
    blood: Any, tenx: Path, tmp_path: Path, var: Callable[[Any], pd.DataFrame]
) -> None:
    """By content, whatever their names; every row is RNA."""
    path = tmp_path / "v.h5ad"
    anndata.AnnData(blood.counts, var=var(blood)).write_h5ad(path)
    source = assert_same_cells(path, tenx)
    assert source.gene_names == blood.names
    assert set(source.reference.kinds) == {"rna"}


def test_the_index_is_preferred_among_equals(blood: Any, tmp_path: Path) -> None:
    """A second column of the same symbols changes nothing."""
    data = frame(blood, blood.counts)
    data.var["feature_name"] = blood.names
    data.var_names = [f"{n}-1" if n.startswith("GENE") else n for n in blood.names]
    data.write_h5ad(tmp_path / "i.h5ad")
    assert open_counts(tmp_path / "i.h5ad").gene_names == list(data.var_names)


def test_joined_names_are_handed_on_as_they_are(blood: Any, tmp_path: Path) -> None:
    """CD7_ENSG...: the index stands for ids and names, which the genes' own module takes apart."""
    data = frame(blood, blood.counts)
    data.var = pd.DataFrame(
        {"mean": np.zeros(len(blood.ids))},
        index=[f"{n}_{i}" for n, i in zip(blood.names, blood.ids, strict=True)],
    )
    data.write_h5ad(tmp_path / "j.h5ad")
    source = open_counts(tmp_path / "j.h5ad")
    assert source.gene_ids == source.gene_names == list(data.var_names)


def test_types_of_10x_are_believed_and_others_are_not(blood: Any, tmp_path: Path) -> None:
    """Antibodies are told apart by 10x's words alone."""
    data = frame(blood, blood.counts)
    n = len(blood.ids)
    data.var["feature_types"] = ["Gene Expression"] * (n - 2) + ["Antibody Capture", "Custom"]
    data.write_h5ad(tmp_path / "t.h5ad")
    assert open_counts(tmp_path / "t.h5ad").reference.kinds[-3:] == ("rna", "protein", "other")


def test_odd_columns_do_not_stop_the_reader(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """A table, a link and codes that point nowhere, beside good symbols."""
    path = tmp_path / "o.h5ad"
    frame(blood, sparse.csr_matrix(blood.counts)).write_h5ad(path)
    with h5py.File(path, "a") as file:
        del file["var/gene_ids"]
        file["var/matrix"] = np.zeros((3, 3))
        file["var/away"] = h5py.SoftLink("/X")
        file["var/codes"] = np.array([0, 9], "i1")
        file["var/__categories/codes"] = np.array([b"a"])
        del file["var"].attrs["column-order"]
    assert assert_same_cells(path, tenx).gene_ids == blood.names


def test_a_frame_of_numbers_is_refused(tmp_path: Path) -> None:
    """No index and no text: nothing names a gene."""
    with h5py.File(tmp_path / "n.h5", "w") as file:
        file["var/mean"] = np.arange(3.0)
        with pytest.raises(InputError, match="genes are read from the index of var"):
            read_reference(hdf5_tree(file), "var", 3)


def test_a_frame_of_another_length_is_refused(blood: Any, tmp_path: Path) -> None:
    """Fewer names than genes: the numbers are said."""
    path = tmp_path / "s.h5ad"
    frame(blood, blood.counts).write_h5ad(path)
    with h5py.File(path, "a") as file:
        names = file["var/_index"][:-5]
        del file["var/_index"]
        file["var/_index"] = names
    with pytest.raises(InputError, match=r"var must name each gene .* names 11,995 of 12,000"):
        open_counts(path)
