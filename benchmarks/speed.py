"""Speed and memory of summarising a count file, against scanpy, brisc and decompression alone.

    python -m benchmarks.speed            (or python -m benchmarks speed)

All read the same gzip .h5ad: real cells resampled (`benchmarks.make_big_file`). Each measurement
runs in a fresh process, which reports its time, its peak memory and that of the processes it
forked. Wall times depend on the load of the machine; ratios are of alternating runs. brisc is
installed by uv, in an environment of its own, from the package index (`benchmarks.speed_brisc`).
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
NAMES = {
    "row": "row, cold", "warm": "row, warm", "sums": "types and pseudobulk, cold",
    "inflate": "inflate", "brisc": "brisc: load, QC, pseudobulk",
}  # fmt: skip
GOALS = (
    "goals: 12x scanpy with one process, 25x with two, 1.5x inflating, 1 GB a process, cold (its "
    "first sample) and warm (a later one); CPU time of a row at most a third of brisc's for load, "
    "quality and pseudobulk; 400 bytes kept a cell"
)
Job = tuple[str, int]
Run = dict[str, float]


def measure(job: str, path: Path, processes: int = 1) -> Run:
    """Run one job of `benchmarks.speed_jobs` in a fresh process: seconds and peak megabytes."""
    words = ["benchmarks.speed_jobs", job, str(path), str(processes)]
    return _figures_of([sys.executable, "-m", *words])


def measure_brisc(path: Path, threads: int) -> Run:
    """The same for brisc; nothing where uv is not installed or cannot get it."""
    script = Path(__file__).with_name("speed_brisc.py")
    command = ["uv", "run", "--quiet", "--script", str(script), str(path), str(threads)]
    try:
        return _figures_of(command)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"brisc: passed over ({type(error).__name__})", file=sys.stderr)
        return {}


def _figures_of(command: list[str]) -> Run:
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def best(runs: list[Run]) -> Run:
    """The quickest run, with the least processor time and the greatest memory of all."""
    quickest = min(runs, key=lambda run: run["wall"])
    most = {name: max(run[name] for run in runs) for name in ("peak", "grown")}
    return {**quickest, "cpu": min(run["cpu"] for run in runs), **most}


def compare(path: Path, n_cells: int, with_peers: bool, turns: int) -> None:
    """One table: our path and inflating with one and two processes, scanpy and brisc."""
    ours = ("row", "warm", "sums", "inflate") if with_peers else ("row", "warm", "inflate")
    jobs: list[Job] = [(name, n) for name in ours for n in (1, 2)]
    measure("row", tenx_file())  # compiles, if nothing has yet
    runs: dict[Job, list[Run]] = {job: [] for job in jobs}
    brisc_runs: dict[Job, list[Run]] = {("brisc", 1): [], ("brisc", 2): []}
    with Console(stderr=True).status(f"measuring {n_cells:,} cells"):
        for _ in range(turns):
            for job in jobs:
                runs[job].append(measure(job[0], path, job[1]))
            for job in brisc_runs if with_peers else ():
                brisc_runs[job].append(measure_brisc(path, job[1]))
        peer = measure("scanpy", path) if with_peers else None
    runs |= {
        job: finished_runs
        for job, several in brisc_runs.items()
        if (finished_runs := [*filter(None, several)])
    }
    _print(n_cells, path, {job: best(several) for job, several in runs.items()}, peer)


def _print(n_cells: int, path: Path, runs: dict[Job, Run], peer: Run | None) -> None:
    title = f"{n_cells:,} cells x 20,000 genes, gzip .h5ad of {path.stat().st_size / 1e9:.2f} GB"
    columns = ("wall s", "CPU s", "peak MB", "B a cell", "cells/s")
    table = Table("", *columns, "scanpy /", "/ brisc", "/ inflate", title=title)
    for (job, processes), run in runs.items():
        name = f"{NAMES[job]}, {processes} process{'es' if processes > 1 else ''}"
        brisc, inflate = runs.get(("brisc", processes)), runs["inflate", processes]
        table.add_row(
            name, *_figures(run, n_cells), _ratio(peer, run, 1), _ratio(run, brisc, 2),
            _ratio(run, inflate, 2),
        )  # fmt: skip
    if peer:
        table.add_row("scanpy: read, QC, log1p, 12 scores", *_figures(peer, n_cells), "1x")
    Console(width=160).print(table)
    if peer:
        inflate_seconds = runs["inflate", 1]["cpu"]
        print(
            f"inflating these chunks takes {inflate_seconds:.1f} CPU s: on two free cores no "
            f"reader of this file passes {peer['cpu'] / (inflate_seconds / 2):.0f}x scanpy"
        )


def _ratio(one: Run | None, other: Run | None, digits: int) -> str:
    if not one or not other:
        return ""
    wall, processor = one["wall"] / other["wall"], one["cpu"] / other["cpu"]
    return f"{wall:.{digits}f}x ({processor:.{digits}f}x CPU)"


def _figures(run: Run, n_cells: int) -> tuple[str, ...]:
    speed, bytes_each = n_cells / run["wall"], 1e6 * run["grown"] / n_cells
    return (
        f"{run['wall']:.1f}", f"{run['cpu']:.1f}", f"{run['peak']:.0f}", f"{bytes_each:,.0f}",
        f"{speed:,.0f}",
    )  # fmt: skip


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
        f"{bytes_per_cell(path):.0f} bytes kept a cell, "
        f"{1e6 * cold['grown'] / 5_000:,.0f} at the peak"
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
    compare(big_file(SMALL), SMALL, with_peers=True, turns=TURNS)
    free_bytes = shutil.disk_usage(var_dir()).free
    if free_bytes > 2 * TIMES * SMALL * BYTES_PER_CELL:
        print(f"{TIMES * SMALL:,} cells: the same resampled cells {TIMES} times over")
        compare(repeated_file(SMALL, TIMES), TIMES * SMALL, with_peers=False, turns=1)
    else:
        print(f"{TIMES * SMALL:,} cells: passed over, {free_bytes / 1e9:.0f} GB of disk are free")


if __name__ == "__main__":
    main()
