"""Child processes that fail, hang or crash do not affect other tasks."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from features.errors import InputError
from features.pipeline.process_pool import run_tasks


def work(task: str) -> str:
    """Do what the task says."""
    if task == "refuse":
        raise InputError("a task must be kind, but this is not; be kind")
    if task == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if task == "leave":
        os._exit(3)
    while task == "loop":  # as HDF5 does on some damaged files
        pass
    if task == "sleep":
        time.sleep(600)
    if task == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if task.startswith("pause"):
        Path(task.split()[1]).write_text(str(os.getpid()))
        time.sleep(0.5)
    if task == "bug":
        raise ZeroDivisionError("ours")
    return task.upper()


def limit(_: str) -> float:
    """Processor seconds that any task may take."""
    return 1.0


def start_slowly() -> None:
    """A start that takes more processor time than any task may, as compiling does."""
    end = time.process_time() + 2.0
    while time.process_time() < end:
        pass


def test_every_task_is_answered_whatever_its_neighbours_do() -> None:
    """A refusal, two deaths and a loop cost only themselves."""
    tasks = ["a", "crash", "b", "refuse", "leave", "c", "loop", "d", "crash"]
    outcomes = {o.number: o for o in run_tasks(work, tasks, 2, limit)}
    assert sorted(outcomes) == list(range(9))
    assert [outcomes[i].result for i in (0, 2, 5, 7)] == ["A", "B", "C", "D"]
    assert outcomes[3].reason == "a task must be kind, but this is not; be kind"
    for number in (1, 4, 8):
        assert "reading it ended the process" in str(outcomes[number].reason)
    assert "within 1 s of processor time" in str(outcomes[6].reason)


def test_a_slow_start_is_not_the_files_fault() -> None:
    """Starting takes twice the limit of a task, and the tasks are done."""
    outcomes = list(run_tasks(work, ["a", "b"], 1, limit, prepare=start_slowly))
    assert [outcome.result for outcome in outcomes] == ["A", "B"]


def _resume_later(path: Path) -> None:
    """Stop the process that writes its id into a file, for three limits, then let it go on."""
    while not path.exists() or not path.read_text():
        time.sleep(0.01)
    os.kill(int(path.read_text()), signal.SIGSTOP)
    time.sleep(3.0)
    os.kill(int(path.read_text()), signal.SIGCONT)


def test_a_busy_machine_is_not_the_files_fault(tmp_path: Path) -> None:
    """A child that gets no processor for three times the limit finishes its task."""
    note = tmp_path / "pid"
    thread = threading.Thread(target=_resume_later, args=(note,))
    thread.start()
    start = time.monotonic()
    (outcome,) = run_tasks(work, [f"pause {note}"], 1, limit)
    thread.join()
    assert outcome.reason is None and time.monotonic() - start > 3.0


def test_a_hanging_disk_is_not_the_files_fault() -> None:
    """A child that uses no processor is ended in the end, and the disk is named."""
    tasks = ["sleep", "a"]
    outcomes = {o.number: o for o in run_tasks(work, tasks, 1, limit, standstill=2.0)}
    assert "stood still; check the disk or network" in str(outcomes[0].reason)
    assert outcomes[1].result == "A"


def test_a_killed_child_points_to_memory() -> None:
    """The system's SIGKILL says nothing about the file."""
    (outcome,) = run_tasks(work, ["kill"], 1, limit)
    assert "memory" in str(outcome.reason) and "copy it again" not in str(outcome.reason)


def test_our_own_mistakes_are_not_hidden() -> None:
    """An exception that is no bad input comes through."""
    with pytest.raises(ZeroDivisionError, match="ours"):
        list(run_tasks(work, ["a", "bug"], 1, limit))


def test_no_tasks_are_no_work() -> None:
    """An empty list answers at once."""
    assert list(run_tasks(work, [], 2, limit)) == []
