"""Cases of the lists beside a matrix: columns of features.tsv, names of the files."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import anndata as ad

from benchmarks.input_cases.public_samples import sample
from benchmarks.input_cases.registry import case
from benchmarks.input_cases.writers import tabbed_features, write_mtx


def _with_features(
    folder: Path,
    name: str,
    lines: Callable[[ad.AnnData], Sequence[str]],
    file: str = "features.tsv",
) -> str:
    data = sample()
    return write_mtx(folder, name, data, features=file, feature_lines=lines(data))


def _pairs(data: ad.AnnData) -> list[tuple[str, str]]:
    return list(zip(data.var["gene_ids"], data.var_names, strict=True))


@case()
def features_of_symbols_alone(folder: Path) -> str:
    """One column: symbols."""
    return _with_features(folder, "symbols", lambda data: list(data.var_names))


@case()
def features_of_ids_alone(folder: Path) -> str:
    """One column: ids."""
    return _with_features(folder, "ids", lambda data: list(data.var["gene_ids"]))


@case()
def features_with_biotypes(folder: Path) -> str:
    """A third column of biotypes."""
    return _with_features(folder, "biotype", lambda data: tabbed_features(data, "protein_coding"))


@case()
def features_with_another_word(folder: Path) -> str:
    """A third column that says Gene."""
    return _with_features(folder, "word", lambda data: tabbed_features(data, "Gene"))


@case()
def features_with_genome(folder: Path) -> str:
    """A third column with the genome."""
    return _with_features(folder, "genome", lambda data: tabbed_features(data, "GRCh38"))


@case()
def features_with_header(folder: Path) -> str:
    """A header line."""
    header = "gene_id\tgene_name\ttype"
    return _with_features(folder, "header", lambda data: [header, *tabbed_features(data)])


@case()
def features_swapped(folder: Path) -> str:
    """Symbols first, ids second."""
    return _with_features(
        folder, "swapped", lambda data: [f"{n}\t{i}\tGene Expression" for i, n in _pairs(data)]
    )


@case()
def features_with_blanks(folder: Path) -> str:
    """Columns parted by a blank."""
    return _with_features(folder, "blank", lambda data: [f"{i} {n}" for i, n in _pairs(data)])


@case()
def features_as_csv(folder: Path) -> str:
    """genes.csv."""
    return _with_features(
        folder, "csv", lambda data: [f"{i},{n}" for i, n in _pairs(data)], "genes.csv"
    )


@case()
def features_quoted(folder: Path) -> str:
    """Quotes around each cell, as R's write.table sets them."""
    return _with_features(folder, "quoted", lambda data: [f'"{i}"\t"{n}"' for i, n in _pairs(data)])


@case()
def features_with_row_numbers(folder: Path) -> str:
    """A first column of row numbers."""
    return _with_features(
        folder,
        "rows",
        lambda data: [f"{row}\t{i}\t{n}" for row, (i, n) in enumerate(_pairs(data), 1)],
    )


@case()
def features_with_an_empty_last_line(folder: Path) -> str:
    """An empty line at the end."""
    return _with_features(folder, "empty_line", lambda data: [*tabbed_features(data), ""])


@case()
def lists_as_txt(folder: Path) -> str:
    """genes.txt and barcodes.txt."""
    data = sample()
    return write_mtx(
        folder, "txt", data, features="genes.txt", barcodes="barcodes.txt",
        feature_lines=tabbed_features(data, None),
    )  # fmt: skip


@case()
def names_with_capitals(folder: Path) -> str:
    """GSM1_Matrix.mtx.gz."""
    return write_mtx(
        folder, "capitals", sample(), matrix="GSM1_Matrix.mtx.gz",
        features="GSM1_Features.tsv.gz", barcodes="GSM1_Barcodes.tsv.gz",
    )  # fmt: skip


@case()
def names_with_points(folder: Path) -> str:
    """GSM1.sample.matrix.mtx.gz."""
    return write_mtx(folder, "points", sample(), prefix="GSM1.sample.")


@case()
def names_with_suffix(folder: Path) -> str:
    """matrix_p1.mtx.gz."""
    return write_mtx(
        folder, "suffix", sample(), matrix="matrix_p1.mtx.gz", features="features_p1.tsv.gz",
        barcodes="barcodes_p1.tsv.gz",
    )  # fmt: skip


@case()
def matrix_called_counts(folder: Path) -> str:
    """GSM1_counts.mtx.gz."""
    return write_mtx(folder, "counts", sample(), matrix="GSM1_counts.mtx.gz")


@case()
def resource_files_of_macos(folder: Path) -> str:
    """._matrix.mtx.gz beside the files."""
    name = write_mtx(folder, "macos", sample())
    for file in list((folder / name).iterdir()):
        (folder / name / f"._{file.name}").write_bytes(b"\0\5\x16\7")
    return name


@case()
def antibodies_beside_rna(folder: Path) -> str:
    """GSM1_RNA_matrix.mtx.gz and GSM1_ADT_matrix.mtx.gz."""
    name = write_mtx(folder, "adt_beside", sample(), prefix="GSM1_RNA_")
    antibodies = sample()[:, :20].copy()
    antibodies.var["gene_ids"] = [f"ADT_{i}" for i in range(20)]
    antibodies.var_names = [f"ADT_{i}" for i in range(20)]
    other = write_mtx(folder, "adt_other", antibodies, prefix="GSM1_ADT_")
    for file in (folder / other).iterdir():
        shutil.move(file, folder / name / file.name)
    return name


@case()
def one_features_file_for_all(folder: Path) -> str:
    """GSE1_features.tsv.gz beside the sample's matrix and barcodes."""
    name = write_mtx(folder, "shared", sample(), prefix="GSM1_P1-")
    (folder / name / "GSM1_P1-features.tsv.gz").rename(folder / name / "GSE1_features.tsv.gz")
    return name
