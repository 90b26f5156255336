"""Reader of mtx folders: a MatrixMarket matrix beside its genes and barcodes, as many tools write.

Cell Ranger, STARsolo, kb-python, alevin-fry, Parse, GEO's prefixed names; genes x cells or cells x
genes; plain or gzip. A path names the folder, the matrix file, or the folder and the beginning of
the files' names, as scanpy's `prefix` does.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from features.errors import InputError
from features.genes.annotation import GeneReference
from features.notices import SAMPLES_COMMAND
from features.readers.count_source import CountSource, refuse_column
from features.readers.text_files.antibody_matrix import add_antibodies
from features.readers.text_files.mtx_blocks import entry_order, stream_entries
from features.readers.text_files.mtx_file import MatrixFile, read_header
from features.readers.text_files.name_table import (
    NameTable,
    first_column,
    gene_reference,
    read_name_table,
)
from features.readers.text_files.sample_files import SampleFiles, find_samples, is_split_by_splicing

# The way out of several samples in one folder.
DRAFT_SHEET = f"draft a sheet of all with `{SAMPLES_COMMAND} FOLDER`"
# Matrices of kb-python, alevin-fry and Parse: cells are their rows.
CELLS_FIRST = ("cells_x_", "quants_mat", "dge", "count_matrix")


class SeveralSamples(InputError):
    """A folder or archive that holds several samples; the message names their files."""


def read_mtx(path: Path) -> CountSource:
    """Describe the one sample at `path`: a folder, its matrix, or folder and prefix.

    Raises `SeveralSamples` when there are several, `InputError` when files are missing or do not
    fit together.
    """
    folder, sample = find_sample(path)
    return _read_triple(path, folder, sample)


def find_sample(path: Path) -> tuple[Path, SampleFiles]:
    """Folder and files of the one sample at `path`.

    Raises `SeveralSamples` when there are several.
    """
    folder = path if path.is_dir() else path.parent
    samples = find_samples(file.name for file in folder.iterdir() if file.is_file())
    if path.is_file():
        return folder, _with_matrix(path.name, samples)
    prefix = "" if path.is_dir() else path.name
    samples = [sample for sample in samples if sample.counts.matrix.startswith(prefix)]
    if not samples:
        raise InputError(
            "a count file must exist, but no matrix.mtx is there; check its path and prefix"
        )
    if len(samples) > 1:
        raise several_samples([sample.label for sample in samples])
    return folder, samples[0]


def several_samples(labels: list[str], command: str = "") -> SeveralSamples:
    """The refusal of several samples in one folder; `command` is the way out of an archive."""
    some = ", ".join(labels[:5]) + (f" and {len(labels) - 5} more" if len(labels) > 5 else "")
    command = command or f"name one by its prefix, or {DRAFT_SHEET}"
    n = len(labels)
    return SeveralSamples(
        f"a count file must hold one sample, but {n} matrices are there ({some}); {command}"
    )


def _with_matrix(name: str, samples: list[SampleFiles]) -> SampleFiles:
    """The sample with this matrix, be it its counts, its antibodies or another one."""
    for sample in samples:
        if name == sample.counts.matrix:
            return sample
        if sample.antibodies and name == sample.antibodies.matrix:
            return SampleFiles(sample.label, sample.antibodies, None, ())
        if name in sample.other_matrices:
            return SampleFiles(sample.label, sample.counts._replace(matrix=name), None, ())
    raise InputError("a matrix must end in .mtx or .mtx.gz, but this does not; rename it")


def _read_triple(path: Path, folder: Path, sample: SampleFiles) -> CountSource:
    files = sample.counts
    gene_file = _gene_file(sample)
    matrix = read_header(folder / files.matrix)
    genes = read_name_table(folder / gene_file, (matrix.n_rows, matrix.n_columns))
    matrix = _orient(matrix, genes)
    order = entry_order(matrix)
    cells = None if files.barcodes is None else folder / files.barcodes
    source = CountSource(
        path=path,
        reference=_reference(genes, matrix, folder, files.gene_names),
        n_cells=matrix.n_cells,
        provenance="real",
        major="genes" if order == "genes" else "cells",
        entries_per_cell=None,
        read_blocks=lambda: stream_entries(matrix, order),
        read_barcodes=lambda: list(chain.from_iterable(_barcodes(cells, matrix.n_cells))),
        read_barcode_blocks=lambda step: (
            names[::step] for names in _barcodes(cells, matrix.n_cells)
        ),
        read_column=lambda name: _column(cells, matrix.n_cells, name),
        column_names=_column_names(cells, matrix.n_cells),
        matrix=files.matrix,
        other_matrices=sample.other_matrices,
    )
    return add_antibodies(source, folder, sample.antibodies) if sample.antibodies else source


def _gene_file(sample: SampleFiles) -> str:
    """Name of the file of genes; raises `InputError` where a sample has none of its own."""
    if is_split_by_splicing(sample):
        raise InputError(
            "a gene's counts must be whole, but these are split in spliced, unspliced and "
            "ambiguous reads; give the folder Gene or GeneFull beside Velocyto, or the counts "
            "of the same cells without velocity"
        )
    if sample.counts.genes is None:
        raise InputError(
            "a matrix must lie beside one file of its genes (features.tsv, genes.tsv), but there "
            "is none that belongs to it; put it there under the matrix's name or prefix"
        )
    return sample.counts.genes


def _orient(matrix: MatrixFile, genes: NameTable) -> MatrixFile:
    """Which side of the matrix holds the genes: the one with as many as the genes' file names.

    Where both have, the tools that write cells x genes are told by the matrix's name.
    """
    is_square = matrix.n_rows == matrix.n_columns
    name = matrix.path.name.lower()
    cells_first = genes.n_rows != matrix.n_rows or (is_square and name.startswith(CELLS_FIRST))
    n_parts = 3 if cells_first and _has_splicing_parts(genes.columns[0], matrix.path) else 1
    return matrix._replace(cells_first=cells_first, n_parts=n_parts)


def _has_splicing_parts(names: tuple[str, ...], path: Path) -> bool:
    """Whether the genes are listed three times, as alevin-fry does: GENE, GENE-U, GENE-A."""
    third = len(names) // 3
    return (
        path.name.startswith("quants_mat")
        and len(names) == 3 * third > 0
        and names[third : 2 * third] == tuple(f"{gene}-U" for gene in names[:third])
    )


def _reference(
    genes: NameTable, matrix: MatrixFile, folder: Path, names: str | None
) -> GeneReference:
    columns = tuple(column[: matrix.n_genes] for column in genes.columns)
    if names is not None and len(columns) == 1:
        columns = (*columns, *read_name_table(folder / names, (matrix.n_genes,)).columns)
    return gene_reference(NameTable(columns, ()))


def _cell_table(path: Path, n_cells: int) -> NameTable:
    return read_name_table(path, (n_cells,), "barcodes")


def _barcodes(path: Path | None, n_cells: int) -> Iterator[list[str]]:
    """The cells' names in pieces; their numbers where the folder names none."""
    if path is None:
        yield [str(number) for number in range(1, n_cells + 1)]
    elif path.name.lower().removesuffix(".gz").endswith(".csv"):
        yield list(_cell_table(path, n_cells).columns[0])
    else:
        yield from first_column(path, n_cells)


def _column_names(path: Path | None, n_cells: int) -> tuple[str, ...]:
    """Columns of a table of cells with a header, such as Parse's cell_metadata.csv."""
    if path is None or not path.name.lower().removesuffix(".gz").endswith(".csv"):
        return ()
    return tuple(filter(None, _cell_table(path, n_cells).header))


def _column(path: Path | None, n_cells: int, name: str) -> list[str]:
    names = _column_names(path, n_cells)
    if path is None or name not in names:
        return refuse_column(name)
    table = _cell_table(path, n_cells)
    return list(table.columns[table.header.index(name)])
