"""One piece of work divided over forked copies of this process, which write to shared memory."""

import os
import signal
import warnings
from collections.abc import Callable

MOST_SECONDS = 3600  # a copy left alone by the death of its parent ends by then


def run_forked(work: Callable[[int], None], parts: int) -> bool:
    """Call work(0) here and work(1) ... in copies; False when a copy failed or died.

    For compiled loops and plain reading only: a copy has no threads but its own. Exceptions of
    work(0) are raised, after the copies were ended; those of a copy are not told.
    """
    copies = [_fork(work, part) for part in range(1, parts)]
    try:
        work(0)
    except BaseException:
        for copy in copies:
            os.kill(copy, signal.SIGKILL)
            os.waitpid(copy, 0)
        raise
    ended = [os.waitpid(copy, 0)[1] for copy in copies]
    return not any(ended)


def _fork(work: Callable[[int], None], part: int) -> int:
    with warnings.catch_warnings():
        # Python 3.12 warns of any thread; those here are OpenBLAS's, which the copy never calls.
        warnings.simplefilter("ignore", DeprecationWarning)
        copy = os.fork()
    if copy:
        return copy
    failed = 1
    try:
        signal.alarm(MOST_SECONDS)
        work(part)
        failed = 0
    finally:
        os._exit(failed)  # at once: buffers, locks and exit handlers are the parent's
