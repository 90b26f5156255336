"""Cases of how .h5ad files store a matrix: types, order, filters, versions of AnnData."""

from pathlib import Path

import anndata as ad
import h5py  # type: ignore[import-untyped, unused-ignore]  # h5py ships no types
import hdf5plugin  # type: ignore[import-untyped, unused-ignore]  # no stubs
import numpy as np
import pandas as pd
from scipy import sparse

from benchmarks.input_cases.public_samples import by_id, cut_sample, log_normalised, sample
from benchmarks.input_cases.registry import case
from benchmarks.input_cases.writers import write_bytes, write_h5ad, write_tenx


@case()
def integers_of_64_bits(folder: Path) -> str:
    """Counts as int64."""
    data = sample()
    data.X = data.X.astype(np.int64)
    return write_h5ad(folder, "int64.h5ad", data)


@case()
def dense_float64(folder: Path) -> str:
    """A dense X of floats, compressed."""
    data = sample()
    data.X = data.X.toarray().astype(np.float64)
    return write_h5ad(folder, "dense.h5ad", data, compression="gzip")


@case()
def dense_by_column(folder: Path) -> str:
    """A dense X in chunks of whole columns."""
    data = sample()
    write_h5ad(folder, "by_column.h5ad", data)
    with h5py.File(folder / "by_column.h5ad", "a") as file:
        del file["X"]
        chunks = (data.n_obs, 50)
        file.create_dataset("X", data=data.X.toarray(), chunks=chunks, compression="gzip")
        file["X"].attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
    return "by_column.h5ad"


@case()
def csc(folder: Path) -> str:
    """X compressed by gene."""
    data = sample()
    data.X = data.X.tocsc()
    return write_h5ad(folder, "csc.h5ad", data)


@case()
def unsorted_indices(folder: Path) -> str:
    """The genes of each cell in random order."""
    data, rng = sample(), np.random.default_rng(0)
    counts = data.X.copy()
    for first, last in zip(counts.indptr[:-1], counts.indptr[1:], strict=True):
        order = first + rng.permutation(last - first)
        counts.indices[first:last] = counts.indices[order]
        counts.data[first:last] = counts.data[order]
    counts.has_sorted_indices = False
    data.X = counts
    return write_h5ad(folder, "unsorted.h5ad", data)


@case()
def explicit_zeros(folder: Path) -> str:
    """5,000 zeros among the stored entries of the first cell."""
    data = sample()
    counts = data.X
    absent = np.setdiff1d(np.arange(data.n_vars), counts[0].indices)[:5000].astype(np.int32)
    data.X = sparse.csr_matrix(
        (
            np.concatenate([np.zeros(absent.size, np.float32), counts.data]),
            np.concatenate([absent, counts.indices]),
            np.concatenate([[0], counts.indptr[1:] + absent.size]),
        ),
        shape=counts.shape,
    )
    return write_h5ad(folder, "zeros.h5ad", data)


@case()
def entries_twice(folder: Path) -> str:
    """A gene of a cell stored as 1 and as the rest, as a sum of lanes leaves it."""
    data = sample()
    counts = data.X.tocoo()
    large = counts.data > 1
    row = np.concatenate([counts.row, counts.row[large]])
    column = np.concatenate([counts.col, counts.col[large]])
    value = np.concatenate([np.where(large, 1, counts.data), counts.data[large] - 1])
    order = np.lexsort((column, row))
    indptr = np.searchsorted(row[order], np.arange(counts.shape[0] + 1)).astype(np.int32)
    data.X = sparse.csr_matrix(
        (value[order].astype(np.float32), column[order].astype(np.int32), indptr),
        shape=counts.shape,
    )
    return write_h5ad(folder, "twice.h5ad", data)


@case("refused", "barcode")
def barcodes_twice(folder: Path) -> str:
    """Every cell of the file given twice."""
    data = sample()
    twice = ad.AnnData(
        sparse.vstack([data.X, data.X]).tocsr(),
        obs=pd.DataFrame(index=[*data.obs_names, *data.obs_names]),
        var=data.var,
    )
    return write_tenx(folder, "barcodes_twice.h5", twice)


@case()
def compressed_lzf(folder: Path) -> str:
    """HDF5's own fast filter."""
    return write_h5ad(folder, "lzf.h5ad", sample(), compression="lzf")


@case()
def compressed_zstd(folder: Path) -> str:
    """The whole file in zstd."""
    return write_h5ad(folder, "zstd.h5ad", sample(), compression=hdf5plugin.FILTERS["zstd"])


def _recompressed(folder: Path, name: str, **options: object) -> str:
    write_h5ad(folder, name, sample())
    with h5py.File(folder / name, "a") as file:
        for part in ("data", "indices"):
            values = file["X"][part][:]
            del file["X"][part]
            file["X"].create_dataset(part, data=values, chunks=(10_000,), **options)
    return name


@case()
def matrix_alone_in_zstd(folder: Path) -> str:
    """X in zstd, the rest plain."""
    return _recompressed(folder, "zstd_x.h5ad", **hdf5plugin.Zstd())


@case()
def matrix_alone_in_blosc(folder: Path) -> str:
    """X in Blosc, the rest plain."""
    return _recompressed(folder, "blosc_x.h5ad", **hdf5plugin.Blosc())


@case()
def pointers_of_64_bits(folder: Path) -> str:
    """Indices and row pointers as int64."""
    name = write_h5ad(folder, "pointers.h5ad", sample())
    with h5py.File(folder / name, "a") as file:
        for part in ("indices", "indptr"):
            values = file["X"][part][:].astype(np.int64)
            del file["X"][part]
            file["X"][part] = values
    return name


@case()
def nullable_strings(folder: Path) -> str:
    """Text in pandas' nullable type."""
    data = by_id(sample())
    data.var["feature_name"] = pd.array(list(data.var["feature_name"]), dtype="string")
    data.obs["note"] = pd.array(["a"] * data.n_obs, dtype="string")
    with ad.settings.override(allow_write_nullable_strings=True):
        return write_h5ad(folder, "nullable.h5ad", data)


@case()
def anndata_0_7_categories(folder: Path) -> str:
    """Categories of anndata 0.7: codes with a reference to __categories."""
    name = write_h5ad(folder, "anndata07.h5ad", sample())
    with h5py.File(folder / name, "a") as file:
        var = file["var"]
        del var["feature_types"]
        categories = var.create_group("__categories")
        categories["feature_types"] = np.array(["Gene Expression"], dtype=h5py.string_dtype())
        var["feature_types"] = np.zeros(sample().n_vars, np.int8)
        var["feature_types"].attrs["categories"] = categories["feature_types"].ref
    return name


@case()
def anndata_0_6_records(folder: Path) -> str:
    """var of anndata 0.6: one array of records."""
    data = sample()
    name = write_h5ad(folder, "anndata06.h5ad", data)
    records = [
        (symbol.encode(), gene_id.encode())
        for symbol, gene_id in zip(data.var_names, data.var["gene_ids"], strict=True)
    ]
    with h5py.File(folder / name, "a") as file:
        del file["var"]
        file["var"] = np.array(records, dtype=[("index", "S30"), ("gene_ids", "S20")])
    return name


@case()
def gzip_around_h5ad(folder: Path) -> str:
    """An .h5ad.gz, as GEO offers it."""
    name = write_h5ad(folder, "plain_for_gzip.h5ad", sample())
    write_bytes(folder / "GSM1_sample.h5ad.gz", (folder / name).read_bytes())
    return "GSM1_sample.h5ad.gz"


@case("refused", "provenance")
def unreadable_provenance(folder: Path) -> str:
    """A `provenance` that is neither real nor synthetic."""
    name = write_h5ad(folder, "provenance.h5ad", cut_sample())
    with h5py.File(folder / name, "a") as file:
        file.attrs["provenance"] = np.arange(3)
    return name


@case("refused", "variable genes")
def variable_genes_in_layer(folder: Path) -> str:
    """2,000 variable genes in layers/counts, logarithms of all genes in raw/X."""
    counts = sample()
    data = log_normalised(counts)
    data.raw = data.copy()
    data.layers["counts"] = counts.X
    return write_h5ad(folder, "variable_layer.h5ad", data[:, variable_genes(counts, 2000)].copy())


@case()
def variable_genes_beside_all(folder: Path) -> str:
    """2,000 variable genes in X, the counts of all genes in raw/X."""
    data = sample()
    data.var_names_make_unique()
    data.raw = data.copy()
    return write_h5ad(folder, "variable_x.h5ad", data[:, variable_genes(data, 2000)].copy())


def variable_genes(data: ad.AnnData, number: int) -> np.ndarray:
    """The genes with the greatest variance over mean, ascending."""
    mean = np.asarray(data.X.mean(axis=0)).ravel()
    square = np.asarray(data.X.multiply(data.X).mean(axis=0)).ravel()
    dispersion = np.where(mean > 0, (square - mean**2) / np.maximum(mean, 1e-9), 0.0)
    return np.sort(np.argsort(dispersion)[::-1][:number])
