"""A small blood sample drawn from the rate table, and writers of it in several formats."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from scipy import sparse

from features.genes.expression_rates import load_rates
from features.genes.panels import PANEL_GENES, gene_ids

MITO = {"MT-ND1": "ENSG00000198888", "MT-CO1": "ENSG00000198804", "MT-CYB": "ENSG00000198727"}
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
    """Poisson counts: panel genes at their type's rate, the rest of the depth over other genes."""
    rng = np.random.default_rng(seed)
    table = load_rates()
    fillers = n_genes - len(PANEL_GENES) - len(MITO)
    names = [*PANEL_GENES, *MITO, *(f"GENE{i}" for i in range(fillers))]
    ids = [gene_ids()[g] for g in PANEL_GENES] + [*MITO.values()]
    ids += [f"ENSG9{i:010d}" for i in range(fillers)]
    types = rng.choice(list(MIX), size=n_cells, p=list(MIX.values())).tolist()
    rates = np.full((n_cells, n_genes), 0.0)
    row = {gene: i for i, gene in enumerate(table.genes)}
    columns = [table.types.index(t) for t in types]
    for j, gene in enumerate(PANEL_GENES):
        rates[:, j] = table.rates[row[gene], columns] if gene in row else 0.5
    rates[:, len(PANEL_GENES) : len(PANEL_GENES) + len(MITO)] = 100.0
    other = rng.lognormal(0.0, 1.0, fillers)
    remaining = np.maximum(10_000 - rates.sum(axis=1, keepdims=True), 2000.0)
    rates[:, -fillers:] = remaining * other / other.sum()
    depths = rng.lognormal(np.log(depth), 0.3, n_cells)[:, None]
    counts = sparse.csr_matrix(rng.poisson(rates * depths / 1e4).astype(np.int32))
    return Blood(counts, ids, names, types)


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
