"""Real cells for benchmarks, as `CellCounts`, the input of the features.

Read from the data folder (`features.settings.data_dir`); nothing of it is in the repository.
"""

from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import sparse

from features.arrays import Bools, Texts
from features.cells.cell_counts import CellCounts
from features.genes.depth_genes import load_depth_genes, match_depth_genes
from features.genes.panels import PANEL_GENES, match_panel
from features.settings import data_dir

CAR = "CAT_scFv"


def from_matrix(matrix: sparse.csr_matrix, ids: list[str], names: list[str]) -> CellCounts:
    """Keep of a cells x genes matrix what one pass over a file keeps."""
    position = match_panel(ids, names)
    mitochondrial = np.array([name.startswith("MT-") for name in names])
    panel = np.rint(matrix[:, list(position.values())].toarray()).astype(np.int32)
    car = matrix[:, names.index(CAR)].toarray().ravel() if CAR in names else None
    in_depth, _ = match_depth_genes(ids, names)
    return CellCounts(
        np.rint(np.asarray(matrix.sum(axis=1)).ravel()).astype(np.int64),
        np.diff(matrix.indptr).astype(np.int64),
        np.rint(np.asarray(matrix[:, mitochondrial].sum(axis=1)).ravel()).astype(np.int64),
        panel,
        tuple(position),
        tuple(gene for gene in PANEL_GENES if gene not in position),
        None if car is None else car.astype(np.int32),
        depth=np.rint(np.asarray(matrix[:, in_depth].sum(axis=1)).ravel()).astype(np.int64),
    )


def are_good(counts: CellCounts) -> Bools:
    """Cells with >= 400 UMIs, >= 200 genes and <= 20 % mitochondrial UMIs."""
    return (counts.total >= 400) & (counts.n_genes >= 200) & (counts.mito <= 0.2 * counts.total)


def carpall_matrix(sample: str) -> tuple[sparse.csr_matrix, list[str], list[str], list[str]]:
    """Counts, gene ids, gene names and barcodes of one CARPALL sample."""
    with h5py.File(data_dir() / "carpall" / f"{sample}.h5") as file:
        matrix = file["matrix"]
        parts = (matrix["data"][:], matrix["indices"][:], matrix["indptr"][:])
        counts = sparse.csc_matrix(parts, shape=matrix["shape"][:]).T.tocsr()
        texts = [
            [text.decode() for text in matrix[name][:]]
            for name in ("features/id", "features/name", "barcodes")
        ]
    return counts, texts[0], texts[1], texts[2]


def carpall(sample: str) -> tuple[CellCounts, Texts]:
    """Good cells of one CARPALL sample and their barcodes."""
    matrix, ids, names, barcodes = carpall_matrix(sample)
    counts = from_matrix(matrix, ids, names)
    good = are_good(counts)
    return counts.select(good), np.array(barcodes)[good]


def carpall_samples() -> pd.DataFrame:
    """CARPALL's sample sheet."""
    return pd.read_csv(data_dir() / "carpall" / "samples.csv")


def car_t_cells(sample: str, barcodes: Texts) -> Bools:
    """Which barcodes the authors call CAR-T cells."""
    car_barcodes = pd.read_csv(data_dir() / "carpall" / "cart_barcodes.tsv", sep="\t")["CellID"]
    return np.isin([f"{sample}_{barcode}" for barcode in barcodes], car_barcodes)


def h5ad_matrix(path: str) -> tuple[sparse.csr_matrix, list[str]]:
    """Counts and gene names of an .h5ad of the data folder."""
    data = anndata.read_h5ad(data_dir() / path)
    return sparse.csr_matrix(data.X), list(data.var_names)


def h5ad_labels(path: str, column: str) -> tuple[sparse.csr_matrix, list[str], Texts]:
    """Counts, gene names and one column of obs of an .h5ad of the data folder."""
    data = anndata.read_h5ad(data_dir() / path)
    return sparse.csr_matrix(data.X), list(data.var_names), data.obs[column].astype(str).to_numpy()


def _h5ad(path: Path) -> tuple[anndata.AnnData, CellCounts]:
    data = anndata.read_h5ad(path)
    names = list(data.var_names)
    return data, from_matrix(sparse.csr_matrix(data.X), names, names)


def pbmc3k() -> tuple[CellCounts, Texts]:
    """Cells of pbmc3k and their published labels ("unlabelled" where there is none)."""
    data, counts = _h5ad(data_dir() / "pbmc3k" / "pbmc3k.h5ad")
    return counts, data.obs["seurat_label"].astype(str).to_numpy()


def eccite() -> tuple[CellCounts, pd.DataFrame]:
    """500 PBMC with the counts of 49 surface proteins in the same cells."""
    data, counts = _h5ad(data_dir() / "eccite" / "eccite_pbmc_500.h5ad")
    return counts, data.obsm["protein_counts"]


def zilionis() -> tuple[CellCounts, pd.DataFrame]:
    """61 blood cells with the authors' types, neutrophils among them."""
    data, counts = _h5ad(data_dir() / "zilionis" / "blood_61.h5ad")
    return counts, data.obs


def thinned(counts: CellCounts, keep: float, rng: np.random.Generator) -> CellCounts:
    """Binomially thinned cells, as if sequenced to a share `keep` of the depth.

    The genes outside the panel are thinned as two remainders: depth genes and the others.
    """
    in_depth = np.array([gene in load_depth_genes().symbols for gene in counts.genes])
    panel = rng.binomial(counts.panel, keep).astype(np.int32)
    panel_depth = panel[:, in_depth].sum(axis=1)
    rest_of_depth = counts.depth - counts.panel[:, in_depth].sum(axis=1)
    others = counts.total - counts.depth - counts.panel[:, ~in_depth].sum(axis=1)
    depth = panel_depth + rng.binomial(rest_of_depth, keep)
    total = depth + panel[:, ~in_depth].sum(axis=1) + rng.binomial(others, keep)
    car = None if counts.car is None else rng.binomial(counts.car, keep).astype(np.int32)
    mito = rng.binomial(counts.mito, keep)
    return CellCounts(
        total, counts.n_genes, mito, panel, counts.genes, counts.missing_genes, car, depth=depth,
    )  # fmt: skip


def joined(*samples: CellCounts) -> CellCounts:
    """Cells of several samples together, over the panel genes that all their references hold."""
    genes = tuple(gene for gene in samples[0].genes if all(gene in s.genes for s in samples))
    panels = [s.panel[:, [s.genes.index(gene) for gene in genes]] for s in samples]
    total, n_genes, mito, depth = (
        np.concatenate([getattr(s, name) for s in samples])
        for name in ("total", "n_genes", "mito", "depth")
    )
    missing = tuple(sorted({gene for s in samples for gene in s.missing_genes}))
    return CellCounts(total, n_genes, mito, np.concatenate(panels), genes, missing, depth=depth)
