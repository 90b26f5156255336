"""Cases of mtx folders: the matrix, the lists beside it, their names."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import anndata as ad
import numpy as np
from scipy.io import mmwrite

from benchmarks.input_cases.public_samples import OTHER_SAMPLE, cut_sample, sample, tenx_sample
from benchmarks.input_cases.registry import case
from benchmarks.input_cases.writers import tabbed_features, write_mtx


@case()
def mtx_of_cell_ranger_3(folder: Path) -> str:
    """matrix.mtx.gz, features.tsv.gz, barcodes.tsv.gz."""
    return write_mtx(folder, "v3", sample())


@case()
def mtx_of_cell_ranger_2(folder: Path) -> str:
    """matrix.mtx, genes.tsv, barcodes.tsv."""
    data = sample()
    return write_mtx(
        folder, "v2", data, matrix="matrix.mtx", features="genes.tsv", barcodes="barcodes.tsv",
        feature_lines=tabbed_features(data, None),
    )  # fmt: skip


@case()
def mtx_with_prefix_of_geo(folder: Path) -> str:
    """GSM5500001_patient1_matrix.mtx.gz."""
    return write_mtx(folder, "geo", sample(), prefix="GSM5500001_patient1_")


def _two_samples(folder: Path, name: str) -> str:
    write_mtx(folder, name, sample(), prefix="GSM5500001_p1_")
    other = write_mtx(folder, f"{name}_other", tenx_sample(OTHER_SAMPLE), prefix="GSM5500002_p2_")
    for file in (folder / other).iterdir():
        shutil.move(file, folder / name / file.name)
    return name


@case("refused", "features samples")
def mtx_of_two_samples(folder: Path) -> str:
    """Two samples in one folder: which one is meant?"""
    return _two_samples(folder, "two")


@case()
def mtx_by_prefix(folder: Path) -> str:
    """The folder and the files' prefix, as scanpy's `prefix`."""
    return f"{_two_samples(folder, 'two_prefix')}/GSM5500001_p1_"


@case()
def mtx_by_matrix_of_two(folder: Path) -> str:
    """The matrix file of one of two samples."""
    return f"{_two_samples(folder, 'two_matrix')}/GSM5500001_p1_matrix.mtx.gz"


@case()
def mtx_by_matrix(folder: Path) -> str:
    """The matrix file itself."""
    return f"{write_mtx(folder, 'by_matrix', sample())}/matrix.mtx.gz"


@case()
def mtx_by_link(folder: Path) -> str:
    """A link to the folder."""
    target = folder / write_mtx(folder, "linked", sample())
    (folder / "folder_link").unlink(missing_ok=True)
    (folder / "folder_link").symlink_to(target)
    return "folder_link"


@case()
def mtx_with_windows_line_ends(folder: Path) -> str:
    """CR LF in the lists."""
    return write_mtx(folder, "crlf", sample(), line_end="\r\n")


def _edited(folder: Path, name: str, edit: Callable[[bytes], bytes], **options: str) -> str:
    write_mtx(folder, name, sample(), matrix="matrix.mtx", **options)  # type: ignore[arg-type]
    matrix = folder / name / "matrix.mtx"
    matrix.write_bytes(edit(matrix.read_bytes()))
    return name


@case()
def mtx_matrix_with_windows_line_ends(folder: Path) -> str:
    """CR LF in the matrix."""
    return _edited(folder, "crlf_matrix", lambda raw: raw.replace(b"\n", b"\r\n"))


@case()
def mtx_of_floats(folder: Path) -> str:
    """`scipy.io.mmwrite` of floats: 1.3E1."""
    return write_mtx(folder, "floats", sample(), field="real")


@case()
def mtx_with_float_in_its_header(folder: Path) -> str:
    """`float`, which is none of the standard's words."""
    return _edited(folder, "float_header", lambda raw: raw.replace(b"integer", b"float", 1))


@case()
def mtx_with_metadata_of_cell_ranger(folder: Path) -> str:
    """%metadata_json."""
    note = b'\n%metadata_json: {"software_version": "cellranger-8.0.1", "format_version": 2}'
    return _edited(folder, "metadata", lambda raw: raw.replace(b"\n%", note, 1))


@case()
def mtx_with_a_blank_before_a_comment(folder: Path) -> str:
    """A comment line that begins with a blank."""
    return _edited(folder, "blank_comment", lambda raw: raw.replace(b"\n%", b"\n %", 1))


@case("refused", "pattern")
def mtx_pattern(folder: Path) -> str:
    """A pattern: detected or not."""
    return write_mtx(folder, "pattern", sample(), field="pattern")


@case()
def mtx_cells_by_genes(folder: Path) -> str:
    """The matrix the other way round."""
    return write_mtx(folder, "transposed", sample(), cells_by_genes=True)


@case(control="tenx_h5_cut")
def mtx_dense(folder: Path) -> str:
    """A dense `array`."""
    data = cut_sample()
    write_mtx(folder, "array", data)
    (folder / "array" / "matrix.mtx.gz").unlink()
    mmwrite(folder / "array" / "matrix.mtx", data.X.T.toarray().astype(np.int64))
    return "array"


def _entries(raw: bytes) -> tuple[list[str], list[str], list[str]]:
    lines = raw.decode().rstrip("\n").split("\n")
    size = next(i for i, line in enumerate(lines) if not line.startswith("%"))
    return lines[:size], lines[size].split(), lines[size + 1 :]


@case()
def mtx_with_entries_twice(folder: Path) -> str:
    """A gene of a cell given as 1 and as the rest."""

    def split(raw: bytes) -> bytes:
        head, size, entries = _entries(raw)
        lines = []
        for entry in entries:
            gene, cell, count = entry.split()
            rest = int(count) - 1
            lines += [f"{gene} {cell} 1", f"{gene} {cell} {rest}"] if rest else [entry]
        return "\n".join([*head, f"{size[0]} {size[1]} {len(lines)}", *lines, ""]).encode()

    return _edited(folder, "twice", split)


@case()
def mtx_in_no_order(folder: Path) -> str:
    """Entries ordered neither by cell nor by gene."""

    def shuffle(raw: bytes) -> bytes:
        head, size, entries = _entries(raw)
        order = np.random.default_rng(0).permutation(len(entries))
        return "\n".join([*head, " ".join(size), *(entries[i] for i in order), ""]).encode()

    return _edited(folder, "shuffled", shuffle)


@case("refused", "copy it again")
def mtx_truncated(folder: Path) -> str:
    """Half of the entries: damaged, and said so."""
    return _edited(folder, "truncated_mtx", lambda raw: raw[: len(raw) // 2])


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
