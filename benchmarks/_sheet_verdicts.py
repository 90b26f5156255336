"""Verdicts on sample sheets as people write them: read as the control, or refused truly."""

import re
import tempfile
from pathlib import Path

from benchmarks.input_cases.registry import Outcome
from benchmarks.input_cases.sample_sheets import SheetCase, sheet_cases
from features.errors import InputError
from features.table.sample_sheet import SheetRow, read_sheet


def sheet_verdicts() -> list[tuple[str, Outcome, bool, str]]:
    """For each way to write the sheet: its name, its outcome, whether it came, what was said."""
    with tempfile.TemporaryDirectory(prefix="cd7watch-sheets-") as folder:
        for name in ("a.h5", "b.h5", "c.h5"):
            (Path(folder) / name).touch()
        cases = sheet_cases()
        control, _ = _read(cases[0], Path(folder))
        if isinstance(control, str):
            raise RuntimeError(f"the control was refused: {control}")
        return [
            (f"sheet: {case.name}", case.outcome, *_verdict(case, Path(folder), control))
            for case in cases
        ]


def _verdict(case: SheetCase, folder: Path, control: list[tuple[object, ...]]) -> tuple[bool, str]:
    rows, notes = _read(case, folder)
    if isinstance(rows, str):
        return case.outcome == "refused" and bool(re.search(case.text, rows)), rows
    text = "; ".join(notes)
    if case.outcome == "same":
        return rows == control, "" if rows == control else f"{rows} for {control}"
    return case.outcome == "said" and bool(re.search(case.text, text)), text


def _read(case: SheetCase, folder: Path) -> tuple[list[tuple[object, ...]] | str, list[str]]:
    sheet = folder / case.file
    sheet.write_bytes(case.raw)
    notes: list[str] = []
    try:
        rows = read_sheet(sheet, tell=notes.append)
    except InputError as problem:
        return str(problem), notes
    finally:
        sheet.unlink()
    return [_values(row) for row in rows], notes


def _values(row: SheetRow) -> tuple[object, ...]:
    numbers = tuple(repr(value) for value in row.numbers.values())
    return (row.sample_id, row.patient_id, row.day, row.path.name, *row.texts.items(), *numbers)
