"""A small blood sample drawn from the rate table, and writers of it in several formats."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from scipy import sparse

from features.genes.depth_genes import load_depth_genes
from features.genes.expression_rates import load_rates
from features.genes.panels import PANEL_GENES, gene_ids

MITO = {"MT-ND1": "ENSG00000198888", "MT-CO1": "ENSG00000198804", "MT-CYB": "ENSG00000198727"}
# Ribosomal and non-coding genes lie outside the depth set.
OUTSIDE = {
    "RPL10": "ENSG00000147403", "RPL13": "ENSG00000167526", "RPS27": "ENSG00000177954",
    "MALAT1": "ENSG00000251562",
}  # fmt: skip
MIX = {"cd4_t": 0.45, "cd14_monocyte": 0.25, "nk": 0.12, "b": 0.15, "cd16_monocyte": 0.03}


@dataclass
class Blood:
    """Counts (cells x genes, CSR int32) with ids, names and each cell's true type."""

    counts: sparse.csr_matrix
    ids: list[str]
    names: list[str]
    types: list[str]

    def column(self, gene: str) -> np.ndarray:
        """Counts of one gene, shape (n,)."""
        return np.asarray(self.counts[:, self.names.index(gene)].todense()).ravel()


def draw_blood(
    n_cells: int = 400, n_genes: int = 12_000, depth: float = 3000, seed: int = 1
) -> Blood:
    """Poisson counts of `n_genes` genes, `depth` UMIs in the median cell; other depth genes silent.

    Panel genes have their type's rate, per 10,000 UMIs of the depth genes; the other depth genes
    are around their share in blood; a third of all UMIs lies outside the depth set.
    """
    rng = np.random.default_rng(seed)
    genes = load_depth_genes()
    inner = {g: i for g, i in zip(genes.symbols, genes.ensembl_ids, strict=True)
             if g not in PANEL_GENES}  # fmt: skip
    n_real = len(PANEL_GENES) + len(MITO) + len(OUTSIDE)
    n_outer = max(100, n_genes - n_real - len(inner))
    n_inner = n_genes - n_real - n_outer
    outer = {f"GENE{i}": f"ENSG9{i:010d}" for i in range(n_outer)}
    panel = {gene: gene_ids()[gene] for gene in PANEL_GENES}
    labels = {**panel, **MITO, **OUTSIDE, **inner, **outer}
    types = rng.choice(list(MIX), size=n_cells, p=list(MIX.values())).tolist()
    parts = (
        _panel_rates(types),
        np.full((n_cells, len(MITO)), 150.0),
        np.full((n_cells, len(OUTSIDE)), 900.0),
        _around(genes.shares[[genes.symbols[g] for g in inner]], n_inner, rng)
        * np.maximum(10_000 - _panel_depth(types), 2000.0)[:, None],
        _around(np.ones(n_outer), n_outer, rng) * np.full((n_cells, 1), 1000.0),
    )
    rates = np.concatenate(parts, axis=1)
    depths = rng.lognormal(np.log(depth), 0.3, n_cells)[:, None]
    counts = rng.poisson(rates * depths / rates.sum(axis=1, keepdims=True))
    return Blood(
        sparse.csr_matrix(counts.astype(np.int32)), list(labels.values()), list(labels), types
    )


def _panel_rates(types: list[str]) -> np.ndarray:
    """Rates of the panel genes in cells of these types: the typing table's, else 0.5."""
    table = load_rates()
    columns = [table.types.index(t) for t in types]
    row = {gene: i for i, gene in enumerate(table.genes)}
    absent = np.full(len(types), 0.5)
    return np.stack(
        [table.rates[row[g], columns] if g in row else absent for g in PANEL_GENES], axis=1
    )


def _panel_depth(types: list[str]) -> np.ndarray:
    """UMIs of the panel genes that are depth genes, per 10,000."""
    symbols = load_depth_genes().symbols
    return _panel_rates(types)[:, [gene in symbols for gene in PANEL_GENES]].sum(axis=1)


def _around(shares: np.ndarray, n_expressed: int, rng: np.random.Generator) -> np.ndarray:
    """Shares of the first genes around these, adding up to 1, and zeros for the others."""
    level = shares * rng.lognormal(0.0, 1.0, shares.size)
    level[n_expressed:] = 0.0
    return level / level.sum()


def write_tenx(path: Path, blood: Blood, **options: Any) -> Path:
    """Write a Cell Ranger version 3 .h5; options: kinds, provenance, data dtype, filters."""
    filters = options.get("filters", {"compression": "gzip", "shuffle": True})
    kinds = options.get("kinds") or ["Gene Expression"] * len(blood.ids)
    with h5py.File(path, "w") as file:
        if "provenance" in options:
            file.attrs["provenance"] = options["provenance"]
        group = file.create_group("matrix")
        chunk = options.get("chunk", 8000)
        vectors = {
            "data": blood.counts.data.astype(options.get("dtype", np.int32)),
            "indices": blood.counts.indices.astype(np.int64),
            "indptr": blood.counts.indptr.astype(np.int64),
            "shape": np.array(blood.counts.shape[::-1], np.int32),
            "barcodes": np.array([f"C{i}-1" for i in range(blood.counts.shape[0])], "S"),
        }
        for name, values in vectors.items():
            chunks = None if chunk is None else (min(chunk, len(values)),)
            group.create_dataset(name, data=values, chunks=chunks, **filters)
        features = group.create_group("features")
        for name, texts in (("id", blood.ids), ("name", blood.names), ("feature_type", kinds)):
            features.create_dataset(name, data=np.array(texts, "S"))
    return path


@pytest.fixture(scope="session")
def blood() -> Blood:
    """400 simulated cells in five types."""
    return draw_blood()


@pytest.fixture(scope="session")
def draw_sample() -> Callable[..., Blood]:
    """The drawing function, for other sizes and seeds."""
    return draw_blood


@pytest.fixture(scope="session")
def tenx_writer() -> Callable[..., Path]:
    """The writer, for files with peculiarities."""
    return write_tenx


@pytest.fixture(scope="session")
def tenx(blood: Blood, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The simulated cells as a Cell Ranger .h5."""
    return write_tenx(tmp_path_factory.mktemp("tenx") / "blood.h5", blood, provenance="synthetic")
