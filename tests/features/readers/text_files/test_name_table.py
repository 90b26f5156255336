"""Tables of names: which column is what."""

from pathlib import Path

import pytest

from features.errors import InputError
from features.readers.text_files import text_lines
from features.readers.text_files.name_table import (
    feature_types,
    first_column,
    gene_reference,
    read_name_table,
)
from tests.features.text_counts import write_text

IDS = ("ENSG00000173762", "ENSG00000143546", "ENSG00000163220")
NAMES = ("CD7", "S100A8", "S100A9")


def reference(tmp_path: Path, lines: list[str], n_genes: int = 3) -> tuple[object, ...]:
    """Ids, names and kinds that a table of these lines gives."""
    path = write_text(tmp_path / "genes.tsv", "\n".join(lines) + "\n")
    genes = gene_reference(read_name_table(path, (n_genes,)))
    return genes.ids, genes.names, genes.kinds


def test_antibodies_keep_their_type(tmp_path: Path) -> None:
    """10x's types however they are spelled, in any column."""
    kinds = ("Gene.Expression", "gene_expression", "Antibody Capture")
    lines = [f"{i}\t{n}\tGRCh38\t{k}" for i, n, k in zip(IDS, NAMES, kinds, strict=True)]
    assert reference(tmp_path, lines) == (IDS, NAMES, ("rna", "rna", "protein"))


def test_other_third_columns_are_no_types() -> None:
    """Biotypes, genomes and guides alone leave every row RNA."""
    for column in (("protein_coding", "lncRNA"), ("GRCh38",) * 2, ("CRISPR Guide Capture",) * 2):
        assert feature_types(column) == ()


def test_columns_without_known_genes_stay_in_order(tmp_path: Path) -> None:
    """Another species or antibodies alone: ids first, names second, as Cell Ranger writes."""
    lines = [f"ENSMUSG{i}\tGene{i}" for i in range(3)]
    ids, names, _ = reference(tmp_path, lines)
    assert (ids, names) == (tuple(f"ENSMUSG{i}" for i in range(3)), ("Gene0", "Gene1", "Gene2"))


def test_lines_of_unequal_length(tmp_path: Path) -> None:
    """Rows of a mixed reference with fewer cells."""
    lines = [f"{IDS[0]}\tCD7\tGene Expression", f"{IDS[1]}\tS100A8\t", IDS[2]]
    assert reference(tmp_path, lines)[:2] == (IDS, ("CD7", "S100A8", ""))


def test_another_number_of_lines_is_refused(tmp_path: Path) -> None:
    """The sentence says both numbers, and does not call the file damaged."""
    with pytest.raises(InputError, match=r"\(5\), but it has 3; give the files that were written"):
        reference(tmp_path, list(IDS), 5)


@pytest.mark.parametrize("header", ["", "barcode\tx\n"])
def test_the_first_column_in_pieces(
    tmp_path: Path, header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Barcodes of a long list, headed or not, with blank lines at the end."""
    monkeypatch.setattr(text_lines, "READ_BYTES", 100)
    names = [f"CELL{i}-1" for i in range(500)]
    path = write_text(tmp_path / "b.tsv.gz", header + "".join(f"{n}\t7\n" for n in names) + "\n\n")
    pieces = list(first_column(path, 500))
    assert [name for piece in pieces for name in piece] == names and len(pieces) > 10
    with pytest.raises(InputError, match="file of barcodes"):
        list(first_column(path, 470))


@pytest.mark.parametrize(
    ("first", "is_header"),
    [("barcode", True), ("x", True), ('"V1"', True), ("bc_wells", True), ("Cell_Index", True),
     ("AAACCTGAGAAACCAT-1", False), ("cell_77", False), ("sample_3", False)],
)  # fmt: skip
def test_a_barcode_too_many_is_no_header(tmp_path: Path, first: str, is_header: bool) -> None:
    """A header is left out; another barcode would shift every cell, and is refused."""
    path = write_text(tmp_path / "b.tsv", f"{first}\ncell_1\ncell_2\n")
    if is_header:
        assert list(first_column(path, 2)) == [["cell_1", "cell_2"]]
        return
    with pytest.raises(InputError, match="files that were written together"):
        list(first_column(path, 2))


def test_a_gene_too_many_is_no_header(tmp_path: Path) -> None:
    """The same of genes, by id or symbol."""
    genes = [f"{i}\t{n}" for i, n in zip(IDS, NAMES, strict=True)]
    for first in (f"{IDS[0]}\tID1", "MIR1302-2HG\tMIR1302-2HG"):
        with pytest.raises(InputError, match="files that were written together"):
            reference(tmp_path, [first, *genes])
    assert reference(tmp_path, ["gene_id\tgene_name", *genes])[:2] == (IDS, NAMES)
