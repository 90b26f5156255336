"""Process pool that survives crashes: a file that crashes HDF5 costs one sample, not the run.

`concurrent.futures` drops every waiting task when a child dies; here a dead child is replaced and
its sample is reported as refused.
"""

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Generic, TypeVar

from features.errors import InputError

Task = TypeVar("Task")
Result = TypeVar("Result")

SECONDS_TO_END = 5.0
READY_MESSAGE = "ready"  # a child's first message, after its imports


@dataclass(frozen=True)
class TaskOutcome(Generic[Result]):
    """Outcome of one task: its result, or the reason why there is none."""

    number: int
    result: Result | None
    reason: str | None


@dataclass
class _Child:
    process: SpawnProcess
    pipe: Connection
    number: int | None = None
    since: float = 0.0


def run_tasks(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    processes: int,
    time_limit: Callable[[Task], float],
) -> Iterator[TaskOutcome[Result]]:
    """Apply a module-level function to each task in child processes, in order of completion.

    The message of an `InputError` is the task's reason. A child that dies, or takes over
    `time_limit(task)` seconds since it was ready, is replaced, and the task gets a sentence as its
    reason. Any other exception is an error of the program and is raised.
    """
    with TemporaryDirectory(prefix="cd7watch-") as folder:
        start = partial(_start, function, folder)
        queue = list(range(len(tasks)))[::-1]
        children = [start() for _ in range(min(processes, len(tasks)))]
        try:
            for child in children:
                _assign(child, tasks, queue)
            while any(child.number is not None for child in children):
                yield from _collect(start, children, tasks, queue, time_limit)
        finally:
            for child in children:
                _stop(child)


def _collect(
    start: Callable[[], _Child],
    children: list[_Child],
    tasks: Sequence[Task],
    queue: list[int],
    time_limit: Callable[[Task], float],
) -> Iterator[TaskOutcome[Result]]:
    wait([c.pipe for c in children if c.number is not None], timeout=1.0)
    for position, child in enumerate(children):
        if child.number is None:
            continue
        outcome: TaskOutcome[Result] | None = _poll(child, time_limit(tasks[child.number]))
        if outcome is None:
            continue
        if not child.process.is_alive() and queue:
            _stop(child)
            children[position] = child = start()
        child.number = None
        if queue:
            _assign(child, tasks, queue)
        yield outcome


def _poll(child: _Child, time_limit: float) -> TaskOutcome[Result] | None:
    """The child's outcome, a reason when it died or hangs, None while it works."""
    assert child.number is not None
    try:
        if child.pipe.poll():
            message = child.pipe.recv()
            if message == READY_MESSAGE:
                child.since = monotonic()
                return None
            result, reason, fault = message
            if fault is not None:
                raise fault
            return TaskOutcome(child.number, result, reason)
    except (EOFError, ConnectionResetError):
        child.process.join(5.0)
        return TaskOutcome(
            child.number, None, "the file must be readable, but reading it ended the process "
            f"(exit code {child.process.exitcode}); copy it again from its source",
        )  # fmt: skip
    if monotonic() - child.since > time_limit:
        child.process.kill()
        child.process.join()
        return TaskOutcome(
            child.number, None,
            f"a sample must be read within {time_limit:.0f} s, but it was not; "
            "check the file or split it",
        )  # fmt: skip
    return None


def _start(function: Callable[[Task], Result], folder: str) -> _Child:
    context = multiprocessing.get_context("spawn")
    parent_end, child_end = context.Pipe()
    process = context.Process(target=_work, args=(function, child_end, folder), daemon=True)
    process.start()
    child_end.close()
    return _Child(process, parent_end)


def _assign(child: _Child, tasks: Sequence[Task], queue: list[int]) -> None:
    child.number, child.since = queue.pop(), monotonic()
    child.pipe.send(tasks[child.number])


def _stop(child: _Child) -> None:
    """End a child; one that waits for work ends by itself and leaves nothing behind."""
    child.pipe.close()
    if child.number is None:
        child.process.join(SECONDS_TO_END)
    child.process.kill()
    child.process.join()


def _work(function: Callable[[Task], Result], pipe: Connection, folder: str) -> None:
    """The child's loop; it ends when the parent closes the pipe.

    What it unpacks goes into the parent's temporary `folder`, because a killed child removes
    nothing.
    """
    tempfile.tempdir = folder
    pipe.send(READY_MESSAGE)
    while True:
        try:
            task = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            pipe.send((function(task), None, None))
        except InputError as problem:
            pipe.send((None, str(problem), None))
        except KeyboardInterrupt:
            return
        except Exception as fault:  # noqa: BLE001, RUF100  (handed to the parent, which raises it)
            pipe.send((None, None, fault))
