"""Progress bars on a terminal, plain lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

Report = Callable[[str, int, int], None]


@contextmanager
def bars(prefix: str = "", console: Console | None = None) -> Iterator[Report]:
    """Give a function `report(step, done, total)` that shows one bar a step on standard error.

    Without a terminal each finished step is one line, so that a log stays readable.

    >>> with bars(console=Console(quiet=True)) as report:
    ...     report("refits", 1, 2)
    """
    console = console or Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())  # fmt: skip
    tasks: dict[str, TaskID] = {}
    finished: set[str] = set()
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:

        def report(step: str, done: int, total: int) -> None:
            name = f"{prefix}{step}"
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=total)
            progress.update(tasks[name], completed=done, total=total)
            if done == total and not console.is_terminal and name not in finished:
                finished.add(name)
                console.print(f"{name}: {done} of {total}", highlight=False)

        yield report
