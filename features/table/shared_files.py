"""Lines of a sample sheet that share a count file: each needs a selector of its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from features.table.cell_selector import ALL_CELLS


class FileLine(NamedTuple):
    """Line number, count file and selector of a sample."""

    number: int
    path: Path
    cells: str | None


def shared_file_faults(lines: Sequence[FileLine]) -> list[str]:
    """Sentences on lines with the same file, whatever its spelling, that do not tell cells apart.

    Whether two different selectors share a cell is known only when the file is read.
    """
    lines_of: dict[Path, list[FileLine]] = {}
    for line in lines:
        lines_of.setdefault(line.path.resolve(), []).append(line)
    faults = []
    for group in lines_of.values():
        whole = [line for line in group if line.cells in (None, ALL_CELLS)]
        selectors = [line.cells for line in group if line.cells is not None]
        equal = [line for line in group if selectors.count(line.cells or "") > 1]
        if len(group) > 1 and (whole or equal):
            numbers = ", ".join(str(line.number) for line in (group if whole else equal))
            faults.append(
                f"lines {numbers}: samples of one file must not share cells, but these name the "
                "same file and the same cells; tell them apart in the column cells "
                "(`cd7watch features samples FILE` drafts it), or remove a line"
            )
    return faults
