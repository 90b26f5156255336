"""MuData: RNA, with the antibodies of the same cells as rows of their own."""

from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from features.errors import InputError
from features.readers.open_counts import open_counts
from tests.features.readers.same_cells import assert_same_cells, frame

ANTIBODIES = ["CD7", "CD4", "CD14", "isotype"]


def write_h5mu(path: Path, **modalities: anndata.AnnData) -> Path:
    """Modalities as MuData writes them."""
    with h5py.File(path, "w") as file:
        file.attrs["encoding-type"] = "MuData"
        for name, data in modalities.items():
            anndata.io.write_elem(file, f"mod/{name}", data)
        for name in ("obs", "var"):
            anndata.io.write_elem(file, name, pd.DataFrame(index=["a"]))
    return path


def proteins(blood: Any, form: Any = np.asarray) -> anndata.AnnData:
    """Antibody counts of the simulated cells."""
    n = blood.counts.shape[0]
    counts = np.random.default_rng(5).poisson(30, (n, len(ANTIBODIES))).astype(np.float32)
    return anndata.AnnData(
        form(counts),
        obs=pd.DataFrame(index=[f"c{i}" for i in range(n)]),
        var=pd.DataFrame(index=ANTIBODIES),
    )


FORMS = {
    "csr, dense": (sparse.csr_matrix, np.asarray),
    "csr, csr": (sparse.csr_matrix, sparse.csr_matrix),
    "csc, csc": (sparse.csc_matrix, sparse.csc_matrix),
    "dense, dense": (lambda m: m.toarray(), np.asarray),
}


@pytest.mark.parametrize("form", FORMS)
def test_antibodies_lie_beside_the_rna(blood: Any, tenx: Path, tmp_path: Path, form: str) -> None:
    """RNA gives the control's cells; the last rows are the antibodies, of kind protein."""
    rna, protein = FORMS[form]
    data = proteins(blood, protein)
    path = write_h5mu(tmp_path / "m.h5mu", rna=frame(blood, rna(blood.counts)), prot=data)
    source = assert_same_cells(path, tenx)
    n = len(blood.ids)
    assert source.reference.kinds == ("rna",) * n + ("protein",) * len(ANTIBODIES)
    assert source.gene_names[n:] == ANTIBODIES
    sums = np.zeros(len(source.gene_ids))
    for block in source.blocks():
        rows = block.indices
        if source.major == "genes":
            rows = np.repeat(np.arange(block.indptr.size - 1), np.diff(block.indptr)) + block.first
        np.add.at(sums, rows, block.data)
    np.testing.assert_array_equal(sums[n:], np.asarray(data.X.sum(axis=0)).ravel())
    assert source.read_column("type") == blood.types


def test_a_range_of_cells_holds_both(blood: Any, tmp_path: Path) -> None:
    """Large files are read in parts by several processes."""
    path = write_h5mu(
        tmp_path / "m.h5mu", rna=frame(blood, blood.counts), prot=proteins(blood, sparse.csr_matrix)
    )
    source = open_counts(path)
    whole = sum(int(block.data.sum()) for block in source.blocks())
    parts = [sum(int(b.data.sum()) for b in source.blocks(*r)) for r in ((0, 150), (150, 400))]
    assert sum(parts) == whole


@pytest.mark.parametrize("fault", ["other order", "logarithms"])
def test_antibodies_that_cannot_be_added_are_named(
    blood: Any, tenx: Path, tmp_path: Path, fault: str
) -> None:
    """The RNA is read alone, and the modality that was left out is named."""
    data = proteins(blood)
    data = data[::-1].copy() if fault == "other order" else data
    if fault == "logarithms":
        data.X = np.log1p(data.X)
    path = write_h5mu(tmp_path / "m.h5mu", rna=frame(blood, blood.counts), prot=data)
    source = assert_same_cells(path, tenx)
    assert set(source.reference.kinds) == {"rna"}
    assert source.other_matrices == ("mod/prot",)


def test_rna_is_known_by_its_genes(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """A modality of another name whose genes are ours."""
    path = write_h5mu(
        tmp_path / "m.h5mu", transcripts=frame(blood, blood.counts), peaks=proteins(blood)
    )
    assert_same_cells(path, tenx)


def test_a_file_without_rna_names_its_modalities(blood: Any, tmp_path: Path) -> None:
    """Antibodies alone."""
    path = write_h5mu(tmp_path / "m.h5mu", prot=proteins(blood), atac=proteins(blood))
    with pytest.raises(InputError, match=r"one modality of RNA, .* are (atac, prot|prot, atac)"):
        open_counts(path)
