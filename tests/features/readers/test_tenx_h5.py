"""Cell Ranger's .h5: correct reading, and refusal of hostile or damaged files."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from scipy import sparse

from features.errors import InputError
from features.readers.count_source import CountSource
from features.readers.open_counts import count_file_errors, open_counts
from tests.features.readers.same_cells import assert_same_cells


def rebuilt(source: CountSource) -> np.ndarray:
    """The dense matrix put together from a source's blocks, cells x genes."""
    rows, columns, values = [], [], []
    for block in source.blocks():
        owner = np.repeat(np.arange(block.indptr.size - 1), np.diff(block.indptr)) + block.first
        rows.append(owner), columns.append(block.indices), values.append(block.data)
    parts = [np.concatenate(part) for part in (rows, columns, values)]
    pair = (parts[0], parts[1]) if source.major == "cells" else (parts[1], parts[0])
    shape = (source.n_cells, len(source.gene_ids))
    return sparse.coo_matrix((parts[2], pair), shape=shape).toarray()


def test_the_matrix_is_the_one_written(blood: Any, tenx: Path) -> None:
    """Counts, genes, barcodes and provenance survive the file."""
    source = open_counts(tenx)
    np.testing.assert_array_equal(rebuilt(source), blood.counts.toarray())
    assert source.gene_ids == blood.ids
    assert source.gene_names == blood.names
    assert (source.n_cells, source.provenance) == (400, "synthetic")


def test_real_files_read_like_scipy(carpall: Path) -> None:
    """A real Cell Ranger 5 file, against h5py and scipy."""
    path = carpall / "CAR-T10310320.h5"
    with h5py.File(path) as file:
        parts = [file[f"matrix/{name}"][:] for name in ("data", "indices", "indptr", "shape")]
    expected = sparse.csc_matrix(tuple(parts[:3]), shape=parts[3]).T.toarray()
    source = open_counts(path)
    np.testing.assert_array_equal(rebuilt(source), expected)
    assert source.provenance == "real"


def test_the_older_layout_is_read(blood: Any, tmp_path: Path) -> None:
    """Cell Ranger 2 kept a group per genome with genes and gene_names."""
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("GRCh38")
        for name in ("data", "indices", "indptr"):
            group[name] = getattr(blood.counts, name)
        group["shape"] = blood.counts.shape[::-1]
        group["genes"], group["gene_names"] = np.array(blood.ids, "S"), np.array(blood.names, "S")
    np.testing.assert_array_equal(rebuilt(open_counts(path)), blood.counts.toarray())


def broken_shape(file: h5py.File) -> None:
    """Claims another number of genes."""
    file["matrix/shape"][0] = 5


def broken_pointers(file: h5py.File) -> None:
    """Row pointers go back."""
    file["matrix/indptr"][3] = 10**6


def missing_part(file: h5py.File) -> None:
    """Has no values."""
    del file["matrix/data"]


def link_outside(file: h5py.File) -> None:
    """Leads to another file."""
    del file["matrix/data"]
    file["matrix/data"] = h5py.ExternalLink("/etc/passwd", "/data")


def soft_link(file: h5py.File) -> None:
    """Leads elsewhere in the file."""
    file.move("matrix/data", "elsewhere")
    file["matrix/data"] = h5py.SoftLink("/elsewhere")


def negative(file: h5py.File) -> None:
    """Holds a negative count."""
    file["matrix/data"][12] = -3


def index_outside(file: h5py.File) -> None:
    """Names a gene that is not there."""
    file["matrix/indices"][7] = 999_999


def text_values(file: h5py.File) -> None:
    """Counts are text."""
    number = file["matrix/data"].shape[0]
    del file["matrix/data"]
    file["matrix/data"] = np.full(number, b"one")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (broken_shape, "shape, genes and barcodes do not agree"),
        (broken_pointers, "row pointers do not match"),
        (missing_part, "no matrix/data"),
        (link_outside, "matrix/data is a link to somewhere else"),
        (soft_link, "matrix/data is a link to somewhere else"),
        (negative, r"matrix/data entry 12 is -3; give raw UMI counts"),
        (index_outside, "an index points outside its genes"),
        (text_values, r"matrix/data is of type \|S3"),
    ],
)
def test_damage_is_reported(
    tenx_writer: Callable[..., Path],
    draw_sample: Callable[..., Any],
    tmp_path: Path,
    damage: Callable[[h5py.File], None],
    sentence: str,
) -> None:
    """One sentence with the file's name, whatever is wrong inside."""
    from features.cells.scan import scan_counts
    from features.genes.annotation import assign_roles

    path = tenx_writer(tmp_path / "blood.h5", draw_sample(20, 1000))
    with h5py.File(path, "r+") as file:
        damage(file)
    with pytest.raises(InputError, match=f"^blood.h5: .*{sentence}"), count_file_errors(path):
        source = open_counts(path)
        scan_counts(source, assign_roles(source.reference))


def test_an_empty_matrix_reads_as_no_cells(
    tenx_writer: Callable[..., Path], blood: Any, tmp_path: Path
) -> None:
    """No barcodes are no crash; the sample is refused later for want of cells."""
    none = replace(blood, counts=sparse.csr_matrix((0, blood.counts.shape[1]), dtype=np.int32))
    source = open_counts(tenx_writer(tmp_path / "empty.h5", none, chunk=None, filters={}))
    assert source.n_cells == 0
    assert list(source.blocks()) == []


def write_older(path: Path, blood: Any, *genomes: str) -> Path:
    """Cell Ranger 2's layout, a group for each genome."""
    with h5py.File(path, "w") as file:
        for genome in genomes:
            group = file.create_group(genome)
            for name in ("data", "indices", "indptr"):
                group[name] = getattr(blood.counts, name)
            group["shape"] = blood.counts.shape[::-1]
            group["genes"] = np.array(blood.ids, "S")
            group["gene_names"] = np.array(blood.names, "S")
            group["barcodes"] = np.array([f"C{i}" for i in range(blood.counts.shape[0])], "S")
    return path


def test_of_several_genomes_the_human_one_is_read(blood: Any, tenx: Path, tmp_path: Path) -> None:
    """Human and mouse cells in one capture."""
    path = write_older(tmp_path / "two.h5", blood, "mm10", "GRCh38")
    assert assert_same_cells(path, tenx).matrix == "GRCh38"


def test_two_human_genomes_are_named(blood: Any, tmp_path: Path) -> None:
    """Neither is preferred without a word."""
    path = write_older(tmp_path / "two.h5", blood, "GRCh38", "hg19")
    with pytest.raises(InputError, match=r"one human genome, but it has .* GRCh38, hg19"):
        open_counts(path)


def test_cellbender_s_groups_and_missing_types_do_not_matter(tenx: Path, tmp_path: Path) -> None:
    """Extra groups beside the matrix, and features without their type."""
    path = tmp_path / "cellbender.h5"
    path.write_bytes(tenx.read_bytes())
    with h5py.File(path, "a") as file:
        file["droplet_latents/x"] = np.arange(5.0)
        del file["matrix/features/feature_type"]
    assert_same_cells(path, tenx)


def test_peaks_alone_are_no_gene_expression(
    tenx_writer: Callable[..., Path], blood: Any, tmp_path: Path
) -> None:
    """ATAC counts of the same run."""
    path = tenx_writer(tmp_path / "atac.h5", blood, kinds=["Peaks"] * len(blood.ids))
    with pytest.raises(InputError, match="must hold Gene Expression, but its rows are Peaks"):
        open_counts(path)


@pytest.mark.parametrize("text", ["protein_coding", "GRCh38", "Gene", "gene"])
def test_words_that_are_no_types_of_10x_mean_rna(
    tenx_writer: Callable[..., Path], blood: Any, tenx: Path, tmp_path: Path, text: str
) -> None:
    """Biotypes and genomes where the type should be."""
    path = tenx_writer(tmp_path / "words.h5", blood, kinds=[text] * len(blood.ids))
    assert_same_cells(path, tenx)


def test_a_link_in_the_features_is_not_followed(tenx: Path, tmp_path: Path) -> None:
    """Not even to see whether it is there."""
    path = tmp_path / "link.h5"
    path.write_bytes(tenx.read_bytes())
    with h5py.File(path, "a") as file:
        del file["matrix/features"]
        file["matrix/features"] = h5py.ExternalLink("/etc/passwd", "/x")
    with pytest.raises(InputError, match=r"matrix/features(/id)? is a link to somewhere else"):
        open_counts(path)
