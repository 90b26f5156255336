"""Draft of a sample sheet: the samples that a pooled file or a folder of count files holds.

What a file does not say stays blank and is listed; nothing is invented.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from features.cells.cell_selection import select_cells
from features.cells.sample_evidence import (
    DAY_COLUMNS,
    LANE_COLUMNS,
    MIN_GROUP,
    PATIENT_COLUMNS,
    SAMPLE_COLUMNS,
    Evidence,
    find_evidence,
    sample_columns,
)
from features.errors import InputError
from features.pipeline.count_file_names import (
    NamedFile,
    find_count_files,
    is_count_folder,
    sample_name,
)
from features.pipeline.draft_lines import DraftLine
from features.readers.count_source import CountSource
from features.readers.open_counts import count_file_errors, open_counts
from features.table.barcode_table import is_no_sample, read_barcode_table
from features.table.cell_selector import ALL_CELLS
from features.table.text_tables.days import parse_day

# Words for the draw before infusion, whose day only the caller knows.
BASELINE = re.compile(r"(baseline|pre|pre[-_ ]?infusion|before|screening)", re.IGNORECASE)
_DAY_IN_NAME = re.compile(r"(?:^|[_. \-])day[_ ]?(\d+)(?=$|[_. \-])", re.IGNORECASE)


class ObsColumns(NamedTuple):
    """Columns of obs that name sample, patient and day; None to look for one.

    `baseline_day` is the day of samples called baseline. `barcodes` is a table that tells samples
    apart by barcode, instead of obs.
    """

    sample: str | None = None
    patient: str | None = None
    day: str | None = None
    baseline_day: int | None = None
    barcodes: Path | None = None


@dataclass(frozen=True)
class Draft:
    """Lines of the sheet, and what the caller should know about them."""

    lines: list[DraftLine] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def draft_sheet(source: Path, columns: ObsColumns) -> Draft:
    """The samples of a count file, or of all count files below a folder.

    Raises `InputError` when there is none, or a column that the caller names is absent.
    """
    single = source.is_file() or (source.is_dir() and is_count_folder(source))
    files = (
        [NamedFile(source, sample_name(source, source.parent))]
        if single
        else find_count_files(source)
    )
    draft = Draft()
    for file in files:
        try:
            part = _draft_file(file, columns)
        except InputError as problem:
            if single:
                raise
            part = Draft([_line_of_file(file, None)], [f"not readable yet: {problem}"])
        draft.lines.extend(part.lines)
        draft.notes.extend(part.notes)
    if not draft.lines:
        raise InputError(
            f"A draft needs count files, but {source.name} holds no sample"
            f"{': ' + draft.notes[0] if draft.notes else ''}; name a count file or their folder."
        )
    return replace(draft, lines=_unique_ids(draft.lines))


def _line_of_file(file: NamedFile, n_cells: int | None) -> DraftLine:
    day = _DAY_IN_NAME.findall(file.name)
    return DraftLine(file.name, file.path, n_cells, day=int(day[0]) if len(day) == 1 else None)


def _draft_file(file: NamedFile, columns: ObsColumns) -> Draft:
    with count_file_errors(file.path):
        source = open_counts(file.path)
        if columns.barcodes is not None:
            return _by_barcodes(file, source, columns.barcodes.resolve())
        obs_columns = _choose(source, columns)
        draft = _by_columns(file, source, obs_columns) if any(obs_columns[:3]) else None
        if draft is not None and (len(draft.lines) != 1 or draft.lines[0].cells):
            return draft
        evidence = find_evidence(source, max_names=max(1, source.n_cells))  # to count them all
    file_line = _line_of_file(file, source.n_cells) if draft is None else draft.lines[0]
    if evidence is None:
        return Draft([file_line])
    if draft is None:  # a day in the name of a file with several samples may be that of one
        file_line = replace(file_line, day=None)
    return _by_evidence(file, evidence, file_line, is_one=columns.sample is not None)


def _by_evidence(
    file: NamedFile, evidence: Evidence, file_line: DraftLine, *, is_one: bool
) -> Draft:
    """A line for each group that batches or barcodes tell apart.

    They are lanes of one sample where the caller says so, or patient and day are one.
    """
    if is_one or (evidence.n_cells_of and file_line.patient_id and file_line.day is not None):
        note = f"{file.path.name}: {evidence.words}, taken for parts of one sample (cells=all)"
        return Draft([replace(file_line, cells=ALL_CELLS)], [note])
    if not evidence.n_cells_of:
        return Draft([], [
            f"{file.path.name}: {evidence.words}; tell its samples apart (HTODemux, cellranger "
            "multi) and give that table with --barcodes"
        ])  # fmt: skip
    lines = [
        replace(file_line, sample_id=_group_name(file.name, cells), n_cells=n, cells=cells)
        for cells, n in evidence.n_cells_of.items()
    ]
    return Draft(lines)


def _by_barcodes(file: NamedFile, source: CountSource, table: Path) -> Draft:
    """The samples that a demultiplexing table names, with their cells in this file."""
    names = list(dict.fromkeys(name for name in read_barcode_table(table).columns[0] if name))
    cells = [f"barcodes={table}:{name}" for name in names]
    selection = select_cells(source, cells, names)
    lines = [
        DraftLine(name, file.path, int((selection.sample_of_cell == i).sum()), cells=cells[i])
        for i, name in enumerate(names)
        if selection.faults[i] is None
    ]
    return Draft(lines, [str(fault) for fault in selection.faults if fault is not None])


def _group_name(name: str, cells: str) -> str:
    """A sample's name from its batch or pattern of barcodes: pool_2 for *-2, P1 for P1_*."""
    if not cells.startswith("barcode="):
        return f"{name}_{cells.partition('=')[2]}"
    pattern = cells.partition("=")[2].replace("[ACGTN]", "")
    text = pattern.strip("*").strip("-_.:# ")
    return text if pattern.endswith("*") and text else f"{name}_{text or 0}"


def _choose(source: CountSource, columns: ObsColumns) -> ObsColumns:
    """The columns to use: those named, else the first that usually names such a thing.

    A lane or batch may be a part of a sample: it is taken only where nothing else tells samples.
    """
    patient = columns.patient or _first(source, PATIENT_COLUMNS, 1)
    day = columns.day or _first(source, DAY_COLUMNS, 1)
    sample = columns.sample or _first(source, SAMPLE_COLUMNS, 2)
    if not (sample or patient or day):
        sample = _first(source, LANE_COLUMNS, 2)
    return columns._replace(sample=sample, patient=patient, day=day)


def _first(source: CountSource, kind: re.Pattern[str], at_least: int) -> str | None:
    for column in sample_columns(source, kind):
        values = {value for value in source.column(column) if not is_no_sample(value)}
        if len(values) >= at_least:
            return column
    return None


def _by_columns(file: NamedFile, source: CountSource, obs_columns: ObsColumns) -> Draft:
    names = list(dict.fromkeys(name for name in obs_columns[:3] if name))
    columns = [[value.strip() for value in source.column(name)] for name in names]
    groups = Counter(zip(*columns, strict=True))
    # The sample's name alone is the selector where no two groups share it.
    alone = obs_columns.sample is not None and len({v[0] for v in groups}) == len(groups)
    samples = Counter({v: n for v, n in groups.items() if not any(map(is_no_sample, v))})
    small = {values for values, n in samples.items() if n < MIN_GROUP < source.n_cells}
    unwritable = {values for values in samples if ";" in "".join(values)}
    n_none = groups.total() - samples.total()
    lines = [
        _line_of_group(
            file, dict(zip(names, values, strict=True)), n,
            obs_columns=obs_columns, by=names[:1] if alone else names,
        )
        for values, n in sorted(samples.items(), key=_natural)
        if values not in small | unwritable
    ]  # fmt: skip
    if len(lines) == len(samples) == 1 and not n_none:
        lines = [replace(lines[0], cells="")]
    notes = _left_out(n_none, n_unwritable=len(unwritable), n_small=len(small))
    return Draft(_own_names(lines, file.name), [f"{file.path.name}: {note}" for note in notes])


def _left_out(n_cells: int, *, n_unwritable: int, n_small: int) -> list[str]:
    """Sentences on the cells and groups of a file that are on no line."""
    sentences = {
        f"{n_cells:,} cells are of no sample": n_cells,
        f"{n_unwritable} groups whose names hold a semicolon are left out": n_unwritable,
        f"{n_small} groups under {MIN_GROUP} cells are left out": n_small,
    }
    return [sentence for sentence, n in sentences.items() if n]


def _natural(group: tuple[tuple[str, ...], int]) -> list[list[tuple[int, str]]]:
    """A key that puts P2 before P10."""
    return [
        [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", value)]
        for value in group[0]
    ]


def _line_of_group(
    file: NamedFile,
    value_of: dict[str, str],
    n_cells: int,
    *,
    obs_columns: ObsColumns,
    by: Sequence[str],
) -> DraftLine:
    day_text = value_of.get(obs_columns.day or "", "")
    day = parse_day(day_text)
    if day is None and BASELINE.fullmatch(day_text.strip()):
        day = obs_columns.baseline_day
    parts = [value_of[name] for name in (obs_columns.patient, obs_columns.day) if name]
    return DraftLine(
        sample_id=value_of[obs_columns.sample] if obs_columns.sample else "_".join(parts),
        path=file.path,
        n_cells=n_cells,
        patient_id=value_of.get(obs_columns.patient or "", ""),
        day=day,
        cells=";".join(f"{name}={value_of[name]}" for name in by),
    )


def _own_names(lines: list[DraftLine], file_name: str) -> list[DraftLine]:
    """Names of samples that patients or days of one file repeat are told apart by those."""
    repeated = {name for name, n in Counter(line.sample_id for line in lines).items() if n > 1}
    return [
        replace(line, sample_id="_".join(_values(line.cells)) or file_name)
        if line.sample_id in repeated or not line.sample_id
        else line
        for line in lines
    ]


def _values(cells: str) -> Iterator[str]:
    return (term.partition("=")[2] for term in cells.split(";") if term)


def _unique_ids(lines: list[DraftLine]) -> list[DraftLine]:
    """Equal names of several files are told apart by the file."""
    repeated = {name for name, n in Counter(line.sample_id for line in lines).items() if n > 1}
    return [
        replace(line, sample_id=f"{line.path.name.partition('.')[0]}_{line.sample_id}")
        if line.sample_id in repeated
        else line
        for line in lines
    ]
