"""Lines of a drafted sample sheet: written as CSV, and the cells that are left blank."""

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from features.atomic_write import replacing

COLUMNS = ("sample_id", "patient_id", "day", "path", "cells", "enrichment")


@dataclass(frozen=True)
class DraftLine:
    """One line of the sheet; empty or None where the file does not tell."""

    sample_id: str
    path: Path
    n_cells: int | None
    patient_id: str = ""
    day: int | None = None
    cells: str = ""


def write_draft(path: Path, lines: Sequence[DraftLine]) -> None:
    """Write the lines as a sample sheet, paths relative to its folder."""
    with replacing(path) as draft, draft.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for line in lines:
            count_file = os.path.relpath(line.path.absolute(), path.absolute().parent)
            day = "" if line.day is None else line.day
            writer.writerow([line.sample_id, line.patient_id, day, count_file, line.cells, ""])


def blank_cells(lines: Sequence[DraftLine]) -> list[str]:
    """Sentences that name the blank cells by column and line of the sheet."""
    blanks = {
        "patient_id": [i for i, line in enumerate(lines, 2) if not line.patient_id],
        "day": [i for i, line in enumerate(lines, 2) if line.day is None],
        "enrichment (none, sorted or product)": list(range(2, len(lines) + 2)),
    }
    return [f"{name}: {_ranges(numbers)}" for name, numbers in blanks.items() if numbers]


def _ranges(numbers: Sequence[int]) -> str:
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"lines {numbers[0]} to {numbers[-1]}"
    return f"line{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"
