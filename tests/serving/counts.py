"""A small count file of simulated cells, in Cell Ranger's format."""

from pathlib import Path

import h5py
import numpy as np
from scipy import sparse

from features.celltypes.cell_types import load_rates
from features.genes.depth_genes import load_depth_genes

MIX = {"cd4_t": 0.45, "cd8_t": 0.2, "nk": 0.1, "cd14_monocyte": 0.2, "b": 0.05}
DEPTH = 2500
OUTSIDE = {"RPL13": "ENSG00000167526", "MALAT1": "ENSG00000251562"}
OUTSIDE_UMIS = 750  # of each gene outside the depth set


def write_counts(
    path: Path, n_cells: int = 400, seed: int = 0, provenance: str = "synthetic"
) -> Path:
    """Poisson counts of the rate table's types, the rest of each cell spread over depth genes."""
    table, rng, depth_genes = load_rates(), np.random.default_rng(seed), load_depth_genes()
    types = [table.types.index(name) for name in MIX]
    drawn = rng.choice(types, n_cells, p=list(MIX.values()))
    rates = table.rates.T[drawn] * DEPTH / 1e4
    in_depth = [gene in depth_genes.symbols for gene in table.genes]
    others = {name: i for name, i in depth_genes.symbols.items() if name not in table.genes}
    shares = depth_genes.shares[list(others.values())]
    rest = np.maximum(DEPTH - rates[:, in_depth].sum(axis=1, keepdims=True), 500.0)
    outside = np.full((n_cells, len(OUTSIDE)), OUTSIDE_UMIS)
    means = np.hstack([rates, rest * shares / shares.sum(), outside])
    counts = sparse.csc_matrix(rng.poisson(means).T)
    ids_by_position = list(depth_genes.ensembl_ids)
    names = [*table.genes, *others, *OUTSIDE]
    ids = [*table.ensembl_ids, *(ids_by_position[i] for i in others.values()), *OUTSIDE.values()]
    with h5py.File(path, "w") as file:
        file.attrs["provenance"] = provenance
        matrix = file.create_group("matrix")
        matrix["data"], matrix["indices"] = counts.data.astype("i4"), counts.indices.astype("i8")
        matrix["indptr"] = counts.indptr.astype("i8")
        matrix["shape"] = np.array(counts.shape, "i4")
        matrix["barcodes"] = np.array([f"CELL{i:06d}-1" for i in range(n_cells)], "S")
        about = matrix.create_group("features")
        about["id"], about["name"] = np.array(ids, "S"), np.array(names, "S")
        about["feature_type"] = np.array(["Gene Expression"] * len(ids), "S")
        about["genome"] = np.array(["GRCh38"] * len(ids), "S")
    return path
