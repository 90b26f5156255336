"""Make a large .h5ad for speed measurements: real cells resampled with binomial thinning.

    python -m benchmarks.make_big_file 100000

No sample holds so many cells. These are CARPALL's deepest cells drawn with replacement, every UMI
kept with a probability drawn per cell, over the 20,000 genes seen in most of them (and all panel
genes): real sparsity and real compressibility, about 2,000 non-zeros a cell. They lie under
var/benchmarks and are marked as resampled. Packed as AnnData packs them: gzip level 4, its chunks.
"""

import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py._hl.filters import guess_chunk  # AnnData leaves the choice to h5py; so do we
from numba import njit
from rich.progress import track
from scipy import sparse

from benchmarks.cells import carpall_matrix, carpall_samples
from features.atomic_write import replacing
from features.genes.panels import match_panel
from features.settings import prepare_libraries, var_dir

N_GENES = 20_000
DEEP = 1_900  # non-zeros a cell must have to be drawn
KEEP = (0.55, 0.85)  # a UMI's probability of being kept, drawn per cell
STEP = 5_000  # cells drawn at a time
BYTES_PER_CELL = 5_000  # of the finished file, about


def big_file(n_cells: int) -> Path:
    """Path of the file with so many cells, made when it is not there yet."""
    path = var_dir() / "benchmarks" / f"resampled_{n_cells}.h5ad"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as draft:
            _write(draft, n_cells)
    return path


def pool() -> tuple[sparse.csr_matrix, list[str], list[str]]:
    """CARPALL's deep cells over the genes seen most often: counts, Ensembl ids, names."""
    parts = []
    for sample in carpall_samples()["sample_id"]:
        matrix, ids, names, _ = carpall_matrix(sample)
        parts.append(matrix[np.diff(matrix.indptr) >= DEEP])
    counts = sparse.vstack(parts).tocsr()
    n_cells_by_gene = counts.getnnz(axis=0)
    n_cells_by_gene[list(match_panel(ids, names).values())] = counts.shape[0] + 1
    genes = np.sort(np.argsort(-n_cells_by_gene, kind="stable")[:N_GENES])
    selected = sparse.csr_matrix(counts[:, genes])
    selected.sort_indices()
    return selected, [ids[g] for g in genes], [names[g] for g in genes]


@njit(cache=True)
def _thin(indptr, indices, data, rows, keep, out_ptr, out_indices, out_data, seed):  # type: ignore[no-untyped-def]
    np.random.seed(seed)  # noqa: NPY002  (numba knows no generator)
    at = 0
    for i in range(rows.shape[0]):
        for k in range(indptr[rows[i]], indptr[rows[i] + 1]):
            n_left = 0
            for _ in range(data[k]):
                n_left += np.random.random() < keep[i]  # noqa: NPY002
            if n_left:
                out_indices[at], out_data[at] = indices[k], n_left
                at += 1
        out_ptr[i] = at
    return at


def draws(
    counts: sparse.csr_matrix, n_cells: int, keep_range: tuple[float, float] = KEEP
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Non-zeros of each cell, gene indices and values, some thousand cells at a time."""
    rng = np.random.default_rng(0)
    max_entries = int(np.diff(counts.indptr).max()) * STEP
    values = counts.data.astype(np.int64)
    for first in range(0, n_cells, STEP):
        n = min(STEP, n_cells - first)
        rows, keep = rng.integers(counts.shape[0], size=n), rng.uniform(*keep_range, size=n)
        ends = np.empty(n, np.int64)
        indices, data = np.empty(max_entries, np.int32), np.empty(max_entries, np.float32)
        end = _thin(
            counts.indptr, counts.indices, values, rows, keep, ends, indices, data, first
        )  # fmt: skip
        yield np.diff(ends, prepend=0), indices[:end], data[:end]


class _GrowingVector:
    """A vector that grows chunk by chunk, each deflated in a thread and written as it is."""

    def __init__(self, group: h5py.Group, name: str, dtype: str, expected: int) -> None:
        size = guess_chunk((expected,), (None,), np.dtype(dtype).itemsize)
        self.dataset = group.create_dataset(
            name, (0,), dtype, chunks=size, maxshape=(None,), compression="gzip",
            compression_opts=4,
        )  # fmt: skip
        self.size, self.rest, self.written = size[0], np.empty(0, dtype), 0

    def add(self, values: np.ndarray, threads: ThreadPoolExecutor, last: bool = False) -> None:
        """Write whole chunks; what remains waits for the next values, or is padded at the end."""
        buffer = np.concatenate([self.rest, values])
        total = self.written + buffer.size
        if last and buffer.size % self.size:
            buffer = np.pad(buffer, (0, self.size - buffer.size % self.size))
        n_chunks = buffer.size // self.size
        chunks = [buffer[i * self.size : (i + 1) * self.size].tobytes() for i in range(n_chunks)]
        self.dataset.resize((total if last else self.written + n_chunks * self.size,))
        for compressed_chunk in threads.map(lambda raw: zlib.compress(raw, 4), chunks):
            self.dataset.id.write_direct_chunk((self.written,), compressed_chunk)
            self.written += self.size
        self.rest = buffer[n_chunks * self.size :]


def _write(path: Path, n_cells: int) -> None:
    counts, ids, names = pool()
    expected = int(0.9 * counts.nnz / counts.shape[0] * n_cells)
    with h5py.File(path, "w") as file, ThreadPoolExecutor(2) as threads:
        _describe(file, {"encoding-type": "anndata", "encoding-version": "0.1.0"})
        group = file.create_group("X")
        shape = np.array([n_cells, len(ids)])
        _describe(
            group, {"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": shape}
        )
        vectors = [_GrowingVector(group, "indices", "int32", expected)]
        vectors.append(_GrowingVector(group, "data", "float32", expected))
        sizes = []
        steps = -(-n_cells // STEP)
        for n_entries, *arrays in track(draws(counts, n_cells), "drawing cells", total=steps):
            sizes.append(n_entries)
            for vector, values in zip(vectors, arrays, strict=True):
                vector.add(values, threads, last=len(sizes) == steps)
        indptr = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
        # As scipy has it, which refuses pointers wider than indices in some of its functions.
        width = "int32" if indptr[-1] < 2**31 else "int64"
        group.create_dataset("indptr", data=indptr.astype(width), compression="gzip")
        _frame(file, "obs", [f"C{i}" for i in range(n_cells)], {})
        _frame(file, "var", names, {"gene_ids": ids})
        file.attrs["resampled"] = "real cells of CARPALL, drawn again with binomial thinning"


def _describe(node: Any, attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        node.attrs[name] = value


def _frame(file: h5py.File, name: str, index: list[str], columns: dict[str, list[str]]) -> None:
    group = file.create_group(name)
    _describe(group, {"encoding-type": "dataframe", "encoding-version": "0.2.0"})
    _describe(group, {"_index": "_index"})
    group.attrs.create("column-order", list(columns), dtype=h5py.string_dtype())
    for column, texts in {"_index": index, **columns}.items():
        vector = group.create_dataset(column, data=texts, dtype=h5py.string_dtype())
        _describe(vector, {"encoding-type": "string-array", "encoding-version": "0.2.0"})


if __name__ == "__main__":
    prepare_libraries()
    print(big_file(int(sys.argv[1])))
