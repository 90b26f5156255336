"""Run tasks on the workers of a Dask cluster, for runs too large for one machine."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from distributed import Client, Future, KilledWorker, as_completed

from features.errors import InputError
from features.pipeline.process_pool import TaskOutcome

Task = TypeVar("Task")
Result = TypeVar("Result")


def connect(scheduler: str) -> Client:
    """Client of a running Dask scheduler; raises `InputError` when none is at the address."""
    try:
        return Client(scheduler, timeout="5s")  # type: ignore[no-untyped-call]  # distributed
    except (OSError, ValueError) as error:
        raise InputError(
            "--scheduler must be the address of a running Dask scheduler, but none answers at "
            f"{scheduler} ({type(error).__name__}); start one with `dask scheduler`."
        ) from None


def run_on_dask(
    function: Callable[[Task], Result], tasks: Sequence[Task], scheduler: str
) -> Iterator[TaskOutcome[Result]]:
    """Apply a function to each task on a running cluster, in order of completion.

    A task whose worker is killed runs again on another; one that repeatedly kills its workers gets
    a sentence as its reason, as does one that raises `InputError`. Raises `InputError` when there
    is no scheduler at the address.
    """
    with connect(scheduler) as client:
        futures: dict[Future[Any], int] = {
            client.submit(_attempt, function, task, pure=False): number
            for number, task in enumerate(tasks)
        }
        for future in as_completed(futures):  # type: ignore[no-untyped-call]  # distributed
            yield _outcome(future, futures[future])


def _attempt(function: Callable[[Task], Result], task: Task) -> tuple[Result | None, str | None]:
    # Returned, because an exception on a worker would fill Dask's log with a traceback.
    try:
        return function(task), None
    except InputError as problem:
        return None, str(problem)


def _outcome(future: Future[tuple[Result | None, str | None]], number: int) -> TaskOutcome[Result]:
    try:
        return TaskOutcome(number, *future.result())
    except KilledWorker:
        return TaskOutcome(
            number, None, "the file must be readable within a worker's memory, but reading it "
            "ended several workers; give them more memory, or copy a damaged file again",
        )  # fmt: skip
