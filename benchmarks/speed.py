"""Speed and memory of summarising a count file, against scanpy and against decompression alone.

    python -m benchmarks.speed            (or python -m benchmarks speed)

All read the same gzip .h5ad: real cells resampled (`benchmarks.make_big_file`). Each measurement
runs in a fresh process, which reports its time, its peak memory and that of the processes it
forked. Wall times depend on the load of the machine; ratios are of alternating runs.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.make_big_file import BYTES_PER_CELL, big_file
from benchmarks.make_repeated_file import repeated_file
from benchmarks.make_tenx_file import tenx_file
from features.cells.scan import scan_counts
from features.genes.annotation import assign_roles
from features.readers.open_counts import open_counts
from features.settings import var_dir

SMALL, TIMES = 100_000, 10
TURNS = 3
NAMES = {"row": "row, cold", "warm": "row, warm", "inflate": "inflate"}
GOALS = (
    "goals: 12x scanpy with one process, 25x with two, 1.5x inflating, 1 GB a process, cold (its "
    "first sample) and warm (a later one), 400 bytes a cell"
)


def measure(job: str, path: Path, processes: int = 1) -> dict[str, float]:
    """Run one job of `benchmarks.speed_jobs` in a fresh process: seconds and peak megabytes."""
    command = [sys.executable, "-m", "benchmarks.speed_jobs", job, str(path), str(processes)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def best(runs: list[dict[str, float]]) -> dict[str, float]:
    """The quickest run, with the greatest memory of all."""
    quickest = min(runs, key=lambda run: run["wall"])
    return {**quickest, "peak": max(run["peak"] for run in runs)}


def compare(path: Path, n_cells: int, with_scanpy: bool, turns: int) -> None:
    """One table: our path and inflating with one and two processes, and scanpy."""
    jobs = [("row", 1), ("row", 2), ("warm", 1), ("warm", 2), ("inflate", 1), ("inflate", 2)]
    measure("row", tenx_file())  # compiles, if nothing has yet
    runs: dict[tuple[str, int], list[dict[str, float]]] = {job: [] for job in jobs}
    with Console(stderr=True).status(f"measuring {n_cells:,} cells"):
        for _ in range(turns):
            for job in jobs:
                runs[job].append(measure(job[0], path, job[1]))
        peer = measure("scanpy", path) if with_scanpy else None
    best_runs = {job: best(several) for job, several in runs.items()}
    _print(n_cells, path, best_runs, peer)


def _print(
    n_cells: int,
    path: Path,
    best_runs: dict[tuple[str, int], dict[str, float]],
    peer: dict[str, float] | None,
) -> None:
    title = f"{n_cells:,} cells x 20,000 genes, gzip .h5ad of {path.stat().st_size / 1e9:.2f} GB"
    table = Table("", "wall s", "CPU s", "peak MB", "cells/s", "scanpy /", "/ inflate", title=title)
    for (job, processes), run in best_runs.items():
        speedup = _ratio(peer, run, 1) if peer else ""
        inflate_run = best_runs["inflate", processes]
        inflate_ratio = _ratio(run, inflate_run, 2)
        name = f"{NAMES[job]}, {processes} process{'es' if processes > 1 else ''}"
        table.add_row(name, *_figures(run, n_cells), speedup, inflate_ratio)
    if peer:
        table.add_row("scanpy: read, QC, log1p, 12 scores", *_figures(peer, n_cells), "1x")
    Console(width=130).print(table)
    if peer:
        inflate_run = best_runs["inflate", 1]["cpu"]
        print(
            f"inflating these chunks takes {inflate_run:.1f} CPU s: on two free cores no reader of "
            f"this file passes {peer['cpu'] / (inflate_run / 2):.0f}x scanpy"
        )


def _ratio(one: dict[str, float], other: dict[str, float], digits: int) -> str:
    wall, processor = one["wall"] / other["wall"], one["cpu"] / other["cpu"]
    return f"{wall:.{digits}f}x ({processor:.{digits}f}x CPU)"


def _figures(run: dict[str, float], n_cells: int) -> tuple[str, ...]:
    speed = n_cells / run["wall"]
    return f"{run['wall']:.1f}", f"{run['cpu']:.1f}", f"{run['peak']:.0f}", f"{speed:,.0f}"


def single() -> None:
    """A usual sample: in a cold process, by the command line, and in a warm process."""
    path = tenx_file()
    cold, warm = (best([measure(job, path) for _ in range(TURNS)]) for job in ("cold", "warm"))
    command_seconds = min(_command_line_seconds(path) for _ in range(TURNS))
    print(
        f"5,000 cells, 1,700 non-zeros each, Cell Ranger .h5: cold process to row "
        f"{cold['wall']:.2f} s (goal 4), {cold['peak']:.0f} MB; python -m features "
        f"{command_seconds:.2f} s; "
        f"warm {warm['wall']:.3f} s, {warm['cpu']:.3f} s CPU (goal 0.4), {warm['peak']:.0f} MB; "
        f"{bytes_per_cell(path):.0f} bytes kept a cell"
    )


def bytes_per_cell(path: Path) -> float:
    """What is kept of each good cell between reading and its features."""
    source = open_counts(path)
    cells = scan_counts(source, assign_roles(source.reference)).cells
    arrays = (cells.total, cells.depth, cells.n_genes, cells.mito, cells.low, *cells.high.values())
    return sum(array.nbytes for array in arrays) / cells.n_cells


def _command_line_seconds(path: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        start = os.times().elapsed
        command = [sys.executable, "-m", "features", str(path), "-o", f"{folder}/f.parquet"]
        subprocess.run(command, check=True, capture_output=True)
        return os.times().elapsed - start


def main() -> None:
    """Print all tables; the million cells only where the disk has room for their file."""
    print(GOALS)
    single()
    compare(big_file(SMALL), SMALL, with_scanpy=True, turns=TURNS)
    free_bytes = shutil.disk_usage(var_dir()).free
    if free_bytes > 2 * TIMES * SMALL * BYTES_PER_CELL:
        print(f"{TIMES * SMALL:,} cells: the same resampled cells {TIMES} times over")
        compare(repeated_file(SMALL, TIMES), TIMES * SMALL, with_scanpy=False, turns=1)
    else:
        print(f"{TIMES * SMALL:,} cells: passed over, {free_bytes / 1e9:.0f} GB of disk are free")


if __name__ == "__main__":
    main()
