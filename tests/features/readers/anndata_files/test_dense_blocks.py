"""Dense matrices in any chunks, streamed along either axis, against the matrix itself."""

import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy import sparse

from features.errors import InputError
from features.kernels.count_block import CountBlock
from features.readers.anndata_files import dense_blocks
from features.readers.anndata_files.dense_blocks import best_axis

RNG = np.random.default_rng(4)
VALUES = RNG.poisson(0.3, (230, 170)).astype(np.float32)
CHUNKS = {"contiguous": None, "rows": (40, 170), "columns": (230, 3), "tiles": (37, 29)}


def dataset(path: Path, **options: object) -> h5py.Dataset:
    """The values in a file."""
    return h5py.File(path / "d.h5", "w").create_dataset("X", data=VALUES, **options)


def together(blocks: Iterable[CountBlock], width: int) -> np.ndarray:
    """Blocks under each other as a dense matrix; they come in order without gaps."""
    parts, first = [], 0
    for block in blocks:
        assert block.first == first
        first += block.indptr.size - 1
        shape = (block.indptr.size - 1, width)
        parts.append(sparse.csr_matrix((block.data, block.indices, block.indptr), shape).toarray())
    return np.concatenate(parts)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("chunks", CHUNKS)
def test_every_layout_gives_the_matrix(
    tmp_path: Path, chunks: str, axis: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Along rows and along columns, in bands and tiles much smaller than the matrix."""
    monkeypatch.setattr(dense_blocks, "STEP_VALUES", 500)
    monkeypatch.setattr(dense_blocks, "TILE_VALUES", 2_000)
    array = dataset(tmp_path, chunks=CHUNKS[chunks])
    blocks = list(dense_blocks.dense_blocks(array, axis, "X"))
    expected = VALUES if axis == 0 else VALUES.T
    np.testing.assert_array_equal(together(blocks, expected.shape[1]), expected)


@pytest.mark.parametrize(("chunks", "axis"), [((230, 3), 1), ((3, 170), 0), ((37, 29), 0)])
def test_bands_run_along_the_chunks(
    tmp_path: Path, chunks: tuple[int, int], axis: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns where chunks are columns, rows where they are rows or nearly square."""
    monkeypatch.setattr(dense_blocks, "STEP_VALUES", 10)
    assert best_axis(dataset(tmp_path, chunks=chunks), 0) == axis


def test_columns_of_a_large_matrix_need_little_memory(tmp_path: Path) -> None:
    """128 MB of values in chunks of columns pass in under 32 MB."""
    file = h5py.File(tmp_path / "d.h5", "w")
    array = file.create_dataset("X", (8000, 4000), "f4", chunks=(8000, 20), compression="gzip")
    for first in range(0, 4000, 400):
        array[:, first : first + 400] = RNG.poisson(0.05, (8000, 400))
    axis = best_axis(array, 0)
    tracemalloc.start()
    n = sum(block.data.size for block in dense_blocks.dense_blocks(array, axis, "X"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n > 0.03 * 8000 * 4000
    assert peak < 32 << 20


@pytest.mark.parametrize("axis", [0, 1])
def test_a_fraction_is_named_with_its_place(
    tmp_path: Path, axis: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row and column as the file stores them, whichever way it is read."""
    monkeypatch.setattr(dense_blocks, "STEP_VALUES", 500)
    array = dataset(tmp_path, chunks=(37, 29))
    array[101, 57] = 0.25
    with pytest.raises(InputError, match=r"X row 101 column 57 holds 0\.25; give raw UMI"):
        list(dense_blocks.dense_blocks(array, axis, "X"))
