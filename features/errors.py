"""Bad input answered in one sentence: the rule, what came, the way out."""

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class InputError(ValueError):
    """The caller can mend this; the message is one sentence and holds no patient's value."""


class Refusal(InputError):
    """A sample whose cells cannot carry its features; the message is the reason."""


def exits_with_sentence(command: Callable[P, R]) -> Callable[P, R]:
    """Make a command print a InputError's sentence on standard error and exit with code 2.

    Anything else stays a traceback: it is our fault, not the caller's.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except InputError as problem:
            print(f"Error: {problem}", file=sys.stderr)
            sys.exit(2)

    return run
