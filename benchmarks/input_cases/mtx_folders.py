"""Cases of mtx folders: the matrix, the lists beside it, their names."""

import shutil
from collections.abc import Callable
from pathlib import Path

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
