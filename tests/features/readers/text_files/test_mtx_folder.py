"""mtx folders as many tools and people write them, against the .h5 of the same cells."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from features.errors import InputError
from features.readers.open_counts import open_counts
from features.readers.text_files import mtx_blocks, text_lines
from features.readers.text_files.mtx_folder import SeveralSamples
from tests.features.text_counts import (
    assert_same_cells,
    barcode_lines,
    gene_lines,
    matrix_text,
    scan_path,
    write_mtx,
    write_text,
)

GZIPPED = ("matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz")
KB = ("cells_x_genes.mtx", "cells_x_genes.genes.txt", "cells_x_genes.barcodes.txt")
FRY = ("quants_mat.mtx", "quants_mat_cols.txt", "quants_mat_rows.txt")


@pytest.mark.parametrize("order", ["by cell", "by gene", "by neither"])
@pytest.mark.parametrize("gzipped", [False, True])
def test_a_folder_gives_the_same_cells(
    blood: Any,
    tenx: Path,
    tmp_path: Path,
    gzipped: bool,
    order: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In any order, gzipped or not, and in pieces much smaller than the file."""
    monkeypatch.setattr(text_lines, "READ_BYTES", 50_000)
    monkeypatch.setattr(mtx_blocks, "BLOCK_ENTRIES", 10_000)
    form = sparse.csr_matrix if order == "by gene" else sparse.csc_matrix
    path = write_mtx(tmp_path / "f", blood, form(blood.counts.T))
    if order == "by neither":
        shuffle_entries(path / "matrix.mtx")
    if gzipped:
        for name, packed in zip(
            ("matrix.mtx", "features.tsv", "barcodes.tsv"), GZIPPED, strict=True
        ):
            write_text(path / packed, (path / name).read_bytes())
            (path / name).unlink()
    assert open_counts(path).major == ("genes" if order == "by gene" else "cells")
    assert_same_cells(scan_path(path), scan_path(tenx))


def shuffle_entries(path: Path) -> None:
    """The file's entries in random order."""
    lines = path.read_text().splitlines()
    order = np.random.default_rng(0).permutation(len(lines) - 3) + 3
    path.write_text("\n".join([*lines[:3], *(lines[i] for i in order)]) + "\n")


def floats(text: str) -> str:
    """Values as scipy writes real ones: 1.3E1."""
    head, lines = text.splitlines()[:3], text.splitlines()[3:]
    parts = (line.rpartition(" ") for line in lines)
    return "\n".join([*head, *(f"{place} {float(v):.3E}" for place, _, v in parts)]) + "\n"


def twice(text: str) -> str:
    """Each count over 1 given in two parts."""
    lines = text.splitlines()
    out = []
    for line in lines[3:]:
        place, _, value = line.rpartition(" ")
        n = int(value)
        out += [f"{place} 1", f"{place} {n - 1}"] if n > 1 else [line]
    size = lines[2].split()
    return "\n".join([*lines[:2], f"{size[0]} {size[1]} {len(out)}", *out]) + "\n"


MATRIX_FORMS: dict[str, Callable[[str], str]] = {
    "1.3E1": floats,
    "real": lambda text: text.replace("integer", "real", 1),
    "float": lambda text: text.replace("integer", "float", 1),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "metadata": lambda text: text.replace("\n%", '\n%metadata_json: {"format_version": 2}', 1),
    "spaced comment": lambda text: text.replace("\n%", "\n %", 1),
    "blank line at the end": lambda text: text + "\n",
    "entries given twice": twice,
}


@pytest.mark.parametrize("form", MATRIX_FORMS)
def test_matrices_however_they_are_written(
    blood: Any, tenx: Path, tmp_path: Path, form: str
) -> None:
    """Floats, headers, line ends, comments, repeated entries: the same cells."""
    path = write_mtx(tmp_path / "f", blood)
    matrix = path / "matrix.mtx"
    matrix.write_bytes(MATRIX_FORMS[form](matrix.read_text()).encode())
    assert_same_cells(scan_path(path), scan_path(tenx))


def rows(blood: Any, *columns: str, separator: str = "\t") -> str:
    """Lines of chosen columns: id, name, number, or any text."""
    values = zip(blood.ids, blood.names, strict=True)
    return "".join(
        separator.join({"id": i, "name": n, "number": str(k + 1)}.get(c, c) for c in columns) + "\n"
        for k, (i, n) in enumerate(values)
    )


GENES_FORMS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "ids alone": ("genes.tsv", lambda b: rows(b, "id")),
    "symbols alone": ("genes.tsv", lambda b: rows(b, "name")),
    "genome third": ("features.tsv", lambda b: rows(b, "id", "name", "GRCh38")),
    "biotype third": ("features.tsv", lambda b: rows(b, "id", "name", "protein_coding")),
    "six columns": (
        "features.tsv", lambda b: rows(b, "id", "name", "Gene Expression", "chr1", "5", "90")
    ),
    "swapped": ("features.tsv", lambda b: rows(b, "name", "id", "Gene Expression")),
    "spaces": ("features.tsv", lambda b: rows(b, "id", "name", separator=" ")),
    "spaces with type": (
        "features.tsv", lambda b: rows(b, "id", "name", "Gene Expression", separator=" ")
    ),
    "comma": ("genes.csv", lambda b: rows(b, "id", "name", separator=",")),
    "quoted": ("genes.csv", lambda b: rows(b, "id", "name").replace("\t", '","').replace(
        "\n", '"\n"').join(['"', ""]).removesuffix('"')),
    "row number first": ("features.tsv", lambda b: rows(b, "number", "id", "name")),
    "header": ("features.tsv", lambda b: "gene_id\tgene_name\n" + rows(b, "id", "name")),
    "R's header": (
        "features.tsv", lambda b: '"gene_id"\t"gene_name"\n' + rows(b, "number", "id", "name")
    ),
    "blank lines at the end": ("features.tsv", lambda b: rows(b, "id", "name") + "\n\n"),
    "CRLF": ("features.tsv", lambda b: rows(b, "id", "name").replace("\n", "\r\n")),
    "byte order mark": ("features.tsv", lambda b: "\ufeff" + rows(b, "id", "name")),
    "upper case": ("GSM1_Features.TSV", lambda b: rows(b, "id", "name")),
    "text": ("genes.txt", lambda b: rows(b, "id", "name")),
}  # fmt: skip


@pytest.mark.parametrize("form", GENES_FORMS)
def test_genes_however_they_are_written(blood: Any, tenx: Path, tmp_path: Path, form: str) -> None:
    """Columns in any number, order, quotes and delimiter, headed or not: the same cells."""
    path = write_mtx(tmp_path / "f", blood)
    (path / "features.tsv").unlink()
    name, text = GENES_FORMS[form]
    write_text(path / name, text(blood))
    assert_same_cells(scan_path(path), scan_path(tenx))


NAMES_FORMS: dict[str, tuple[str, str, str]] = {
    "GEO's prefix": tuple(f"GSM1_P1_{name}" for name in GZIPPED),
    "dots": tuple(f"GSM1.sample.{name}" for name in GZIPPED),
    "suffix": ("matrix_p1.mtx.gz", "features_p1.tsv.gz", "barcodes_p1.tsv.gz"),
    "counts.mtx": ("GSM1_counts.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz"),
    "genes of the series": ("GSM1_matrix.mtx", "GSE1_features.tsv", "GSM1_barcodes.tsv"),
    "upper case": ("GSM1_Matrix.mtx.gz", "GSM1_Genes.tsv.gz", "GSM1_Barcodes.tsv.gz"),
    "no matrix in the name": ("P1.mtx", "P1.genes.csv", "P1.cells.txt"),
}


@pytest.mark.parametrize("form", NAMES_FORMS)
def test_files_however_they_are_named(blood: Any, tenx: Path, tmp_path: Path, form: str) -> None:
    """A folder, and the matrix itself as path, whatever the names; macOS's files are no matter."""
    folder = write_mtx(tmp_path / "f", blood, names=NAMES_FORMS[form])
    for name in NAMES_FORMS[form]:
        (folder / f"._{name}").write_bytes(b"\0\5\x16\7")
    for path in (folder, folder / NAMES_FORMS[form][0]):
        assert_same_cells(scan_path(path), scan_path(tenx))
    assert open_counts(folder).read_barcodes()[:2] == ["C0", "C1"]


def test_a_matrix_of_cells_x_genes(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """Turned round by the lengths of its names, in either order and dense."""
    cells_x_genes = sparse.csr_matrix(blood.counts)
    for number, matrix in enumerate((cells_x_genes, cells_x_genes.tocsc())):
        path = write_mtx(tmp_path / f"f{number}", blood, matrix)
        assert_same_cells(scan_path(path), scan_path(tenx))


def test_as_many_cells_as_genes(blood: Any, tmp_path: Path) -> None:
    """The name of kb-python's matrix tells its sides where their lengths do not."""
    square = sparse.csr_matrix(np.triu(np.ones((len(blood.ids),) * 2, np.int8), len(blood.ids) - 3))
    write_text(tmp_path / KB[0], matrix_text(square))
    write_text(tmp_path / KB[1], rows(blood, "id"))
    write_text(tmp_path / KB[2], barcode_lines(len(blood.ids)))
    first = next(open_counts(tmp_path).blocks())
    assert np.diff(first.indptr)[:4].tolist() == [3, 2, 1, 0]  # the first cell has three genes


def test_a_dense_matrix(blood: Any, tmp_path: Path) -> None:
    """MatrixMarket's array format, either way round."""
    part = blood.counts[:250]
    expected = scan_path(write_mtx(tmp_path / "s", cut(blood), sparse.csc_matrix(part.T)))
    for name, values in (("a", part.T), ("t", part)):
        path = write_mtx(tmp_path / name, cut(blood), values.toarray())
        assert "array" in (path / "matrix.mtx").read_text()[:60]
        assert_same_cells(scan_path(path), expected)


def cut(blood: Any, n_cells: int = 250) -> Any:
    """The first cells."""
    from dataclasses import replace

    return replace(blood, counts=blood.counts[:n_cells])


def test_kb_python_names_its_genes_in_another_file(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """Ids with versions and symbols, each in a file of its own."""
    path = write_mtx(tmp_path / "f", blood, sparse.csr_matrix(blood.counts), names=KB)
    write_text(path / KB[1], "".join(f"{i}.12\n" for i in blood.ids))
    write_text(path / "cells_x_genes.genes.names.txt", rows(blood, "name"))
    assert_same_cells(scan_path(path), scan_path(tenx))
    assert open_counts(path).gene_names == blood.names


def test_alevin_fry_splits_a_gene_in_three(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """Spliced and ambiguous counts are added up, unspliced ones left out, as its authors do."""
    spliced = blood.counts.copy()
    spliced.data //= 2
    ambiguous = blood.counts - spliced
    unspliced = sparse.csr_matrix(np.random.default_rng(0).poisson(0.05, blood.counts.shape))
    three = sparse.csr_matrix(sparse.hstack([spliced, unspliced, ambiguous]))
    three.eliminate_zeros()
    path = write_mtx(tmp_path / "f", blood, three, names=FRY, field=None)
    ids = [f"{i}{part}" for part in ("", "-U", "-A") for i in blood.ids]
    write_text(path / FRY[1], "\n".join(ids) + "\n")
    assert_same_cells(scan_path(path), scan_path(tenx))
    assert open_counts(path).gene_ids == blood.ids


def test_parse_names_cells_in_a_table(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """Barcodes and columns of cells come from cell_metadata.csv."""
    names = ("count_matrix.mtx", "all_genes.csv", "cell_metadata.csv")
    path = write_mtx(tmp_path / "f", blood, sparse.csr_matrix(blood.counts), names=names)
    write_text(path / names[1], "gene_id,gene_name,genome\n" + rows(blood, "id", "name", "hg38",
                                                                    separator=","))  # fmt: skip
    cells = range(blood.counts.shape[0])
    table = "".join(f"{i:02d}_01_01,S{i % 2 + 1},hg38\n" for i in cells)
    write_text(path / names[2], "bc_wells,sample,species\n" + table)
    source = open_counts(path)
    assert_same_cells(scan_path(path), scan_path(tenx))
    assert source.read_barcodes()[:2] == ["00_01_01", "01_01_01"]
    assert source.column_names == ("bc_wells", "sample", "species")
    assert source.read_column("sample")[:3] == ["S1", "S2", "S1"]
    with pytest.raises(InputError, match="no column"):
        source.read_column("donor")


def test_starsolo_reads_of_one_gene_come_first(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """matrix.mtx beside UniqueAndMult-EM.mtx is taken, and the other is named."""
    path = write_mtx(tmp_path / "f", blood)
    shared = sparse.csc_matrix(blood.counts.T * 0.37)
    write_text(path / "UniqueAndMult-EM.mtx", matrix_text(shared, None))
    assert_same_cells(scan_path(path), scan_path(tenx))
    source = open_counts(path)
    assert (source.matrix, source.other_matrices) == ("matrix.mtx", ("UniqueAndMult-EM.mtx",))
    (path / "matrix.mtx").unlink()
    with pytest.raises(InputError, match=r"counts must be whole numbers .* raw UMI counts"):
        scan_path(path)


def test_several_samples_in_a_folder(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """The folder is refused naming them; folder and prefix, or a matrix, names one."""
    for sample in ("GSM1_P1_", "GSM2_P2_"):
        write_mtx(tmp_path, blood, names=tuple(f"{sample}{name}" for name in GZIPPED))  # type: ignore[arg-type]
    with pytest.raises(SeveralSamples, match=r"2 matrices .*GSM1_P1, GSM2_P2.*samples FOLDER"):
        open_counts(tmp_path)
    assert_same_cells(scan_path(tmp_path / "GSM1_P1_"), scan_path(tenx))
    assert_same_cells(scan_path(tmp_path / "GSM2_P2_matrix.mtx.gz"), scan_path(tenx))
    with pytest.raises(InputError, match=r"^GSM3: a count file must exist"):
        open_counts(tmp_path / "GSM3")


def test_another_kind_of_molecule_beside_the_rna(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """A matrix of antibodies beside the gene expression is named and not taken for it."""
    for kind in ("RNA", "ADT"):
        write_mtx(tmp_path, blood, names=tuple(f"GSM1_{kind}_{name}" for name in GZIPPED))  # type: ignore[arg-type]
    source = open_counts(tmp_path)
    assert (source.matrix, *source.other_matrices) == (
        "GSM1_RNA_matrix.mtx.gz", "GSM1_ADT_matrix.mtx.gz",
    )  # fmt: skip
    assert_same_cells(scan_path(tmp_path), scan_path(tenx))


def lines_of(path: Path) -> list[str]:
    """The matrix file's lines."""
    return (path / "matrix.mtx").read_text().splitlines()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda lines: [*lines[:9], "5 1 0.5", *lines[10:]], r"entry \d+ is 0\.5; give raw UMI"),
        (lambda lines: [*lines[:9], "5 1 -2", *lines[10:]], r"entry \d+ is -2"),
        (lambda lines: [*lines[:9], "5 x 2", *lines[10:]], r"entry \d+ is not three numbers"),
        (lambda lines: [*lines[:9], "0 1 2", *lines[10:]], r"entry \d+ is not three numbers"),
        (lambda lines: lines[:-40], "holds .* of its .* copy it again"),
        (lambda lines: [*lines, lines[-1]], r"states .* and holds .*; write it again"),
        (lambda lines: ["hello", *lines[1:]], "does not begin with %%MatrixMarket"),
        (lambda lines: [*lines[:9], "99999999 1 2", *lines[10:]], "points outside"),
        (lambda lines: [*lines[:3], *(f"{x} 1 0" for x in lines[3:])], r"holds 3.*Velocyto"),
        (lambda lines: [lines[0].replace("integer", "pattern"), *lines[1:]], "field is pattern"),
        (lambda lines: [lines[0].replace("general", "symmetric"), *lines[1:]], "symmetric"),
        (lambda lines: [lines[0].replace("integer", "complex"), *lines[1:]], "complex"),
    ],
)
def test_the_reason_is_true(blood: Any, tmp_path: Path, change: Any, sentence: str) -> None:
    """A fraction, a torn line, too few lines, another format: each its own sentence."""
    path = write_mtx(tmp_path / "f", cut(blood, 30))
    (path / "matrix.mtx").write_text("\n".join(change(lines_of(path))) + "\n")
    with pytest.raises(InputError, match=sentence):
        scan_path(path)


def test_only_damaged_files_are_to_be_copied_again(blood: Any, tmp_path: Path) -> None:
    """A cut-off gzip is; names of another sample, counts split by splicing and no genes are not."""
    path = write_mtx(tmp_path / "f", cut(blood, 30), names=GZIPPED)
    whole = (path / GZIPPED[0]).read_bytes()
    (path / GZIPPED[0]).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="copy it again from its source"):
        scan_path(path)
    (path / GZIPPED[0]).write_bytes(whole)
    write_text(path / GZIPPED[1], gene_lines(blood) + "X\tX\tX\n" * 7)
    with pytest.raises(InputError, match=r"files that were written together$"):
        scan_path(path)
    (path / GZIPPED[1]).unlink()
    with pytest.raises(InputError, match=r"put it there under the matrix's name or prefix$"):
        scan_path(path)
    shutil.rmtree(path)
    write_mtx(path, cut(blood, 30), names=("spliced.mtx", "features.tsv", "barcodes.tsv"))
    with pytest.raises(InputError, match="spliced, unspliced and ambiguous"):
        scan_path(path)


def test_a_folder_without_barcodes_numbers_its_cells(blood: Any, tmp_path: Path) -> None:
    """As it was read before; a list of other cells is refused when it is asked for."""
    path = write_mtx(tmp_path / "f", cut(blood, 30))
    (path / "barcodes.tsv").unlink()
    assert open_counts(path).read_barcodes() == [str(i) for i in range(1, 31)]
    write_text(path / "barcodes.tsv", barcode_lines(44))
    with pytest.raises(InputError, match="file of barcodes must have a line for each"):
        open_counts(path).read_barcodes()


def test_a_folder_without_a_matrix_is_refused(tmp_path: Path) -> None:
    """Any other folder gets its sentence."""
    with pytest.raises(InputError, match=r"counts of one sample, but this folder holds none"):
        open_counts(tmp_path)
