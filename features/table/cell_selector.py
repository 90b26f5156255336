"""Cell selector: which cells of a pooled count file are one sample's (column `cells`).

    cells = TERM [; TERM]...  |  all
    TERM  = COLUMN=VALUE[|VALUE]...     cells with one of these values in a column of obs
          | barcode=GLOB[|GLOB]...      cells whose names match (* any text, ? one character)
          | barcodes=FILE[:SAMPLE]      cells that a list of barcodes, or a table's sample, names

A cell must meet every term. `all` takes the whole file and insists that it is one sample.
"""

from dataclasses import dataclass
from pathlib import Path

from features.errors import InputError

ALL_CELLS = "all"
FORMS = "COLUMN=VALUE, barcode=GLOB, barcodes=FILE or all"


@dataclass(frozen=True)
class ColumnTerm:
    """Cells with this value in a column of obs; `|` between several values."""

    column: str
    value: str

    def __str__(self) -> str:
        return f"{self.column}={self.value}"


@dataclass(frozen=True)
class BarcodeTerm:
    """Cells whose names match one of these patterns."""

    patterns: tuple[str, ...]

    def __str__(self) -> str:
        return f"barcode={'|'.join(self.patterns)}"


@dataclass(frozen=True)
class BarcodeFileTerm:
    """Cells that a file of barcodes names, of one of its samples where it names several."""

    file: Path
    sample: str | None

    def __str__(self) -> str:
        return f"barcodes={self.file}" + (f":{self.sample}" if self.sample else "")


Term = ColumnTerm | BarcodeTerm | BarcodeFileTerm


@dataclass(frozen=True)
class CellSelector:
    """What a cell must meet; without a term every cell is the sample's."""

    terms: tuple[Term, ...]

    def __str__(self) -> str:
        return ";".join(map(str, self.terms)) or ALL_CELLS

    @property
    def files(self) -> tuple[Path, ...]:
        """Files of barcodes that the selector reads."""
        return tuple(term.file for term in self.terms if isinstance(term, BarcodeFileTerm))


def parse_selector(text: str, folder: Path | None = None) -> CellSelector:
    """Read a selector; a relative FILE starts at `folder`, and None allows no file.

    Raises `InputError` for a text of another form, a term given twice, and a FILE that does not
    exist.

    >>> str(parse_selector("donor_id = P1; timepoint=D28"))
    'donor_id=P1;timepoint=D28'
    >>> parse_selector("barcode=*-2").terms
    (BarcodeTerm(patterns=('*-2',)),)
    """
    if text.strip().lower() == ALL_CELLS:
        return CellSelector(())
    terms = [_term(part, folder) for part in text.split(";") if part.strip()]
    if not terms:
        raise InputError(f"cells must be {FORMS}, but there is nothing; leave it empty or fill it")
    keys = [str(term).partition("=")[0] for term in terms]
    for key in keys:
        if keys.count(key) > 1:
            raise InputError(
                f"cells may name {key} once, but names it twice; write {key}=A|B for either"
            )
    return CellSelector(tuple(terms))


def _term(text: str, folder: Path | None) -> Term:
    key, equals, value = (part.strip() for part in text.partition("="))
    if not (key and equals and value):
        raise InputError(f"cells must be {FORMS}, joined by ;, but a part is none of them")
    if key == "barcode":
        return BarcodeTerm(tuple(pattern.strip() for pattern in value.split("|")))
    if key == "barcodes":
        return _file_term(value, folder)
    return ColumnTerm(key, value)


def _file_term(value: str, folder: Path | None) -> BarcodeFileTerm:
    if folder is None:
        raise InputError(
            "cells may name a column of obs or barcode=GLOB here, but names a file; "
            "upload the sample's cells alone"
        )
    name, colon, sample = value.rpartition(":")
    for file, label in ((value, None), (name, sample if colon else None)):
        path = folder / file
        if file and path.is_file():
            return BarcodeFileTerm(path.resolve(), label)
    raise InputError(
        f"the file of barcodes must exist, but {name or value} is not in the sheet's folder; "
        "correct the path"
    )
