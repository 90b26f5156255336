"""Tables of outcomes and infections as text: a file, or a data frame of cells."""

from pathlib import Path

import pandas as pd

from features.table.text_tables.delimited_text import Record
from features.table.text_tables.findings import Findings
from features.table.text_tables.text_table import TableColumns, TextTable, read_text_table, table_of


def text_table_of(
    raw: pd.DataFrame | Path | str, subject: str, columns: TableColumns, findings: Findings
) -> TextTable:
    """The table in a file, or in a frame whose lines count as if its header were line 1.

    Raises InputError for a file that is absent or no table; `subject` names its contents.
    """
    if not isinstance(raw, pd.DataFrame):
        return read_text_table(raw, subject, columns, findings)
    header: Record = (1, [str(column).strip() for column in raw.columns])
    rows = raw.astype(object).where(raw.notna(), "").to_numpy().tolist()
    lines: list[Record] = [(i + 2, [str(cell) for cell in row]) for i, row in enumerate(rows)]
    return table_of([header, *lines], columns, findings)
