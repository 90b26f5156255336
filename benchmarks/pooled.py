"""A pooled file: many samples in one pass against the same file read as one sample.

    python -m benchmarks pooled

Goals: at most 1.3 times the CPU time, and 100 samples in a file of a million cells within 1 GB.
Cells of the samples are mixed at random, as hashtags and genotypes leave them.
"""

import shutil
from pathlib import Path

import h5py
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.make_big_file import BYTES_PER_CELL, big_file
from benchmarks.make_repeated_file import repeated_file
from benchmarks.speed import best, measure
from features.atomic_write import replacing
from features.settings import var_dir

CELLS, TIMES = 100_000, 10
DONOR = "donor_id"


def pooled_file(original: Path, n_samples: int) -> Path:
    """A copy of the file whose cells belong to so many donors, made when it is not there yet."""
    path = original.with_stem(f"{original.stem}_pooled_{n_samples}")
    if not path.exists():
        with replacing(path) as draft:
            shutil.copy(original, draft)
            _add_donors(draft, n_samples)
    return path


def _add_donors(path: Path, n_samples: int) -> None:
    text = h5py.string_dtype()
    with h5py.File(path, "a") as file:
        n_cells = int(file["X"].attrs["shape"][0])
        if "obs" in file:
            del file["obs"]
        obs = file.create_group("obs")
        obs.attrs["_index"], obs.attrs["column-order"] = "_index", [DONOR]
        obs.create_dataset("_index", data=[f"C{i}" for i in range(n_cells)], dtype=text)
        donor = obs.create_group(DONOR)
        donor.create_dataset("categories", data=[f"P{i}" for i in range(n_samples)], dtype=text)
        codes = np.random.default_rng(0).integers(n_samples, size=n_cells)
        donor.create_dataset("codes", data=codes.astype(np.int16))


def main() -> None:
    """Print the ratio and the memory; the million cells only where the disk has room."""
    table = Table("cells", "samples", "wall s", "CPU s", "peak MB", "CPU / one sample")
    _compare(table, big_file(CELLS), 10, turns=3)
    if shutil.disk_usage(var_dir()).free > 3 * TIMES * CELLS * BYTES_PER_CELL:
        _compare(table, repeated_file(CELLS, TIMES), 100, turns=1)
    Console(width=110).print(table)


def _compare(table: Table, original: Path, n_samples: int, turns: int) -> None:
    path = pooled_file(original, n_samples)
    one, several = (
        best([measure(job, path) for _ in range(turns)]) for job in ("one_sample", "pooled")
    )
    with h5py.File(path) as file:
        n_cells = f"{int(file['X'].attrs['shape'][0]):,}"
    for n, run in ((1, one), (n_samples, several)):
        figures = f"{run['wall']:.1f}", f"{run['cpu']:.1f}", f"{run['peak']:.0f}"
        table.add_row(n_cells, str(n), *figures, f"{run['cpu'] / one['cpu']:.2f}")


if __name__ == "__main__":
    main()
