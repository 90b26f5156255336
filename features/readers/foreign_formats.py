"""Files of other kinds (.rds, .rda, SOMA): one sentence each, with the line that writes ours."""

from pathlib import Path
from typing import NamedTuple

# Writes the counts of `x`, a Seurat object, as a Cell Ranger .h5.
R_COUNTS = (
    'DropletUtils::write10xCounts("sample.h5", x[["RNA"]]$counts, version = "3", type = "HDF5")'
)
COUNT_READS = "count them with Cell Ranger, STARsolo or alevin-fry and give the matrix"
SAVE_COUNTS = "save the raw counts as .h5ad, or as .csv with genes along one side"
UNPACK = "unpack it and give the file or folder inside"


class ForeignFormat(NamedTuple):
    """How a file begins, what it is, and what to do with it."""

    beginnings: tuple[bytes, ...]
    kind: str
    remedy: str


FORMATS = (
    ForeignFormat(
        (b"X\n\x00", b"A\n2\n", b"A\n3\n", b"B\n\x02\x00", b"B\n\x03\x00"),
        "an R object (.rds)",
        f'write it in R: x <- readRDS("FILE"); {R_COUNTS} (for a SingleCellExperiment '
        "SingleCellExperiment::counts(x) in place of the counts)",
    ),
    ForeignFormat(
        (b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"RDB2\n", b"RDB3\n"),
        "an R workspace (.rda, .RData)",
        f'write it in R: x <- get(load("FILE")[1]); {R_COUNTS}',
    ),
    ForeignFormat(
        (b"\x0b\x0e\x0a",),
        "an R object (.qs)",
        f'write it in R: x <- qs::qread("FILE"); {R_COUNTS}',
    ),
    ForeignFormat((b"BAM\x01", b"CRAM", b"@HD\t"), "aligned reads (.bam)", COUNT_READS),
    ForeignFormat((b">",), "sequences (FASTA)", COUNT_READS),
    ForeignFormat((b"%PDF",), "a PDF", SAVE_COUNTS),
    ForeignFormat((b"\xd0\xcf\x11\xe0",), "an Excel workbook (.xls)", SAVE_COUNTS),
    ForeignFormat((b"PAR1", b"ARROW1", b"FEA1"), "a Parquet or Arrow table", SAVE_COUNTS),
    ForeignFormat((b"\x93NUMPY",), "a NumPy array", SAVE_COUNTS),
    ForeignFormat((b"\x80\x03", b"\x80\x04", b"\x80\x05"), "a Python pickle", SAVE_COUNTS),
    ForeignFormat((b"MATLAB 5.0",), "a MATLAB file", SAVE_COUNTS),
    ForeignFormat((b"SQLite format 3",), "an SQLite database", SAVE_COUNTS),
    ForeignFormat((b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd"), "a packed file", UNPACK),
    ForeignFormat(
        (b"version https://git-lfs",), "a pointer of Git LFS", "fetch it with `git lfs pull`"
    ),
    ForeignFormat(
        (b"<!doctype", b"<!DOCTYPE", b"<html", b"<HTML"),
        "a web page",
        "download the file again, logged in where the site asks for it",
    ),
    ForeignFormat((b"{", b"["), "JSON", SAVE_COUNTS),
    ForeignFormat((b"<",), "XML", SAVE_COUNTS),
)


def foreign_sentence(head: bytes) -> str | None:
    """The sentence for a file that begins with these (decompressed) bytes, None for no known kind.

    >>> foreign_sentence(b"RDX3\\nX")[:73]
    'a count file must be of a kind that is read here, but this is an R worksp'
    >>> foreign_sentence(b"gene,c1,c2")
    """
    if head.startswith(b"@") and b"\n+" in head:
        return _sentence("reads (.fastq)", COUNT_READS)
    for format_ in FORMATS:
        if head.startswith(format_.beginnings):
            return _sentence(format_.kind, format_.remedy)
    return None


def _sentence(kind: str, remedy: str) -> str:
    return f"a count file must be of a kind that is read here, but this is {kind}; {remedy}"


def foreign_folder_sentence(folder: Path) -> str | None:
    """The sentence for a folder of another kind: TileDB-SOMA, or spots of a tissue."""
    if any((folder / name).exists() for name in ("__tiledb_group.tdb", "__group", "__schema")):
        return (
            "a count file must be of a kind that is read here, but this is a TileDB-SOMA "
            "experiment; write it in Python: tiledbsoma.io.to_anndata(tiledbsoma.Experiment.open("
            '"FOLDER"), measurement_name="RNA", X_layer_name="raw").write_h5ad("sample.h5ad")'
        )
    if (folder / "spatial").is_dir() or (folder / "experiment.xenium").exists():
        return (
            "a sample must be of single cells in suspension, but this folder is of a tissue "
            "section (Visium, Xenium); give the blood sample's single-cell counts"
        )
    return None
