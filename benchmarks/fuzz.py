"""Fuzzing with 500 damaged copies of real count files: rows, refusals, crashes, time-outs.

    python -m benchmarks fuzz

Each copy is cut off, has bits flipped, or a stretch overwritten; half of the damage goes to the
first 16 KB and to the file's last, where HDF5 keeps its structure. A copy must give a row or one
sentence: never a traceback, never a hang. Where the HDF5 library itself ends the process or loops
for ever, which no Python code can stop from inside, the child process is replaced and that one
sample refused. Baseline: what becomes of the same copies where h5py reads their matrix.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from rich.progress import track

from features.errors import InputError, Refusal
from features.pipeline.process_pool import run_tasks
from features.settings import data_dir
from features.table.feature_table import read_table
from features.table.row import Row
from features.table.sample_sheet import sheet_row

CASES = 500
SECONDS = 30.0
COMMAND_LINE_CASES = 40
STRUCTURE = 16_384
FILES = ("carpall/CAR-T10593342.h5", "carpall/CAR-T10484042.h5", "pbmc3k/pbmc3k.h5ad")


class Case(NamedTuple):
    """One damaged copy: the original, and the number that seeds its damage."""

    original: Path
    number: int
    folder: Path


def damaged(raw: bytes, rng: np.random.Generator) -> bytes:
    """The bytes cut off, with 1 to 64 bits flipped, or with a stretch of noise or zeros."""
    damage = rng.integers(4)
    if damage == 0:
        return raw[: int(rng.integers(len(raw)))]
    values = np.frombuffer(raw, np.uint8).copy()
    if damage == 1:
        positions = [_position(len(raw), rng) for _ in range(int(rng.integers(1, 65)))]
        values[positions] ^= (1 << rng.integers(0, 8, size=len(positions))).astype(np.uint8)
        return values.tobytes()
    start, size = _position(len(raw), rng), int(rng.integers(1, 4096))
    part = values[start : start + size]
    part[:] = rng.integers(256, size=part.size) if damage == 2 else 0
    return values.tobytes()


def _position(size: int, rng: np.random.Generator) -> int:
    head, tail = int(rng.integers(STRUCTURE)), size - 1 - int(rng.integers(STRUCTURE))
    return int(rng.choice([head, tail, rng.integers(size), rng.integers(size)])) % size


def _with_copy(case: Case, read: Callable[[Path], str]) -> str:
    rng = np.random.default_rng([case.number, 7])
    path = case.folder / f"{case.number}{case.original.suffix}"
    path.write_bytes(damaged(case.original.read_bytes(), rng))
    try:
        return read(path)
    except Refusal:
        return "refused for its cells"
    except InputError:
        return "refused as damaged"
    except Exception as fault:
        return f"traceback {type(fault).__name__}"
    finally:
        path.unlink()


def ours(case: Case) -> str:
    """What becomes of a copy on our path; a row is compared with the undamaged file's."""
    return _with_copy(case, lambda path: _compare(_row(path), _row(case.original)))


def h5py_alone(case: Case) -> str:
    """What becomes of it when h5py reads its matrix."""
    return _with_copy(case, _read_plainly)


def _row(path: Path) -> Row:
    from features.pipeline.sample import summarise

    return summarise(sheet_row(path, day=1, enrichment="none", sample_id="x"))


def _compare(row: Row, original: Row) -> str:
    return "row as undamaged" if repr(row) == repr(original) else "row that differs"


def _read_plainly(path: Path) -> str:
    with h5py.File(path, "r") as file:
        group = file["X" if path.suffix == ".h5ad" else "matrix"]
        for name in ("data", "indices", "indptr"):
            group[name][:]
    return "read as if whole"


def tally(function: Callable[[Case], str], folder: Path) -> Counter[str]:
    """Run all cases in two child processes and count their outcomes."""
    files = [data_dir() / name for name in FILES]
    cases = [Case(files[i % len(files)], i, folder) for i in range(CASES)]
    for file in files:
        file.stat()  # `python -m benchmarks` reports an absent data set
    outcome_counts: Counter[str] = Counter()
    outcomes = run_tasks(function, cases, 2, lambda _: SECONDS)
    for outcome in track(outcomes, f"reading {CASES} damaged files", total=CASES):
        late = outcome.reason is not None and "processor time" in outcome.reason
        outcome_counts[
            outcome.result or ("refused: HDF5 loops" if late else "refused: HDF5 ended it")
        ] += 1
    return outcome_counts


def through_command_line(folder: Path) -> str:
    """The first copies and a whole file through `python -m features`: what is left behind."""
    original = data_dir() / FILES[0]
    lines = ["sample_id,patient_id,day,path,enrichment", f"whole,P,1,{original},sorted"]
    for number in range(COMMAND_LINE_CASES):
        source = data_dir() / FILES[number % len(FILES)]
        copy = folder / f"{number}{source.suffix}"
        copy.write_bytes(damaged(source.read_bytes(), np.random.default_rng([number, 7])))
        lines.append(f"{number},P,{number + 2},{copy},sorted")
    sheet, output = folder / "samples.csv", folder / "made"
    sheet.write_text("\n".join(lines))
    output.mkdir()
    command = [sys.executable, "-m", "features", str(sheet), "-o", str(output / "f.parquet")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    table = read_table(output / "f.parquet")
    return (
        f"python -m features on {COMMAND_LINE_CASES} of them and a whole file: exit code "
        f"{run.returncode}, {run.stderr.count('Traceback')} tracebacks, a whole table of "
        f"{table.columns.num_rows} rows and {len(table.refused_samples)} refused, files beside it: "
        f"{', '.join(sorted(path.name for path in output.iterdir() if path.suffix != '.parquet'))}"
    )


def main() -> None:
    """Print both tallies."""
    with tempfile.TemporaryDirectory() as folder:
        for name, function in (("features", ours), ("h5py alone", h5py_alone)):
            outcome_counts = tally(function, Path(folder))
            print(
                f"{name}: "
                + ", ".join(f"{n} {outcome}" for outcome, n in outcome_counts.most_common())
            )
        print(through_command_line(Path(folder)))


if __name__ == "__main__":
    main()
