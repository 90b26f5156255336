"""What an interrupted run had finished: one line a sample, so that the next run goes on.

A line is taken up again only for the same file (size and time of change), the same line of the
sheet and the same code; anything else is read anew.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from features import schema
from features.table.feature_table import code_version
from features.table.row import Row
from features.table.sample_sheet import SheetRow


def sample_key(sample: SheetRow, labels: str | None) -> str:
    """Digest of everything that a sample's row depends on."""
    files = sorted(sample.path.rglob("*")) if sample.path.is_dir() else [sample.path]
    state = [(str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    context = (sample, labels, state, schema.SCHEMA_VERSION, code_version())
    return hashlib.sha256(repr(context).encode()).hexdigest()


def finished_rows(journal: Path, keys: Sequence[str]) -> dict[int, Row]:
    """Rows that the journal holds, by the samples' numbers; none when there is no journal.

    A last line that was cut off by the interruption is passed over.
    """
    if not journal.exists():
        return {}
    known: dict[str, Row] = {}
    for line in journal.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if tuple(entry["row"]) == schema.SAMPLE_COLUMNS:
            known[entry["key"]] = entry["row"]
    return {number: known[key] for number, key in enumerate(keys) if key in known}


def note_row(journal: Path, key: str, row: Row) -> None:
    """Add one finished sample; a single line in one write, floats to the last bit."""
    with journal.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"key": key, "row": row}) + "\n")
