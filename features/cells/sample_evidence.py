"""Signs that a count file pools several samples: obs columns, barcodes, hashtags.

A pooled file that is read as one sample gives a mixture of patients without a warning, so such a
file is refused unless the caller selects cells or insists.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from glob import escape
from typing import NamedTuple

import numpy as np

from features.arrays import Ints
from features.errors import InputError
from features.readers.count_source import CountSource
from features.table.barcode_table import is_no_sample, plain

# Columns of obs that tell samples apart, compared without case and punctuation. Cell types,
# clusters and tissues do not. The order is that of trust.
PATIENT_COLUMNS = (
    "patientid", "patient", "donorid", "donor", "subjectid", "subject", "individualid",
    "individual", "participantid", "participant", "person",
)  # fmt: skip
DAY_COLUMNS = ("timepoint", "visit", "day", "dayspostinfusion", "dayofsample")
SAMPLE_COLUMNS = (
    "sampleid", "sample", "samplename", "sampletag", "sampleuuid", "origident", "hashid", "multiid",
    "htomaxid", "hto", "hashtag",
)  # fmt: skip
# A lane or batch may be a sample or a part of one.
LANE_COLUMNS = (
    "libraryid", "library", "libraryuuid", "gemgroup", "gemid", "channel", "batchid", "batch",
    "run",
)  # fmt: skip
# Fewer cells than this are no second sample: a mislabelled cell, or one label for each cell.
MIN_GROUP = 20
# Barcodes above this number are mostly empty droplets, of which some are enough.
MAX_NAMES = 1_000_000
_BARCODE = re.compile(r"(.*?)([ACGTN]{8,}(?:[-_.+:]?[ACGTN]{6,})*)(.*)", re.DOTALL)
_HASHTAG = re.compile(r"hto|.*hash-?_?tag|cmo\d{3}$|.*[-_ ]hto", re.IGNORECASE)
# A droplet has one hashtag when it makes most of its counts, and enough of them.
HASHTAG_COUNTS, HASHTAG_SHARE = 10, 0.6
HASHTAG_CELLS = 2_000  # cells looked at


class Evidence(NamedTuple):
    """What tells samples apart, in words, and the selector of each group with its cells."""

    words: str
    n_cells_of: Mapping[str, int]


def check_one_sample(source: CountSource) -> None:
    """Refuse a file that holds several samples; raises `InputError` with the evidence."""
    evidence = find_evidence(source)
    if evidence is not None:
        raise InputError(
            f"a count file without `cells` must hold one sample, but {evidence.words}; draft a "
            "sheet of its samples with `cd7watch features samples FILE -o samples.csv`, or say "
            "--one-sample (cells=all) if it is one"
        )


def find_evidence(source: CountSource) -> Evidence | None:
    """The first sign of several samples: a column of obs, barcodes, then hashtags; or None."""
    for name in sample_columns(
        source, (*PATIENT_COLUMNS, *SAMPLE_COLUMNS, *DAY_COLUMNS, *LANE_COLUMNS)
    ):
        groups = column_groups(source, name)
        if len(groups) > 1:
            words = f"its column {name} names {len(groups)}"
            return Evidence(words, {f"{name}={v}": n for v, n in groups.items()})
    return barcode_evidence(source) or _hashtag_evidence(source)


def sample_columns(source: CountSource, names: Iterable[str]) -> list[str]:
    """Columns of obs with one of these names, in the order of the names."""
    return [column for name in names for column in source.column_names if plain(column) == name]


def column_groups(source: CountSource, name: str) -> dict[str, int]:
    """Values of a column that may each be a sample, with their cells, in order of appearance."""
    counts = Counter(source.column(name))
    return {v: n for v, n in counts.items() if n >= MIN_GROUP and not is_no_sample(v)}


def barcode_evidence(source: CountSource) -> Evidence | None:
    """Groups of barcodes by what follows (GEM groups) or precedes the sequence; None for one."""
    step = -(-source.n_cells // MAX_NAMES) or 1
    ends = Counter(_ends(source, step))
    prefixes, suffixes = (_totals(ends, side) for side in (0, 1))
    if len(suffixes) > 1:
        numbers = [s for s in suffixes if re.fullmatch(r"-\d+", s)]
        example = f" ({', '.join(sorted(numbers)[:3])}, ...)" if numbers else ""
        words = f"its barcodes end in {len(suffixes)} ways{example}"
        return Evidence(words, {f"barcode={_after(s, suffixes)}": n for s, n in suffixes.items()})
    if len(prefixes) > 1:
        words = f"its barcodes begin in {len(prefixes)} ways"
        return Evidence(words, {f"barcode={_before(p, prefixes)}": n for p, n in prefixes.items()})
    return None


def _ends(source: CountSource, step: int) -> Iterator[tuple[str, str]]:
    """What surrounds the sequence in every step-th barcode; nothing for names without one."""
    for names in source.barcode_blocks():
        for name in names[::step]:
            parts = _BARCODE.fullmatch(name)
            if parts is not None:
                yield parts[1], parts[3]


def _totals(ends: Mapping[tuple[str, str], int], side: int) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for pair, n in ends.items():
        totals[pair[side]] += n
    return {text: n for text, n in totals.items() if n >= MIN_GROUP}


def _after(suffix: str, suffixes: Iterable[str]) -> str:
    """A pattern for names that end so, and not with one of the longer suffixes."""
    ambiguous = any(other != suffix and other.endswith(suffix) for other in suffixes)
    return f"*{'[ACGTN]' if ambiguous else ''}{escape(suffix)}"


def _before(prefix: str, prefixes: Iterable[str]) -> str:
    ambiguous = any(other != prefix and other.startswith(prefix) for other in prefixes)
    return f"{escape(prefix)}{'[ACGTN]' if ambiguous else ''}*"


def _hashtag_evidence(source: CountSource) -> Evidence | None:
    """Two hashtags that each mark cells of their own; a reference may list unused ones."""
    rows = [
        i
        for i, (kind, name) in enumerate(
            zip(source.reference.kinds, source.reference.names, strict=True)
        )
        if kind != "rna" and _HASHTAG.match(name)
    ]
    if len(rows) < 2:
        return None
    n_cells = np.zeros(len(rows), np.int64)
    for counts in _counts_of_rows(source, np.array(rows)):
        total, most = counts.sum(axis=0), counts.max(axis=0)
        marked = (most >= HASHTAG_COUNTS) & (most >= HASHTAG_SHARE * total)
        n_cells += np.bincount(counts.argmax(axis=0)[marked], minlength=len(rows))
        if n_cells.sum() >= HASHTAG_CELLS:
            break
    n_tags = int((n_cells >= MIN_GROUP).sum())
    return Evidence(f"{n_tags} hashtags mark its cells", {}) if n_tags > 1 else None


def _counts_of_rows(source: CountSource, rows: Ints) -> Iterator[Ints]:
    """Counts of a few rows (rows, cells): block by block, or at once where genes come in order."""
    position = np.full(len(source.reference.ids), -1, np.int64)
    position[rows] = np.arange(rows.size)
    by_cells = source.major == "cells"
    counts = np.zeros((rows.size, 0 if by_cells else source.n_cells), np.int64)
    for block in source.blocks():
        major = np.repeat(np.arange(block.indptr.size - 1), np.diff(block.indptr))
        genes, cells = (block.indices, major) if by_cells else (major + block.first, block.indices)
        entries = position[genes] >= 0
        if by_cells:
            counts = np.zeros((rows.size, block.indptr.size - 1), np.int64)
        np.add.at(counts, (position[genes[entries]], cells[entries]), block.data[entries])
        if by_cells:
            yield counts
    if not by_cells:
        yield counts
