"""A pooled count file in every format, and the same cells in files of their own."""

import gzip
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from scipy import sparse
from scipy.io import mmwrite

FORMATS = ("csr", "csc", "dense", "zarr", "tenx", "mtx")
DONORS = ("P1", "P2")


class Pool(NamedTuple):
    """Cells of two donors and of none, mixed: counts, genes, and the donor of each cell."""

    blood: Any
    donors: np.ndarray

    @property
    def barcodes(self) -> list[str]:
        """Sequences with a GEM suffix by donor: -1, -2, and -3 for cells of none."""
        suffix = {"P1": 1, "P2": 2}
        bases = np.array(list("ACGT"))
        digits = [[i // 4**k % 4 for k in range(16)] for i in range(len(self.donors))]
        return [f"{''.join(bases[d])}-{suffix.get(donor, 3)}"
                for d, donor in zip(digits, self.donors, strict=True)]  # fmt: skip


def draw_pool(draw: Callable[..., Any], n_cells: int = 300, n_genes: int = 6000) -> Pool:
    """Two donors' cells, 400 empty droplets of each, and 60 cells of neither, in random order."""
    parts, donors = [], []
    for seed, donor in enumerate(DONORS):
        blood = draw(n_cells + 100 * seed, n_genes, seed=seed + 1)
        rate = np.asarray(blood.counts.sum(axis=0)).ravel().astype(float)
        rng = np.random.default_rng(seed)
        empty = rng.multinomial(30, rate / rate.sum(), size=400)
        parts += [blood.counts, sparse.csr_matrix(empty)]
        donors += [donor] * (blood.counts.shape[0] + 400)
    parts.append(draw(60, n_genes, seed=9).counts)
    donors += ["doublet"] * 60
    order = np.random.default_rng(5).permutation(len(donors))
    counts = sparse.csr_matrix(sparse.vstack(parts).tocsr()[order], dtype=np.int32)
    counts.sort_indices()
    return Pool(replace(blood, counts=counts, types=[]), np.array(donors)[order])


def select(pool: Pool, cells: np.ndarray) -> Pool:
    """Some of the cells, in their order."""
    return Pool(replace(pool.blood, counts=pool.blood.counts[cells]), pool.donors[cells])


def write_pool(folder: Path, form: str, pool: Pool) -> Path:
    """Write the cells in one of `FORMATS`, with obs `donor_id` where the format has obs."""
    folder.mkdir(parents=True, exist_ok=True)
    if form == "tenx":
        return _tenx(folder / "pool.h5", pool)
    if form == "mtx":
        return _mtx(folder / "pool", pool)
    data = _anndata(pool, form)
    if form == "zarr":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the writers announce their next defaults
            data.write_zarr(folder / "pool.zarr")
        return folder / "pool.zarr"
    data.write_h5ad(folder / "pool.h5ad")
    return folder / "pool.h5ad"


def _anndata(pool: Pool, form: str) -> Any:
    import anndata
    import pandas as pd

    obs = pd.DataFrame({"donor_id": pd.Categorical(pool.donors)}, index=pool.barcodes)
    obs["day"] = np.where(pool.donors == "P1", 28, 60)
    var = pd.DataFrame({"gene_ids": pool.blood.ids}, index=pool.blood.names)
    counts = pool.blood.counts
    matrix = {"csc": counts.tocsc, "dense": counts.toarray}.get(form, lambda: counts)()
    return anndata.AnnData(matrix, obs=obs, var=var)


def _tenx(path: Path, pool: Pool) -> Path:
    counts = pool.blood.counts
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        group["data"], group["indices"] = counts.data, counts.indices.astype(np.int64)
        group["indptr"] = counts.indptr.astype(np.int64)
        group["shape"] = np.array(counts.shape[::-1], np.int32)
        group["barcodes"] = np.array(pool.barcodes, "S")
        group["features/id"] = np.array(pool.blood.ids, "S")
        group["features/name"] = np.array(pool.blood.names, "S")
    return path


def _mtx(folder: Path, pool: Pool) -> Path:
    folder.mkdir()
    mmwrite(folder / "matrix.mtx", sparse.csc_matrix(pool.blood.counts.T), field="integer")
    genes = [f"{i}\t{n}\tGene Expression" for i, n in
             zip(pool.blood.ids, pool.blood.names, strict=True)]  # fmt: skip
    _write_gz(folder / "features.tsv.gz", genes)
    _write_gz(folder / "barcodes.tsv.gz", pool.barcodes)
    return folder


def _write_gz(path: Path, lines: Sequence[str]) -> None:
    path.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n"))
