"""Public samples that the input cases are made from: read once, as AnnData with raw counts."""

from functools import cache

import anndata as ad
import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types
import numpy as np
import pandas as pd
from scipy import sparse

from features.settings import data_dir

SAMPLE = "CAR-T10310325"
OTHER_SAMPLE = "CAR-T10310324"
CUT_CELLS = 300


@cache
def tenx_sample(name: str = SAMPLE) -> ad.AnnData:
    """A CARPALL sample: cells x genes as float32 CSR, symbols as index, ids and types in var."""
    with h5py.File(data_dir() / "carpall" / f"{name}.h5") as file:
        group = file["matrix"]
        shape = tuple(group["shape"][:][::-1])
        data, indices, indptr = (group[part][:] for part in ("data", "indices", "indptr"))
        features = group["features"]
        var = pd.DataFrame(
            {
                "gene_ids": _texts(features["id"]),
                "feature_types": _texts(features["feature_type"]),
            },
            index=_texts(features["name"]),
        )
        obs = pd.DataFrame(index=_texts(group["barcodes"]))
    counts = sparse.csr_matrix(
        (data.astype(np.float32), indices.astype(np.int32), indptr.astype(np.int32)), shape=shape
    )
    return ad.AnnData(counts, obs=obs, var=var)


def sample() -> ad.AnnData:
    """A copy of the sample that most cases are made from."""
    return tenx_sample().copy()


def cut_sample() -> ad.AnnData:
    """Its first 300 cells, for formats that would be large as text."""
    return tenx_sample()[:CUT_CELLS].copy()


def by_id(data: ad.AnnData) -> ad.AnnData:
    """The sample with Ensembl ids as index and symbols in `feature_name`, as CELLxGENE has it."""
    data = data.copy()
    data.var["feature_name"] = list(data.var_names)
    data.var_names = list(data.var["gene_ids"])
    return data


def log_normalised(data: ad.AnnData) -> ad.AnnData:
    """ln(1 + UMIs per 10,000) in X, as most analyses store it."""
    data = data.copy()
    totals = np.asarray(data.X.sum(axis=1)).ravel()
    data.X = sparse.csr_matrix(data.X.multiply(1e4 / totals[:, None])).astype(np.float32)
    data.X.data = np.log1p(data.X.data)
    return data


@cache
def eccite_rna() -> ad.AnnData:
    """ECCITE-seq, RNA alone: 500 healthy PBMC."""
    data = ad.read_h5ad(data_dir() / "eccite" / "eccite_pbmc_500.h5ad")
    counts = sparse.csr_matrix(data.X).astype(np.float32)
    names = data.var_names.astype(str)
    return ad.AnnData(counts, obs=pd.DataFrame(index=data.obs_names), var=pd.DataFrame(index=names))


@cache
def eccite_proteins() -> tuple[sparse.csr_matrix, tuple[str, ...]]:
    """ECCITE-seq's antibody counts of the same cells (cells x 49), and their names."""
    protein = ad.read_h5ad(data_dir() / "eccite" / "eccite_pbmc_500.h5ad").obsm["protein_counts"]
    return sparse.csr_matrix(np.asarray(protein, np.float32)), tuple(map(str, protein.columns))


def _texts(dataset: h5py.Dataset) -> list[str]:
    return [text.decode() for text in dataset[:]]
