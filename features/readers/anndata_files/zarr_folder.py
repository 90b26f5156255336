"""Reader of AnnData in zarr 2 and 3: a .zarr folder, a .zarr.zip, a table of SpatialData."""

import warnings
import zipfile
from pathlib import Path
from typing import Any

import zarr
from zarr.errors import ZarrUserWarning

from features.errors import InputError
from features.readers.anndata_files.anndata_layout import is_anndata, read_layout
from features.readers.anndata_files.data_frames import Tree, read_barcodes, read_column
from features.readers.anndata_files.matrix_layout import entries_per_cell, stream_matrix
from features.readers.anndata_files.obsm_proteins import read_obsm_proteins
from features.readers.count_source import CountSource
from features.readers.file_attributes import Provenance, read_provenance
from features.readers.hdf5_chunks import MAX_CHUNK_BYTES, DamagedFile, array_vector
from features.readers.packed_file import ZARR_FILES

# Where SpatialData keeps its tables.
TABLES = ("tables", "table")


def read_zarr(path: Path) -> CountSource:
    """Describe a .zarr folder or .zarr.zip; its matrix may be CSR, CSC or dense, as in .h5ad.

    Raises `InputError` when it holds no AnnData or several, `DamagedFile` when parts do not fit.
    """
    table = _anndata_group(path)
    tree = _tree(table)
    layout = read_layout(tree)
    matrix = layout.matrix
    return CountSource(
        path=path,
        reference=layout.reference,
        n_cells=matrix.n_cells,
        provenance=_provenance(path, table),
        major=matrix.major,
        entries_per_cell=entries_per_cell(matrix),
        read_blocks=lambda: stream_matrix(tree, matrix),
        read_barcodes=lambda: read_barcodes(tree),
        read_column=lambda name: read_column(tree, name),
        read_proteins=lambda: read_obsm_proteins(tree, matrix.n_cells),
        column_names=layout.column_names,
        matrix=matrix.path,
        other_matrices=layout.other_matrices,
        chemistry=layout.chemistry,
    )


def _store(path: Path) -> Any:
    if path.is_dir():
        return path
    with zipfile.ZipFile(path) as archive:
        if any(entry.file_size > MAX_CHUNK_BYTES for entry in archive.infolist()):
            raise InputError(
                "chunks of a count file must be of at most 1 GiB, but this archive has larger "
                "ones; write it again with smaller chunks"
            )
    return zarr.storage.ZipStore(path, mode="r")


def _anndata_group(path: Path) -> zarr.Group:
    """The group of the AnnData: the root, or the one table of a SpatialData.

    Raises `InputError` when there is none, or several.
    """
    root = _open_group(path)
    levels = [[root]]
    levels.append([group for name in TABLES for group in _children(path, root, name)])
    levels.append([child for table in levels[1] for child in _groups_in(table)])
    for groups in levels:
        tables = [group for group in groups if is_anndata(_tree(group))]
        if len(tables) == 1:
            return tables[0]
        if tables:
            names = ", ".join(table.path or table.name for table in tables)[:200]
            raise InputError(
                f"a .zarr must hold one table of counts, but it has {names}; give the path of one"
            )
    raise InputError(
        "a .zarr must hold an AnnData (X or layers, var, obs), but this one holds "
        f"{', '.join(_tree(root).names('')[:8])[:200] or 'none'}; write the counts with AnnData's "
        "write_zarr"
    )


def _open_group(path: Path) -> zarr.Group:
    return zarr.open_group(_store(path), mode="r")


def _children(path: Path, root: zarr.Group, name: str) -> list[zarr.Group]:
    """A group under the root, also where it is of another zarr format than the root."""
    if name in root:
        return [child for child in [root[name]] if isinstance(child, zarr.Group)]
    folder = path / name
    return [_open_group(folder)] if any((folder / file).exists() for file in ZARR_FILES) else []


def _groups_in(group: zarr.Group) -> list[zarr.Group]:
    return [child for _, child in sorted(group.groups(), key=lambda item: item[0])]


def _provenance(path: Path, table: zarr.Group) -> Provenance:
    provenances = {read_provenance(attrs) for attrs in (_open_group(path).attrs, table.attrs)}
    return "synthetic" if "synthetic" in provenances else "real"


def _tree(root: zarr.Group) -> Tree:
    def get(name: str) -> Any:
        if not name:
            return root
        if name not in root:
            raise DamagedFile(f"it has no {name}")
        return root[name]

    def names(name: str) -> list[str]:
        node = get(name)
        if not isinstance(node, zarr.Group):
            raise DamagedFile(f"{name} is no group")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ZarrUserWarning)  # a part in another format of zarr
            return sorted(node.keys())

    return Tree(get, lambda name: name in root, names, lambda name: array_vector(get(name)))
