"""Bars on a terminal, lines in a log."""

import io

from rich.console import Console

from training.progress import bars


def test_a_log_gets_one_line_a_step() -> None:
    """Without a terminal a finished step is one line, however often it is reported."""
    log = io.StringIO()
    with bars("relapse: ", Console(file=log)) as report:
        for done in (1, 2, 3, 3):
            report("folds", done, 3)
        report("refits", 1, 2)
    assert log.getvalue() == "relapse: folds: 3 of 3\n"


def test_a_terminal_gets_a_bar() -> None:
    """On a terminal the step's name and count are drawn."""
    screen = io.StringIO()
    with bars(console=Console(file=screen, force_terminal=True, width=80)) as report:
        report("folds", 3, 3)
    assert "folds" in screen.getvalue()
    assert "3/3" in screen.getvalue()
