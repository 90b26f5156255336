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
from features.genes.antibodies import hashtag_rows
from features.notices import SAMPLES_COMMAND
from features.readers.count_source import CountSource
from features.table.barcode_table import is_no_sample, plain

# Columns of obs that tell samples apart, compared without case and punctuation: a noun, alone or
# with a word for its name. Types, groups, ages, clusters and tissues are none of these.
_NAME = "(id|name|no|nr|num|number|code|label|uuid|alias|key|barcode)?"
PATIENT_COLUMNS = re.compile(
    rf"((patient|donor|subject|individual|participant|person|pt)s?{_NAME}|caseid|genotype)"
)
SAMPLE_COLUMNS = re.compile(
    rf"(sample|specimen|biosample|sampletag|hashtag|hto|cmo)s?{_NAME}|origident|gsm|geoaccession|"
    "hashid|multiid|htomaxid|sng1st|sngbestguess|demuxlet"
)
DAY_COLUMNS = re.compile(rf"(timepoint|visit|day|sampleday|collectionday)s?{_NAME}")
# A lane or batch may be a sample or a part of one.
LANE_COLUMNS = re.compile(
    rf"(library|lib|lane|channel|batch|run|pool|dataset|gemgroup|gemwell|gem)s?{_NAME}"
)
# Fewer cells than this are no second sample: a mislabelled cell, or one label for each cell.
MIN_GROUP = 20
# Of more barcodes than this every second, third, ... is enough to see a second sample.
MAX_NAMES = 200_000
_BARCODE = re.compile(r"(.*?)([ACGTN]{8,}(?:[-_.+:]?[ACGTN]{6,})*)(.*)", re.DOTALL)
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
            f"sheet of its samples with `{SAMPLES_COMMAND} FILE -o samples.csv`, or say "
            "--one-sample (cells=all) if it is one"
        )


def find_evidence(source: CountSource, max_names: int = MAX_NAMES) -> Evidence | None:
    """The first sign of several samples: a column of obs, barcodes, then hashtags; or None.

    Of barcodes, about `max_names` are looked at.
    """
    kinds = (PATIENT_COLUMNS, SAMPLE_COLUMNS, DAY_COLUMNS, LANE_COLUMNS)
    for name in [name for kind in kinds for name in sample_columns(source, kind)]:
        groups = column_groups(source, name)
        if len(groups) > 1:
            words = f"its column {name} names {len(groups)}"
            return Evidence(words, {f"{name}={v}": n for v, n in groups.items()})
    return barcode_evidence(source, max_names) or _hashtag_evidence(source)


def sample_columns(source: CountSource, kind: re.Pattern[str]) -> list[str]:
    """Columns of obs of one kind, in the file's order."""
    return [name for name in source.column_names if kind.fullmatch(plain(name))]


def column_groups(source: CountSource, name: str) -> dict[str, int]:
    """Values of a column that may each be a sample, with their cells, in order of appearance."""
    counts = Counter(source.column(name))
    return {v: n for v, n in counts.items() if n >= MIN_GROUP and not is_no_sample(v)}


def barcode_evidence(source: CountSource, max_names: int) -> Evidence | None:
    """Groups of barcodes by what follows (GEM groups) or precedes the sequence; None for one."""
    step = max(1, -(-source.n_cells // max_names))
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
    try:
        for names in source.some_barcodes(step):
            for name in names:
                parts = _BARCODE.fullmatch(name)
                if parts is not None:
                    yield parts[1], parts[3]
    except InputError:
        return  # a file need not name its cells: features do not rest on their names


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
    rows = hashtag_rows(source.reference)  # whatever their type, which is lost in joined files
    if len(rows) < 2:
        return None
    n_cells = np.zeros(len(rows), np.int64)
    for counts in _counts_of_rows(source, np.array(rows)):
        total, most = counts.sum(axis=0), counts.max(axis=0)
        is_marked = (most >= HASHTAG_COUNTS) & (most >= HASHTAG_SHARE * total)
        n_cells += np.bincount(counts.argmax(axis=0)[is_marked], minlength=len(rows))
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
