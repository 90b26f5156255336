"""Work in forked processes: completed, or reported as failed."""

import os
import signal
import time

import numpy as np
import pytest

from features.cells.fork_map import run_forked
from features.cells.scan_buffers import _zeros


def test_every_part_is_done_once() -> None:
    """Parts write to shared memory; the parent sees what its copies wrote."""
    values = _zeros((3,), np.int64, shared=True)

    def work(part: int) -> None:
        values[part] += part + 1

    assert run_forked(work, 3)
    assert values.tolist() == [1, 2, 3]


@pytest.mark.parametrize("fate", ["raises", "dies"])
def test_a_copy_that_fails_is_noticed(fate: str) -> None:
    """An exception or a signal in a copy gives False and is not raised here."""

    def work(part: int) -> None:
        if part and fate == "raises":
            raise ValueError("in the copy")
        if part:
            os.kill(os.getpid(), signal.SIGKILL)

    assert not run_forked(work, 2)


def test_our_own_part_raises_and_leaves_no_copy() -> None:
    """The first part's problem is the caller's; its copies are ended at once."""
    parent, copy = os.getpid(), _zeros((1,), np.int64, shared=True)

    def work(part: int) -> None:
        if part:
            copy[0] = os.getpid()
            signal.pause()
        while not copy[0]:
            time.sleep(0.01)
        raise ValueError("here")

    with pytest.raises(ValueError, match="here"):
        run_forked(work, 2)
    assert os.getpid() == parent
    with pytest.raises(ProcessLookupError):
        os.kill(int(copy[0]), 0)
