"""Count files of every kind: what becomes of each, on the command line and as an upload.

    python -m benchmarks inputs

Each kind in `benchmarks.input_cases` is written from public samples and read by `cd7watch
features` in a fresh process, then by the process that reads uploads. Verdicts: "right to the bit"
(the row of its control), "right and said" (a row that names what the file lacks; each value is
within a tenth of the SD over CARPALL's usable samples, or withheld), "refused with the true
reason", "closed door" (refused, though it can be read, or for another reason) and "wrong number":
any other row. The goal is none of the last two. Columns that describe the file, such as the median
UMIs, may differ where genes are missing. Baseline: the control, a plain Cell Ranger file.
"""

import csv
import importlib
import json
import pkgutil
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import NamedTuple, cast

import numpy as np
from rich.progress import track

import benchmarks.input_cases
from benchmarks._sheet_verdicts import sheet_verdicts
from benchmarks.input_cases.registry import CASES, InputCase
from features import schema
from features.pipeline.many_samples import summarise_samples
from features.settings import data_dir
from features.table.feature_table import read_table
from features.table.row import Row
from features.table.sample_sheet import read_sheet
from serving.uploads.reader_process import ReaderAnswer

PROCESSES = 2
# A process that starts while a file is written holds the file's lock for a moment.
FILES = Lock()
# The columns that are features of cells, by which rows are compared.
COLUMNS = tuple(schema.SAMPLE_NUMBERS)
TOLERANCE = 0.1  # of the SD over CARPALL's usable samples
# What they describe is the file itself, or that a value is withheld.
OF_THE_FILE = ("n_cells", "median_umi", "median_genes", "mito_fraction", "cd7neg_unresolved")
# What an antibody against CD7 decides.
CD7_COLUMNS = frozenset(
    name
    for name in COLUMNS
    if name.startswith("cd7neg_t") and not name.startswith("cd7neg_t_fraction_rna")
)
VERDICTS = RIGHT, SAID, REFUSED, CLOSED, WRONG = (
    "right to the bit", "right and said", "refused with the true reason", "closed door",
    "wrong number",
)  # fmt: skip
DIFFERS = "upload differs"


class Answer(NamedTuple):
    """What a way in gave: a row, or the sentence of a refusal."""

    row: Row | None
    sentence: str


def load_cases() -> dict[str, InputCase]:
    """Every registered case: importing the modules of `input_cases` registers them."""
    for module in pkgutil.iter_modules(benchmarks.input_cases.__path__):
        importlib.import_module(f"benchmarks.input_cases.{module.name}")
    return CASES


def sheet_columns(case: InputCase) -> dict[str, str]:
    """The context that a case's sample sheet gives; empty values are left out."""
    columns = {"enrichment": "none", "car_gene": "CAT_scFv", **case.sheet}
    return {name: value for name, value in columns.items() if value}


def by_command_line(case: InputCase, folder: Path, path: str) -> Answer:
    """Read a case's file with `python -m features` in a process of its own."""
    sheet, table = folder / "sheet.csv", folder / "table.parquet"
    columns = {"sample_id": "s", "patient_id": "p", "day": "28", "path": path}
    columns |= sheet_columns(case)
    with sheet.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns.keys(), columns.values()])
    command = [sys.executable, "-m", "features", str(sheet), "-o", str(table), "--processes", "1"]
    _, errors = _run(command)
    if table.exists():
        return Answer(read_table(table).to_rows()[0], errors)
    return Answer(None, errors)


def by_upload(case: InputCase, folder: Path, path: str) -> Answer:
    """Read a case's file in the process that reads uploads, which sees no file name."""
    upload = folder / "upload"
    (folder / path).resolve().rename(upload)
    request = {"path": str(upload), "sample": {"day": 28, **sheet_columns(case)}}
    command = [sys.executable, "-m", "serving.uploads.reader_process"]
    output, errors = _run(command, json.dumps(request))
    answer: ReaderAnswer = json.loads(output) if output else {"problem": errors[-500:]}
    if "row" in answer:
        return Answer(cast(Row, answer["row"]), "")
    return Answer(None, answer.get("problem") or answer.get("refused") or str(answer))


def _run(command: list[str], text: str = "") -> tuple[str, str]:
    """Standard output and error of a fresh process."""
    pipe = subprocess.PIPE
    with FILES:
        process = subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe, stderr=pipe)
    output, errors = process.communicate(text)
    return output, errors


def differences(row: Row, control: Row) -> dict[str, tuple[float, float]]:
    """Feature columns that differ to the bit, with the control's value and the row's."""
    pairs = {name: (_number(control[name]), _number(row[name])) for name in COLUMNS}
    return {
        name: (one, other)
        for name, (one, other) in pairs.items()
        if not (one == other or (np.isnan(one) and np.isnan(other)))
    }


def _number(value: object) -> float:
    return float("nan") if value is None else float(str(value))


def verdict(
    case: InputCase, answer: Answer, control: Row, spread: Mapping[str, float]
) -> tuple[str, str]:
    """The verdict on an answer, and what differs or was said."""
    if answer.row is None:
        is_true = case.outcome == "refused" and re.search(case.text, answer.sentence)
        return (REFUSED if is_true else CLOSED), answer.sentence.strip()[-300:]
    changed = differences(answer.row, control)
    if case.outcome == "protein" and answer.row["cd7_source"] == "protein":
        changed = {n: pair for n, pair in changed.items() if n not in CD7_COLUMNS}
    if case.outcome in ("same", "protein") and not changed:
        return RIGHT, "CD7 by protein" if case.outcome == "protein" else ""
    if case.outcome == "said":
        return _said(case, str(answer.row["warnings"] or ""), changed, spread)
    return WRONG, "; ".join(f"{name} {a:.4g} -> {b:.4g}" for name, (a, b) in changed.items())[:300]


def _said(
    case: InputCase,
    codes: str,
    changed: Mapping[str, tuple[float, float]],
    spread: Mapping[str, float],
) -> tuple[str, str]:
    far = [
        f"{name} {a:.4g} -> {b:.4g} (SD {spread[name]:.2g})"
        for name, (a, b) in changed.items()
        if name in spread and not np.isnan(b) and not abs(a - b) <= _allowance(name, spread)
    ]
    if far or not re.search(case.text, codes):
        return WRONG, f"{codes}: {'; '.join(far)}"[:400]
    withheld = [name for name, (_, b) in changed.items() if np.isnan(b)]
    return SAID, f"{codes}; withheld: {', '.join(withheld) or 'nothing'}"[:300]


def _allowance(name: str, spread: Mapping[str, float]) -> float:
    """A tenth of the SD; for fractions at least two cells of a thousand."""
    return max(TOLERANCE * spread[name], 0.002 if name.endswith("_fraction") else 0.0)


def usable_spread() -> dict[str, float]:
    """SD of each feature over CARPALL's usable samples."""
    samples = read_sheet(data_dir() / "carpall" / "samples.csv")
    rows = summarise_samples(samples, PROCESSES).rows
    names = [name for name in COLUMNS if not name.endswith("_se") and name not in OF_THE_FILE]
    values = {name: np.array([_number(row[name]) for row in rows]) for name in names}
    return {
        name: float(np.nanstd(value, ddof=1))
        for name, value in values.items()
        if np.isfinite(value).sum() > 1
    }


def run_case(case: InputCase, root: Path) -> tuple[Answer, Answer | None]:
    """Both ways' answers to a case; None for an upload where it is no single file."""
    folder = Path(tempfile.mkdtemp(dir=root, prefix=f"{case.name}-"))
    with FILES:
        path = case.write(folder)
    answer = by_command_line(case, folder, path)
    is_one_file = (folder / path).is_file() and "cells" not in case.sheet
    if not is_one_file or "matrix.mtx" in path:
        return answer, None
    return answer, by_upload(case, folder, path)


def agrees(answer: Answer, upload: Answer | None) -> bool:
    """Whether both ways gave the same row, or both refused."""
    if upload is None:
        return True
    if answer.row is None or upload.row is None:
        return answer.row is None and upload.row is None
    return not differences(answer.row, upload.row)


def run_cases(cases: Mapping[str, InputCase]) -> dict[str, tuple[Answer, Answer | None]]:
    """The answers to every case, two at a time."""
    root = tempfile.TemporaryDirectory(prefix="cd7watch-inputs-")
    with root as path, ThreadPoolExecutor(PROCESSES) as pool:
        runs = pool.map(lambda case: run_case(case, Path(path)), cases.values())
        return dict(zip(cases, track(runs, "cases", len(cases)), strict=True))


def main(selection: tuple[str, ...] = ()) -> None:
    """Print the verdict on each case, their numbers, and where upload and command line differ."""
    cases = {name: c for name, c in load_cases().items() if not selection or name in selection}
    cases |= {case.control: CASES[case.control] for case in cases.values()}
    spread, answers = usable_spread(), run_cases(cases)
    counts: Counter[str] = Counter()
    for name, (answer, upload) in answers.items():
        control = answers[cases[name].control][0].row
        if control is None:
            raise RuntimeError(f"the control of {name} was refused")
        word, detail = verdict(cases[name], answer, control, spread)
        counts[word] += 1
        print(f"{name:40} {word:30} {detail}")
        if upload is not None and not agrees(answer, upload):
            counts[DIFFERS] += 1
            print(f"{'':40} the upload differs: {upload.sentence[-200:] or 'another row'}")
    if not selection:
        counts += _print_sheets()
    print("; ".join(f"{word}: {counts[word]}" for word in (*VERDICTS, DIFFERS)))


def _print_sheets() -> Counter[str]:
    """The verdicts on sample sheets."""
    counts: Counter[str] = Counter()
    for name, outcome, is_right, text in sheet_verdicts():
        word = {"same": RIGHT, "said": SAID, "refused": REFUSED}[outcome] if is_right else WRONG
        counts[word] += 1
        print(f"{name:40} {word:30} {text[:300]}")
    return counts


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
