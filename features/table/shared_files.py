"""Lines of a sample sheet that share a count file: each needs a selector of its own."""

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import NamedTuple

from features.notices import SAMPLES_COMMAND
from features.table.cell_selector import ALL_CELLS

SHARED = (
    "samples of one file must not share cells, but these name the same cells of {}; tell them "
    f"apart in the column cells (`{SAMPLES_COMMAND} FILE` drafts it), or remove a line"
)


class FileLine(NamedTuple):
    """Line number, count file and selector of a sample."""

    number: int
    path: Path
    cells: str | None


class SharedFileFault(NamedTuple):
    """Lines whose samples share cells of one file, and the rule that they break."""

    lines: tuple[int, ...]
    rule: str


def shared_file_faults(lines: Sequence[FileLine]) -> list[SharedFileFault]:
    """Lines with the same file, whatever its spelling, that do not tell its cells apart.

    Whether two different selectors share a cell is known only when the file is read.
    """
    lines_of: dict[Hashable, list[FileLine]] = {}
    for line in lines:
        lines_of.setdefault(_identity(line.path), []).append(line)
    faults = []
    for group in lines_of.values():
        whole_file_lines = [line for line in group if line.cells in (None, ALL_CELLS)]
        selectors = [line.cells for line in group if line.cells is not None]
        equal = [line for line in group if selectors.count(line.cells or "") > 1]
        if len(group) > 1 and (whole_file_lines or equal):
            numbers = tuple(line.number for line in (group if whole_file_lines else equal))
            faults.append(SharedFileFault(numbers, SHARED.format(group[0].path.resolve().name)))
    return faults


def _identity(path: Path) -> Hashable:
    """What two spellings of one file share, links included; of a folder's prefix the path."""
    try:
        status = path.stat()
    except OSError:
        return path.resolve()
    return status.st_dev, status.st_ino
