"""Log of an interrupted run: one line per finished sample, so that the next run continues.

A line is used again only for the same file (size and time of change), the same line of the sheet
and the same code; any other sample is read again.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from features import schema
from features.table.count_path import count_files
from features.table.feature_table import code_version
from features.table.file_samples import barcode_files, group_by_file
from features.table.row import Row
from features.table.sample_sheet import SheetRow

if TYPE_CHECKING:
    from features.celltypes.labels import LabelColumn


def sample_keys(samples: Sequence[SheetRow], labels: "LabelColumn | None") -> list[str]:
    """Digest of everything that each sample's row depends on.

    Where lines share a file, that includes the other lines' selectors, which must not overlap.
    """
    keys = [""] * len(samples)
    for numbers, file in group_by_file(samples, range(len(samples))):
        state, selectors = _state(file.path), [line.cells for line in file.of_file]
        for number in numbers:
            sample = samples[number]
            lists = [_state(path) for path in barcode_files(sample)]
            context = (
                sample, selectors, lists, labels, state, schema.SCHEMA_VERSION, code_version()
            )  # fmt: skip
            keys[number] = hashlib.sha256(repr(context).encode()).hexdigest()
    return keys


def _state(path: Path) -> list[tuple[str, int, int]]:
    """Size and time of change of a file, or of all files in a folder or with a prefix."""
    return [(str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in count_files(path)]


def logged_rows(log: Path, keys: Sequence[str]) -> dict[int, Row]:
    """Rows that the log holds, by the samples' numbers; none when there is no log.

    A last line that the interruption cut off is skipped.
    """
    if not log.exists():
        return {}
    row_by_key: dict[str, Row] = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        # Declared columns follow those of the schema; the key depends on them.
        if tuple(entry["row"])[: len(schema.SAMPLE_COLUMNS)] == schema.SAMPLE_COLUMNS:
            row_by_key[entry["key"]] = entry["row"]
    return {number: row_by_key[key] for number, key in enumerate(keys) if key in row_by_key}


def append_row(log: Path, key: str, row: Row) -> None:
    """Add one finished sample: a single line in one write, floats to the last bit."""
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"key": key, "row": row}) + "\n")
