"""Make a Cell Ranger .h5 of usual size for speed measurements: real cells, resampled.

5,000 cells with about 1,700 non-zeros, packed as Cell Ranger packs them: gzip with byte shuffle,
80,000 entries a chunk, 64-bit indices.
"""

from pathlib import Path

import h5py
import numpy as np

from benchmarks.make_big_file import draws, pool
from features.atomic_write import replacing
from features.settings import var_dir

KEEP = (0.40, 0.66)  # thinned further: 1,700 non-zeros a cell
CHUNK = (80_000,)


def tenx_file(n_cells: int = 5_000) -> Path:
    """Path of the file, made when it is not there yet."""
    path = var_dir() / "benchmarks" / f"resampled_{n_cells}.h5"
    if not path.exists():
        with replacing(path) as draft:
            _write(draft, n_cells)
    return path


def _write(path: Path, n_cells: int) -> None:
    counts, ids, names = pool()
    cells = list(draws(counts, n_cells, KEEP))
    sizes, indices, data = (np.concatenate(parts) for parts in zip(*cells, strict=True))
    with h5py.File(path, "w") as file:
        matrix = file.create_group("matrix")
        compression = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
        matrix.create_dataset("data", data=data.astype("i4"), chunks=CHUNK, **compression)
        matrix.create_dataset("indices", data=indices.astype("i8"), chunks=CHUNK, **compression)
        indptr = np.concatenate([[0], np.cumsum(sizes)]).astype("i8")
        matrix.create_dataset("indptr", data=indptr, **compression)
        matrix["shape"] = np.array([len(ids), n_cells], "i4")
        matrix["barcodes"] = np.array([f"C{i}-1" for i in range(n_cells)], "S")
        features = matrix.create_group("features")
        kinds = ["Gene Expression"] * len(ids)
        for name, texts in (("id", ids), ("name", names), ("feature_type", kinds)):
            features[name] = np.array(texts, "S")
        file.attrs["resampled"] = "real cells of CARPALL, drawn again with binomial thinning"
