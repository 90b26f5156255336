"""Child processes that fail, hang or crash do not affect other tasks."""

import os
import signal
import time

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
    if task == "hang":
        time.sleep(60)
    if task == "bug":
        raise ZeroDivisionError("ours")
    return task.upper()


def limit(_: str) -> float:
    """Seconds that any task may take."""
    return 4.0


def test_every_task_is_answered_whatever_its_neighbours_do() -> None:
    """A refusal, two deaths and a hang cost only themselves."""
    tasks = ["a", "crash", "b", "refuse", "leave", "c", "hang", "d", "crash"]
    outcomes = {o.number: o for o in run_tasks(work, tasks, 2, limit)}
    assert sorted(outcomes) == list(range(9))
    assert [outcomes[i].result for i in (0, 2, 5, 7)] == ["A", "B", "C", "D"]
    assert outcomes[3].reason == "a task must be kind, but this is not; be kind"
    for number in (1, 4, 8):
        assert "reading it ended the process" in str(outcomes[number].reason)
    assert "within 4 s" in str(outcomes[6].reason)


def test_our_own_mistakes_are_not_hidden() -> None:
    """An exception that is no bad input comes through."""
    with pytest.raises(ZeroDivisionError, match="ours"):
        list(run_tasks(work, ["a", "bug"], 1, limit))


def test_no_tasks_are_no_work() -> None:
    """An empty list answers at once."""
    assert list(run_tasks(work, [], 2, limit)) == []
