"""Process pool that survives crashes: a file that crashes HDF5 costs one sample, not the run.

`concurrent.futures` drops every waiting task when a child dies; here a dead child is replaced and
its sample is reported as refused. A task's limit is processor time of its own, without the child's
start: a timer of the system (ITIMER_PROF) ends a child that loops, whatever else the machine does.
"""

import multiprocessing
import signal
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
# Time on the clock after which a child stands still: no machine is so slow, but a disk may hang.
STANDSTILL = 3600.0
TICK = 1.0  # the parent looks so often; time in which it stood still itself does not count


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
    waited: float = 0.0  # seconds on the clock since its task was sent


def run_tasks(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    processes: int,
    time_limit: Callable[[Task], float],
    *,
    prepare: Callable[[], object] | None = None,
    standstill: float = STANDSTILL,
) -> Iterator[TaskOutcome[Result]]:
    """Apply a module-level function to each task in child processes, in order of completion.

    The message of an `InputError` is the task's reason. A child that dies, or takes over
    `time_limit(task)` seconds of processor time, is replaced, and the task gets a sentence as its
    reason; so does one that does not answer in `standstill` seconds on the clock. `prepare` (a
    module-level function, such as one that imports) runs in each child before its first task and
    counts for none. Any other exception is an error of the program and is raised.
    """
    with TemporaryDirectory(prefix="cd7watch-") as folder:
        start = partial(_start, function, folder, prepare)
        queue = list(range(len(tasks)))[::-1]
        children = [start() for _ in range(min(processes, len(tasks)))]
        try:
            for child in children:
                _assign(child, tasks, queue, time_limit)
            while any(child.number is not None for child in children):
                elapsed = _wait(children)
                for child in children:
                    child.waited += elapsed
                yield from _collect(
                    start, children, tasks, queue, time_limit=time_limit, standstill=standstill
                )
        finally:
            for child in children:
                _stop(child)


def _wait(children: list[_Child]) -> float:
    """Wait for a message, a tick at most; the seconds that passed, a few ticks at most."""
    before = monotonic()
    wait([child.pipe for child in children if child.number is not None], timeout=TICK)
    return min(monotonic() - before, 3 * TICK)


def _collect(
    start: Callable[[], _Child],
    children: list[_Child],
    tasks: Sequence[Task],
    queue: list[int],
    *,
    time_limit: Callable[[Task], float],
    standstill: float,
) -> Iterator[TaskOutcome[Result]]:
    for position, child in enumerate(children):
        if child.number is None:
            continue
        outcome: TaskOutcome[Result] | None = _poll(
            child, time_limit(tasks[child.number]), standstill
        )
        if outcome is None:
            continue
        if not child.process.is_alive() and queue:
            _stop(child)
            children[position] = child = start()
        child.number = None
        if queue:
            _assign(child, tasks, queue, time_limit)
        yield outcome


def _poll(child: _Child, time_limit: float, standstill: float) -> TaskOutcome[Result] | None:
    """The child's outcome, a reason when it died or stands still, None while it works."""
    assert child.number is not None
    try:
        if child.pipe.poll():
            message = child.pipe.recv()
            if message == READY_MESSAGE:
                return None
            result, reason, fault = message
            if fault is not None:
                raise fault
            return TaskOutcome(child.number, result, reason)
    except (EOFError, ConnectionResetError):
        child.process.join(SECONDS_TO_END)
        return TaskOutcome(child.number, None, _why_ended(child.process.exitcode, time_limit))
    if child.waited > standstill:
        child.process.kill()
        child.process.join()
        return TaskOutcome(
            child.number, None,
            f"a sample must be read within {standstill / 60:.0f} minutes, but reading stood still; "
            "check the disk or network that holds the file, and start again",
        )  # fmt: skip
    return None


def _why_ended(exit_code: int | None, time_limit: float) -> str:
    """Why a child died: its timer, the system (memory), or what it read."""
    if exit_code == -signal.SIGPROF:
        return (
            f"a sample must be read within {time_limit:.0f} s of processor time, but it was not; "
            "check the file or split it"
        )
    if exit_code == -signal.SIGKILL:
        return (
            "a sample must be read within this machine's memory, but the system ended the process; "
            "read fewer samples at once (--processes 1) or use a larger machine"
        )
    return (
        "the file must be readable, but reading it ended the process "
        f"(exit code {exit_code}); copy it again from its source"
    )


def _start(
    function: Callable[[Task], Result], folder: str, prepare: Callable[[], object] | None
) -> _Child:
    context = multiprocessing.get_context("spawn")
    parent_end, child_end = context.Pipe()
    process = context.Process(
        target=_work, args=(function, child_end, folder, prepare), daemon=True
    )
    process.start()
    child_end.close()
    return _Child(process, parent_end)


def _assign(
    child: _Child,
    tasks: Sequence[Task],
    queue: list[int],
    time_limit: Callable[[Task], float],
) -> None:
    child.number, child.waited = queue.pop(), 0.0
    task = tasks[child.number]
    child.pipe.send((task, time_limit(task)))


def _stop(child: _Child) -> None:
    """End a child; one that waits for work ends by itself and leaves nothing behind."""
    child.pipe.close()
    if child.number is None:
        child.process.join(SECONDS_TO_END)
    child.process.kill()
    child.process.join()


def _work(
    function: Callable[[Task], Result],
    pipe: Connection,
    folder: str,
    prepare: Callable[[], object] | None,
) -> None:
    """The child's loop; it ends when the parent closes the pipe.

    What it unpacks goes into the parent's temporary `folder`, because a killed child removes
    nothing.
    """
    tempfile.tempdir = folder
    if prepare is not None:
        prepare()
    pipe.send(READY_MESSAGE)
    while True:
        try:
            task, seconds = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            pipe.send((_within(function, task, seconds), None, None))
        except InputError as problem:
            pipe.send((None, str(problem), None))
        except KeyboardInterrupt:
            return
        except Exception as fault:  # noqa: BLE001, RUF100  (handed to the parent, which raises it)
            pipe.send((None, None, fault))


def _within(function: Callable[[Task], Result], task: Task, seconds: float) -> Result:
    """The function's result; beyond so much processor time a signal (SIGPROF) ends the process."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return function(task)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
