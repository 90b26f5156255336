"""Errors of bad input: one sentence with the rule, the input and the remedy."""

import errno
import functools
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

# Full disk, quota, read-only file system, a file beyond the limit.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})

P = ParamSpec("P")
R = TypeVar("R")


class InputError(ValueError):
    """Bad input that the caller can correct; the message is one sentence without patient values."""


class Refusal(InputError):
    """A sample whose cells do not suffice for its features; the message is the reason."""


def exits_with_sentence(command: Callable[P, R]) -> Callable[P, R]:
    """Make a command print an `InputError` on standard error and exit with code 2.

    So does a file or folder that the operating system does not let us write, or has no room for.
    Any other exception keeps its traceback: it is an error of the program, not of the caller.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except InputError as problem:
            print(f"Error: {problem}", file=sys.stderr)
        except PermissionError as problem:
            print(
                f"Error: {problem.filename or 'A file'} cannot be read or written by this user: "
                "choose another folder, or set CD7WATCH_VAR for the program's state.",
                file=sys.stderr,
            )
        except OSError as problem:
            if problem.errno not in NO_ROOM:
                raise
            print(
                f"Error: {problem.filename or 'A file'} could not be written "
                f"({problem.strerror}): free space, or choose another folder.",
                file=sys.stderr,
            )
        sys.exit(2)

    return run
