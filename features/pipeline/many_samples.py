"""Many samples: from a sample sheet to rows with history, and the refused samples."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from features.errors import InputError
from features.measures.history import add_history
from features.notices import print_note
from features.pipeline.process_pool import TaskOutcome, run_tasks
from features.pipeline.resume_log import append_row, logged_rows, sample_keys
from features.table.count_path import count_files
from features.table.file_samples import FileSamples, group_by_file
from features.table.row import RefusedSample, Row
from features.table.sample_sheet import SheetRow

if TYPE_CHECKING:
    from features.celltypes.labels import LabelColumn
    from features.pseudobulk.sample_sums import SampleSums

Result = TypeVar("Result")

# What the work imports: imported, and its loops compiled, before any sample's time runs.
SAMPLE_MODULE, SUMS_MODULE = "features.pipeline.sample", "features.pseudobulk.sample_sums"


@dataclass(frozen=True)
class RunResult:
    """Rows of the feature table (patients as in the sheet, samples by day), and the refused."""

    rows: list[Row]
    refused_samples: list[RefusedSample]


def summarise_samples(
    samples: Sequence[SheetRow],
    processes: int = 2,
    *,
    progress: bool = True,
    labels: "LabelColumn | None" = None,
    scheduler: str | None = None,
    resume_log: Path | None = None,
) -> RunResult:
    """Summarise the samples of a sheet; one that fails is a refused sample, not a failed run.

    A file is read in one pass, however many samples it holds.
    Samples are read in `processes` child processes, or by the workers of a Dask `scheduler`
    (tcp://host:port), which need the files under the same paths. The result does not depend on
    either. `labels` are the user's own cell types. Rows that the `resume_log` of
    an interrupted run holds are taken from it, new ones are added to it; the caller removes it when
    the table is written. Raises `InputError` when no scheduler answers.
    """
    keys = sample_keys(samples, labels) if resume_log else []
    rows = logged_rows(resume_log, keys) if resume_log else {}
    outcomes = {number: TaskOutcome(number, row, None) for number, row in rows.items()}
    unread = [number for number in range(len(samples)) if number not in rows]
    unread_outcomes = _run(
        _summarise, group_by_file(samples, unread), processes,
        labels=labels, scheduler=scheduler, module=SAMPLE_MODULE,
    )  # fmt: skip
    for outcome in _with_progress(unread_outcomes, "reading samples", len(unread), progress):
        outcomes[outcome.number] = outcome
        if resume_log and outcome.result is not None:
            append_row(resume_log, keys[outcome.number], outcome.result)
    return _run_result(samples, outcomes)


def sum_samples(
    samples: Sequence[SheetRow],
    processes: int = 2,
    *,
    progress: bool = True,
    labels: "LabelColumn | None" = None,
    scheduler: str | None = None,
) -> "tuple[list[SampleSums], list[RefusedSample]]":
    """All-gene sums of each sample in the sheet's order, and the samples that gave none.

    `samples` must have a row of the feature table, because their quality is not checked again.
    Read in the same child processes or on the same Dask workers as the first pass; the sums, about
    1.5 MB a sample, are kept until all are read.
    """
    tasks = group_by_file(samples, range(len(samples)))
    outcomes = _run(_sum, tasks, processes, labels=labels, scheduler=scheduler, module=SUMS_MODULE)
    ordered = sorted(
        _with_progress(outcomes, "adding up genes", len(samples), progress),
        key=lambda outcome: outcome.number,
    )
    refused_samples = [
        _refused_sample(samples[outcome.number], outcome.reason)
        for outcome in ordered
        if outcome.result is None
    ]
    return [outcome.result for outcome in ordered if outcome.result is not None], refused_samples


def _run(
    work: Callable[..., list[Result | InputError]],
    files: Sequence[tuple[list[int], FileSamples]],
    processes: int,
    *,
    labels: "LabelColumn | None",
    scheduler: str | None,
    module: str,
) -> Iterator[TaskOutcome[Result]]:
    """Outcomes of samples, by their numbers, from work that reads a file with all its samples."""
    # Processes without a file of their own help to read a large one; Dask's workers run threads
    # beside their task and must not be forked.
    processes_per_task = 1 if scheduler else max(1, processes // max(1, len(files)))
    function = partial(work, labels=labels, processes=processes_per_task)
    tasks = [file for _, file in files]
    for outcome in _run_tasks(function, tasks, processes, scheduler=scheduler, module=module):
        yield from _sample_outcomes(files[outcome.number][0], outcome)


def _run_tasks(
    function: Callable[[FileSamples], Result],
    tasks: Sequence[FileSamples],
    processes: int,
    *,
    scheduler: str | None,
    module: str,
) -> Iterator[TaskOutcome[Result]]:
    if scheduler is None:
        prepare = partial(import_module, module)
        return run_tasks(function, tasks, processes, _time_limit, prepare=prepare)
    from features.pipeline.dask_workers import run_on_dask  # an optional dependency, slow to import

    return run_on_dask(function, tasks, scheduler)


def _sample_outcomes(
    numbers: Sequence[int], outcome: TaskOutcome[list[Result | InputError]]
) -> Iterator[TaskOutcome[Result]]:
    """The outcome of each sample of a file; a file without a result refuses all its samples."""
    if outcome.result is None:
        yield from (TaskOutcome(number, None, outcome.reason) for number in numbers)
        return
    for number, result in zip(numbers, outcome.result, strict=True):
        if isinstance(result, InputError):
            yield TaskOutcome(number, None, str(result))
        else:
            yield TaskOutcome(number, result, None)


def _summarise(
    file: FileSamples, labels: "LabelColumn | None", processes: int
) -> list[Row | InputError]:
    # Imported where files are read: the parent process then starts without numba and HDF5.
    from features.pipeline.sample import summarise_file

    return summarise_file(file, labels, processes, tell=print_note)


def _sum(
    file: FileSamples, labels: "LabelColumn | None", processes: int
) -> "list[SampleSums | InputError]":
    from features.pseudobulk.sample_sums import sum_file

    return sum_file(file, labels, processes)


def _time_limit(file: FileSamples) -> float:
    """Processor seconds after which a file counts as damaged: HDF5 loops forever on some.

    A minute, and a second for each 2 MB, which is twenty times longer than reading takes.
    """
    return 60.0 + _n_bytes(file.path) / 2e6


@cache
def _n_bytes(path: Path) -> int:
    # Asked for every second, and a run's folder may hold a hundred thousand files.
    return sum(file.stat().st_size for file in count_files(path))


def _run_result(samples: Sequence[SheetRow], outcomes: dict[int, TaskOutcome[Row]]) -> RunResult:
    rows_by_patient: dict[str, list[Row]] = {}
    refused_samples = []
    for number, sample in enumerate(samples):
        outcome = outcomes[number]
        if outcome.result is not None:
            rows_by_patient.setdefault(sample.patient_id, []).append(outcome.result)
        else:
            refused_samples.append(_refused_sample(sample, outcome.reason))
    rows = [row for patient_rows in rows_by_patient.values() for row in add_history(patient_rows)]
    return RunResult(rows, refused_samples)


def _refused_sample(sample: SheetRow, reason: str | None) -> RefusedSample:
    reason = reason or "no reason was given"
    return RefusedSample(sample.sample_id, sample.patient_id, sample.day, reason)


def _with_progress(
    outcomes: Iterable[TaskOutcome[Result]], title: str, total: int, visible: bool
) -> Iterator[TaskOutcome[Result]]:
    """The outcomes, with a progress bar on standard error if that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (title, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    disable = not (visible and console.is_terminal)
    with Progress(*columns, console=console, disable=disable) as bar:
        task = bar.add_task("", total=total)
        for outcome in outcomes:
            yield outcome
            bar.advance(task)
