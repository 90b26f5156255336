"""A small count file of simulated cells, in Cell Ranger's format."""

from pathlib import Path

import h5py
import numpy as np
from scipy import sparse

from features.celltypes.cell_types import load_rates

MIX = {"cd4_t": 0.45, "cd8_t": 0.2, "nk": 0.1, "cd14_monocyte": 0.2, "b": 0.05}
DEPTH = 4000
FILLER = 3000


def write_counts(
    path: Path, n_cells: int = 400, seed: int = 0, provenance: str = "synthetic"
) -> Path:
    """Poisson counts of the rate table's types, the rest of each cell spread over other genes."""
    table, rng = load_rates(), np.random.default_rng(seed)
    types = [table.types.index(name) for name in MIX]
    drawn = rng.choice(types, n_cells, p=list(MIX.values()))
    known = rng.poisson(table.rates.T[drawn] * DEPTH / 1e4)
    other = rng.poisson((DEPTH - known.sum(1, keepdims=True)) / FILLER, (n_cells, FILLER))
    counts = sparse.csc_matrix(np.hstack([known, other]).T)
    names = [*table.genes, *(f"FILLER{i}" for i in range(FILLER))]
    ids = [*table.ensembl_ids, *(f"ENSG9{i:010d}" for i in range(FILLER))]
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
