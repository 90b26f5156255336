"""Run parts of one computation in forked processes that write to shared memory."""

import os
import signal
import warnings
from collections.abc import Callable

MAX_SECONDS = 3600  # a copy whose parent died ends by then


def run_forked(work: Callable[[int], None], parts: int) -> bool:
    """Call work(0) here and work(1) ... in forked copies; False when a copy failed or died.

    For compiled loops and plain reading only: threads of this process do not exist in a copy. An
    exception of work(0) ends the copies and is raised; exceptions of a copy are only reported as
    False.
    """
    copies = [_fork(work, part) for part in range(1, parts)]
    try:
        work(0)
    except BaseException:
        for copy in copies:
            os.kill(copy, signal.SIGKILL)
            os.waitpid(copy, 0)
        raise
    exit_states = [os.waitpid(copy, 0)[1] for copy in copies]
    return not any(exit_states)


def _fork(work: Callable[[int], None], part: int) -> int:
    with warnings.catch_warnings():
        # Python 3.12 warns of any thread; the threads are OpenBLAS's, which a copy never calls.
        warnings.simplefilter("ignore", DeprecationWarning)
        copy = os.fork()
    if copy:
        return copy
    exit_code = 1
    try:
        signal.alarm(MAX_SECONDS)
        work(part)
        exit_code = 0
    finally:
        os._exit(exit_code)  # without exit handlers: buffers and locks are the parent's
