"""Many samples: a sheet becomes rows with their history, and a list of those refused."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from features.measures.history import add_history
from features.pipeline.process_pool import Outcome, run_tasks
from features.pipeline.resume_log import finished_rows, note_row, sample_key
from features.table.row import Refused, Row
from features.table.sample_sheet import SheetRow, read_sheet

if TYPE_CHECKING:
    from features.pseudobulk.sample_sums import SampleSums

Result = TypeVar("Result")


@dataclass(frozen=True)
class Cohort:
    """Rows of the feature table (patients as in the sheet, samples by day), and the refused."""

    rows: list[Row]
    refused: list[Refused]


def summarise_cohort(
    sheet_path: Path | str,
    processes: int = 2,
    progress: bool = True,
    labels: str | None = None,
    scheduler: str | None = None,
) -> Cohort:
    """Summarise every sample of a sheet; one that fails is a named refusal, not a failed run.

    Samples are read in `processes` child processes, or by the workers of a Dask `scheduler`
    (tcp://host:port), which must see the files under the same paths. The result does not depend
    on either. Raises `InputError` when the sheet itself is wrong.
    """
    return summarise_samples(read_sheet(sheet_path), processes, progress, labels, scheduler)


def summarise_samples(
    samples: Sequence[SheetRow],
    processes: int = 2,
    progress: bool = True,
    labels: str | None = None,
    scheduler: str | None = None,
    journal: Path | None = None,
) -> Cohort:
    """The same for samples that are at hand.

    Rows that a `journal` of an interrupted run holds are taken from it, new ones are added to it;
    the caller removes it when the table is written.
    """
    keys = [sample_key(sample, labels) for sample in samples] if journal else []
    known = finished_rows(journal, keys) if journal else {}
    finished = {number: Outcome(number, row, None) for number, row in known.items()}
    left = [number for number in range(len(samples)) if number not in known]
    with _progress("reading samples", len(left), progress) as count:
        tasks = [samples[number] for number in left]
        for outcome in count(_run(_summarise, tasks, processes, labels, scheduler)):
            number = left[outcome.number]
            finished[number] = outcome
            if journal and outcome.result is not None:
                note_row(journal, keys[number], outcome.result)
    return _gather(samples, finished)


def sum_samples(
    samples: Sequence[SheetRow],
    processes: int = 2,
    progress: bool = True,
    labels: str | None = None,
    scheduler: str | None = None,
) -> "tuple[list[SampleSums], list[Refused]]":
    """All-gene sums of each sample in the sheet's order, and those that gave none.

    Give it samples that have a row of the feature table: it asks nothing of their quality. Read
    in the same child processes or on the same Dask workers as the first pass; the sums, about
    1.5 MB a sample, are kept until all are read.
    """
    done: dict[int, Outcome[SampleSums]] = {}
    with _progress("adding up genes", len(samples), progress) as count:
        for outcome in count(_run(_sum, samples, processes, labels, scheduler)):
            done[outcome.number] = outcome
    sums = [done[n].result for n in range(len(samples))]
    refused = [
        _refused(sample, done[n].reason) for n, sample in enumerate(samples) if sums[n] is None
    ]
    return [one for one in sums if one is not None], refused


def _run(
    work: Callable[..., Result],
    tasks: Sequence[SheetRow],
    processes: int,
    labels: str | None,
    scheduler: str | None,
) -> Iterator[Outcome[Result]]:
    # Processes without a sample of their own help to read a large one; Dask's workers run threads
    # beside their task and must not be forked.
    spare = 1 if scheduler else max(1, processes // max(1, len(tasks)))
    function = partial(work, labels=labels, processes=spare)
    if scheduler is None:
        return run_tasks(function, tasks, processes, _time_limit)
    from features.pipeline.dask_workers import run_on_dask  # an optional dependency, slow to import

    return run_on_dask(function, tasks, scheduler)


def _summarise(sample: SheetRow, labels: str | None, processes: int) -> Row:
    # Imported where files are read: the parent process then starts without numba and HDF5.
    from features.pipeline.sample import summarise

    return summarise(sample, labels, processes)


def _sum(sample: SheetRow, labels: str | None, processes: int) -> "SampleSums":
    from features.pseudobulk.sample_sums import sum_sample

    return sum_sample(sample, labels, processes)


def _time_limit(sample: SheetRow) -> float:
    """Seconds after which a file counts as damaged: HDF5 loops for ever on some that are.

    A minute, and a second for each 2 MB, which is twenty times longer than reading takes.
    """
    folder = sample.path.is_dir()
    files = sample.path.rglob("*") if folder else [sample.path]
    return 60.0 + sum(file.stat().st_size for file in files) / 2e6


def _gather(samples: Sequence[SheetRow], finished: dict[int, Outcome[Row]]) -> Cohort:
    patients: dict[str, list[Row]] = {}
    refused = []
    for number, sample in enumerate(samples):
        outcome = finished[number]
        if outcome.result is not None:
            patients.setdefault(sample.patient_id, []).append(outcome.result)
        else:
            refused.append(_refused(sample, outcome.reason))
    return Cohort([row for rows in patients.values() for row in add_history(rows)], refused)


def _refused(sample: SheetRow, reason: str | None) -> Refused:
    return Refused(sample.sample_id, sample.patient_id, sample.day, reason or "no reason was given")


class _Count:
    """Iterates and moves a progress bar."""

    def __init__(self, name: str, total: int, shown: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        console = Console(stderr=True)
        self.bar = Progress(
            name, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=console, disable=not (shown and console.is_terminal),
        )  # fmt: skip
        self.task = self.bar.add_task("", total=total)

    def __call__(self, outcomes: Iterable[Outcome[Result]]) -> Iterator[Outcome[Result]]:
        for outcome in outcomes:
            yield outcome
            self.bar.advance(self.task)


@contextmanager
def _progress(name: str, total: int, shown: bool) -> Iterator[_Count]:
    count = _Count(name, total, shown)
    with count.bar:
        yield count
