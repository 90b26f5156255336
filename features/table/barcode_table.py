"""Barcode lists and demultiplexing tables: demuxlet, souporcell, vireo, HTODemux, Cell Ranger.

Genotypes or hashtags tell the samples of a pooled run apart. Each tool writes a table of barcodes
with the sample of each; doublets, unassigned and negative droplets belong to no sample.
"""

import csv
import gzip
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from features.errors import InputError

# Names of columns, compared without case and punctuation; likeliest first.
BARCODE_COLUMNS = ("barcode", "barcodes", "cellbarcode", "cell", "cellid", "cellname", "index", "")
SAMPLE_COLUMNS = (
    "sample", "sampleid", "samplename", "donorid", "donor", "patientid", "patient", "subject",
    "individual", "sngbestguess", "best", "assignment", "hashid", "multiid", "htomaxid", "hto",
    "hashtag", "origident",
)  # fmt: skip
# Columns that say whether a droplet is one cell: souporcell, popscle, HTODemux.
STATUS_COLUMNS = ("status", "droplettype", "htoclassificationglobal")
SINGLET = {"singlet", "sng"}
NO_SAMPLE = {
    "", "doublet", "multiplet", "dbl", "amb", "ambiguous", "unassigned", "negative", "blank",
    "unknown", "undetermined", "nan", "na", "none",
}  # fmt: skip
_HEADERS_OF_LISTS = {*BARCODE_COLUMNS, "x", "v1"}
_GEM_GROUP = re.compile(r"-\d+$")
_SEQUENCE = re.compile(r"[ACGTN]{8}")


@dataclass(frozen=True)
class BarcodeTable:
    """Barcodes of a file in its order, and its columns that may name samples, likeliest first.

    A label is None where the droplet belongs to no sample. A list of barcodes has one column, of
    empty labels.
    """

    file: str
    barcodes: tuple[str, ...]
    columns: tuple[tuple[str | None, ...], ...]

    def column_of(self, sample: str | None) -> int:
        """The first column that names this sample; the first of all without a sample.

        Raises `InputError` when no column names it, or when the table tells samples apart and none
        is asked for.
        """
        n_samples = len(set(self.columns[0]) - {None})
        if sample is None and n_samples > 1:
            raise InputError(
                f"cells must say which of the {n_samples} samples of {self.file} it means; write "
                f"barcodes={self.file}:SAMPLE"
            )
        for i, labels in enumerate(self.columns):
            if sample is None or sample in labels:
                return i
        raise InputError(
            f"cells asks for a sample that {self.file} does not name; correct the part after the "
            "colon"
        )


def is_no_sample(label: str) -> bool:
    """Whether a label says that a droplet belongs to no sample.

    >>> is_no_sample("Doublet"), is_no_sample("Negative"), is_no_sample("donor0")
    (True, True, False)
    """
    return label.strip().lower() in NO_SAMPLE


def read_barcode_table(path: Path) -> BarcodeTable:
    """Read a list of barcodes, or a table of barcodes with a column that names samples.

    Comma, semicolon or tab, plain or gzip. Raises `InputError` when it is no such file, or a table
    in which no column is known to name samples.
    """
    lines = _lines(path)
    header, rows = _split_header(lines)
    if not rows:
        raise InputError(f"a file of barcodes must hold at least one, but {path.name} holds none")
    keys = [plain(name) for name in header]
    at = next((keys.index(name) for name in BARCODE_COLUMNS if name in keys), 0)
    barcodes = tuple(row[at].strip() for row in rows)
    samples = [keys.index(name) for name in SAMPLE_COLUMNS if name in keys]
    if not samples and len(header) == 2:
        samples = [1 - at]
    if not samples and len(header) > 2:
        raise InputError(
            f"a table of barcodes must name samples in a column such as sample or donor_id, but "
            f"{path.name} has {', '.join(header[:12])}; rename the column to sample"
        )
    is_singlet = _singlets(keys, rows)
    columns = tuple(
        tuple(_label(row[i], one) for row, one in zip(rows, is_singlet, strict=True))
        for i in samples
    )
    _check_unique(path.name, barcodes, columns)
    return BarcodeTable(path.name, barcodes, columns or (("",) * len(barcodes),))


def bare_barcode(barcode: str) -> str:
    """A barcode without Cell Ranger's number of the GEM group, which many tools leave out.

    >>> bare_barcode("AAACCTGAGAAACCAT-1")
    'AAACCTGAGAAACCAT'
    """
    return _GEM_GROUP.sub("", barcode)


def plain(name: str) -> str:
    """A column's name without case and punctuation.

    >>> plain("HTO_maxID"), plain("SNG.BEST.GUESS")
    ('htomaxid', 'sngbestguess')
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _lines(path: Path) -> list[list[str]]:
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(
            f"a file of barcodes must be readable text, but {path.name} is not "
            f"({type(error).__name__}); save it as .csv or .tsv"
        ) from None
    lines = [line for line in text.splitlines() if line.strip()]
    delimiter = next((mark for mark in "\t;," if lines and mark in lines[0]), ",")
    rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(row)]
    width = max(map(len, rows), default=0)
    if rows and len(rows[0]) == width - 1:  # R's write.table does not name the row names
        rows[0].insert(0, "")
    if any(len(row) != width for row in rows):
        raise InputError(
            f"each line of a table of barcodes must have as many cells, but {path.name} differs; "
            "save it as .csv"
        )
    return rows


def _split_header(lines: Sequence[list[str]]) -> tuple[list[str], Sequence[list[str]]]:
    if not lines:
        return [], []
    first = lines[0]
    is_header = (
        plain(first[0]) in _HEADERS_OF_LISTS
        if len(first) == 1
        else not any(_SEQUENCE.match(cell) for cell in first)
    )
    names = first if is_header else [str(i) for i in range(len(first))]
    return names, lines[1:] if is_header else lines


def _check_unique(
    name: str, barcodes: Sequence[str], columns: Sequence[Sequence[str | None]]
) -> None:
    """Refuse a table that gives one barcode to several samples, as of several runs in one file."""
    for labels in columns:
        if len(set(zip(barcodes, labels, strict=True))) > len(set(barcodes)):
            raise InputError(
                f"{name} gives one barcode to several samples; make one file for each run"
            )


def _singlets(keys: Sequence[str], rows: Sequence[list[str]]) -> list[bool]:
    """Whether each droplet holds one cell, by the tool's own column; all where there is none."""
    columns = [keys.index(name) for name in STATUS_COLUMNS if name in keys]
    return [all(row[i].strip().lower() in SINGLET for i in columns) for row in rows]


def _label(cell: str, is_singlet: bool) -> str | None:
    """The sample that a cell of the table names; demuxlet writes SNG-P1, DBL-P1-P2-0.5."""
    kind, dash, rest = cell.strip().partition("-")
    if dash and kind in ("SNG", "DBL", "AMB"):
        cell, is_singlet = rest, is_singlet and kind == "SNG"
    return cell.strip() if is_singlet and not is_no_sample(cell) else None
