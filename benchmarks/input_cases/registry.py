"""Registry of input cases: a function that writes one file, and what must become of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from features.errors import InputError

# The row of the control to the bit; that row but for CD7, which is measured by protein; a row that
# says what is missing and withholds or keeps the rest; one sentence with the true reason.
Outcome = Literal["same", "protein", "said", "refused"]
Writer = Callable[[Path], str]


@dataclass(frozen=True)
class InputCase:
    """One kind of file: `write` makes it in a folder and gives its path below it.

    `text` is what the warnings ("said") or the refusal ("refused") must hold, as a regular
    expression; `control` names the case whose row must come back; `sheet` are further columns of
    the sample sheet.
    """

    name: str
    write: Writer
    outcome: Outcome
    text: str = ""
    control: str = "tenx_h5"
    sheet: Mapping[str, str] = field(default_factory=dict)


CASES: dict[str, InputCase] = {}


def case(
    outcome: Outcome = "same", text: str = "", *, control: str = "tenx_h5", **sheet: str
) -> Callable[[Writer], Writer]:
    """Register a writer under its function's name.

    Raises `InputError` when the name is taken.
    """

    def register(write: Writer) -> Writer:
        name = write.__name__
        if name in CASES:
            raise InputError(f"An input case needs a name of its own, but {name} is taken.")
        CASES[name] = InputCase(name, write, outcome, text, control, sheet)
        return write

    return register
