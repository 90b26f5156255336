"""What ended a reader process decides whether the file or this machine is the reason."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import pytest

from serving.uploads import reader_pool
from serving.uploads.reader_pool import Readers
from serving.uploads.upload import Upload
from serving.web.problems import Problem
from tests.serving.counts import write_counts


def read_ended_by(
    which: signal.Signals, folder: Path, monkeypatch: pytest.MonkeyPatch, seconds: float = 60.0
) -> Problem:
    """The answer to an upload whose real reader process gets a signal at its start."""
    start = asyncio.create_subprocess_exec

    async def start_and_signal(*command: str, **options: Any) -> asyncio.subprocess.Process:
        child = await start(*command, **options)
        child.send_signal(which)
        return child

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start_and_signal)
    monkeypatch.setattr(reader_pool, "WALL_SECONDS", seconds)
    upload = Upload(write_counts(folder / "a.h5"), {"day": 28})
    with pytest.raises(Problem) as problem:
        asyncio.run(Readers().read(upload))
    return problem.value


@pytest.mark.parametrize("which", [signal.SIGXCPU, signal.SIGSEGV])
def test_a_file_beyond_the_limits_is_refused(
    which: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of processor time, and a crafted file that crashes the libraries."""
    problem = read_ended_by(which, tmp_path, monkeypatch)
    assert problem.status == 422 and "memory and time" in str(problem)


def test_a_killed_reader_says_nothing_about_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system kills when the machine's memory runs out, whoever took it."""
    problem = read_ended_by(signal.SIGKILL, tmp_path, monkeypatch)
    assert problem.status == 503 and problem.headers["Retry-After"] == "300"


def test_a_reader_that_gets_no_time_says_nothing_about_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped process, as on a machine that never lets it run: 503 with Retry-After."""
    problem = read_ended_by(signal.SIGSTOP, tmp_path, monkeypatch, seconds=2.0)
    assert problem.status == 503 and problem.headers["Retry-After"] == "300"
    assert "too busy" in str(problem)


def test_waiting_for_a_reader_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With all readers taken beyond the time: 503 too, so that a job never outlives its record."""
    monkeypatch.setattr(reader_pool, "WALL_SECONDS", 0.2)
    readers = Readers()
    upload = Upload(tmp_path / "a.h5", {"day": 28})

    async def read_behind_others() -> None:
        for _ in range(reader_pool.CHILDREN):
            await readers._children.acquire()
        await readers.read(upload)

    with pytest.raises(Problem, match="too busy") as problem:
        asyncio.run(read_behind_others())
    assert problem.value.status == 503
