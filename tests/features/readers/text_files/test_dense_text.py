"""Dense tables as people write them, against the .h5 of the same cells."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.errors import InputError
from features.readers.open_counts import open_counts
from features.readers.text_files import text_lines
from tests.features.text_counts import assert_same_cells, dense_text, scan_path, write_text


@pytest.fixture(scope="module")
def few(blood: Any) -> Any:
    """The first 120 cells."""
    return replace(blood, counts=blood.counts[:120])


@pytest.fixture
def few_tenx(few: Any, tmp_path: Path, tenx_writer: Callable[..., Path]) -> Path:
    """The same cells as .h5."""
    return tenx_writer(tmp_path / "few.h5", few)


def cells(few: Any) -> list[str]:
    """Names of the cells."""
    return [f"CELL{i}-1" for i in range(few.counts.shape[0])]


def genes_by_cells(few: Any, names: list[str] | None = None, **options: str) -> str:
    """A row for each gene."""
    return dense_text(names or few.names, cells(few), few.counts.T.toarray(), **options)


def cells_by_genes(few: Any, names: list[str] | None = None, **options: str) -> str:
    """A row for each cell."""
    return dense_text(names or cells(few), few.names, few.counts.toarray(), **options)


def without_corner(text: str) -> str:
    """R's write.table: the header is one cell shorter."""
    head, rest = text.split("\n", 1)
    return head.split("\t", 1)[1] + "\n" + rest


def quoted(text: str) -> str:
    """R's write.csv: names in quotes."""
    head, *rows = text.splitlines()
    parts = (row.partition(",") for row in rows)
    names = ",".join(f'"{name}"' for name in head.split(","))
    return "\n".join([names, *(f'"{name}",{rest}' for name, _, rest in parts)]) + "\n"


FORMS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "csv, genes x cells": ("a.csv", genes_by_cells),
    "csv.gz, genes x cells": ("a.csv.gz", genes_by_cells),
    "csv, cells x genes": ("a.csv", cells_by_genes),
    "Drop-seq": ("a.dge.txt.gz", lambda f: genes_by_cells(f, delimiter="\t", corner="GENE")),
    "ids": ("a.tsv", lambda f: genes_by_cells(f, f.ids, delimiter="\t")),
    "ids with versions": ("a.tsv", lambda f: genes_by_cells(f, [f"{i}.3" for i in f.ids])),
    "id and symbol": (
        "a.tsv",
        lambda f: genes_by_cells(
            f, [f"{i}\t{n}" for i, n in zip(f.ids, f.names, strict=True)], delimiter="\t",
            corner="id\tsymbol",
        ),
    ),
    "row numbers": (
        "a.csv",
        lambda f: genes_by_cells(f, [f"{k},{n}" for k, n in enumerate(f.names)], corner=",gene"),
    ),
    "write.table": ("a.txt", lambda f: without_corner(genes_by_cells(f, delimiter="\t"))),
    "write.csv": ("a.csv", lambda f: quoted(genes_by_cells(f))),
    "write.csv, cells x genes": ("a.csv", lambda f: quoted(cells_by_genes(f))),
    "semicolon": ("a.csv", lambda f: genes_by_cells(f, delimiter=";")),
    "blanks": ("a.txt", lambda f: genes_by_cells(f, delimiter=" ", corner="gene")),
    "CRLF": ("a.csv", lambda f: cells_by_genes(f).replace("\n", "\r\n")),
    "byte order mark": ("a.csv", lambda f: "\ufeff" + cells_by_genes(f)),
    "trailing delimiters": ("a.csv", lambda f: genes_by_cells(f).replace("\n", ",\n")),
    "real numbers": (
        "a.csv", lambda f: dense_text(f.names, cells(f), f.counts.T.toarray().astype(float))
    ),
    "BD Rhapsody": (
        "S_RSEC_MolsPerCell.csv",
        lambda f: "##Pipeline\n##Date\n"
        + cells_by_genes(f, [str(7 * i + 3) for i in range(120)], corner="Cell_Index"),
    ),
    "featureCounts": (
        "a.txt",
        lambda f: "# Program:featureCounts\n"
        + genes_by_cells(
            f, [f"{i}\tchr1\t5\t9\t+\t{k}" for k, i in enumerate(f.ids)], delimiter="\t",
            corner="Geneid\tChr\tStart\tEnd\tStrand\tLength",
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_tables_however_they_are_written(
    few: Any, few_tenx: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either way round, any delimiter, names and header, in pieces of some rows: the same cells."""
    monkeypatch.setattr(text_lines, "READ_BYTES", 60_000)
    name, text = FORMS[form]
    path = write_text(tmp_path / name, text(few))
    assert_same_cells(scan_path(path), scan_path(few_tenx))
    assert len(open_counts(path).read_barcodes()) == 120


def test_the_name_decides_nothing(few: Any, few_tenx: Path, tmp_path: Path) -> None:
    """An upload has no name."""
    path = write_text(tmp_path / "upload", genes_by_cells(few))
    assert_same_cells(scan_path(path), scan_path(few_tenx))


def test_cells_without_names(few: Any, few_tenx: Path, tmp_path: Path) -> None:
    """A table of counts alone under its genes: the first column is a gene's."""
    text = cells_by_genes(few).splitlines()
    path = write_text(tmp_path / "a.csv", "\n".join(line.split(",", 1)[1] for line in text))
    assert_same_cells(scan_path(path), scan_path(few_tenx))


def test_columns_of_the_cells(few: Any, few_tenx: Path, tmp_path: Path) -> None:
    """Text beside the cells' names is a column of obs; figures of the cell are no genes."""
    names = [f"{cell},P{i % 2}" for i, cell in enumerate(cells(few))]
    dense = few.counts.toarray()
    values = np.column_stack([dense.sum(axis=1), dense])
    text = dense_text(names, ["nCount_RNA", *few.names], values, corner="cell,patient")
    path = write_text(tmp_path / "a.csv", text)
    source = open_counts(path)
    assert_same_cells(scan_path(path), scan_path(few_tenx))
    assert source.column_names == ("patient",)
    assert source.read_column("patient")[:3] == ["P0", "P1", "P0"]
    assert source.read_barcodes() == cells(few)


def test_antibodies_of_bd(few: Any, tmp_path: Path) -> None:
    """AbSeq columns are protein; a targeted panel's genes are named before the bar."""
    columns = [*(f"{name}|NM_1|Reference_end" for name in few.names), "CD7:M-T701|CD7|AHS1|pAbO"]
    values = np.column_stack([few.counts.toarray(), np.full(120, 9)])
    path = write_text(tmp_path / "a.csv", dense_text(cells(few), columns, values))
    reference = open_counts(path).reference
    assert reference.kinds[-2:] == ("rna", "protein")
    assert reference.names[:-1] == tuple(few.names)


def broken(few: Any, change: Callable[[list[str]], list[str]]) -> str:
    """Genes x cells with some lines changed."""
    return "\n".join(change(genes_by_cells(few).splitlines())) + "\n"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda rows: [*rows[:5], rows[5].replace(",0,", ",0.5,", 1), *rows[6:]],
         r"row 5, column \d+ of the table is 0\.5; give raw UMI counts"),
        (lambda rows: [*rows[:5], rows[5].replace(",0,", ",NA,", 1), *rows[6:]], "is NA; give raw"),
        (lambda rows: [*rows[:5], rows[5].replace(",0,", ",,", 1), *rows[6:]], "is empty; give"),
        (lambda rows: [*rows[:5], rows[5].replace(",0,", ",-1,", 1), *rows[6:]], "is -1; give raw"),
        (lambda rows: [*rows[:-1], rows[-1][:-40]], "of its 120 counts; copy it again"),
        (lambda rows: [*rows[:5], rows[5] + ",1", *rows[6:]], "has more than 120; write the table"),
        (lambda rows: rows[:1], "columns in its header"),
        (lambda rows: ["gene,cell,count", "CD7,AAAC,3"], "2 of them text; convert it"),
        (lambda rows: [rows[0], *(f"x{i}{row}" for i, row in enumerate(rows[1:]))],
         "neither its header nor its first column names any"),
    ],
)  # fmt: skip
def test_the_reason_is_true(few: Any, tmp_path: Path, change: Any, sentence: str) -> None:
    """Fractions, gaps, torn rows, long tables and tables without genes."""
    path = write_text(tmp_path / "a.csv", broken(few, change))
    with pytest.raises(InputError, match=sentence):
        scan_path(path)
