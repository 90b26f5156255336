"""Signs of several samples in one file, and files of one sample that look like more."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from features.cells.cell_selection import select_cells
from features.cells.sample_evidence import Evidence, check_one_sample, find_evidence
from features.errors import InputError
from features.genes.annotation import GeneReference
from features.genes.antibodies import is_hashtag
from features.kernels.count_block import CountBlock
from features.readers.count_source import CountSource
from features.readers.open_counts import open_counts
from tests.features.pooled import FORMATS, draw_pool, write_pool

SEQUENCES = ["".join("ACGT"[i // 4**k % 4] for k in range(12)) for i in range(200)]


def cells(names: list[str], **columns: list[str]) -> CountSource:
    """A source of these cells' names and columns of obs, without counts."""
    return CountSource(
        Path("x.h5ad"), GeneReference((), (), ()), len(names), "real", "cells", None, iter,
        lambda: names, lambda name: columns[name], column_names=tuple(columns),
    )  # type: ignore[arg-type]  # no block is read  # fmt: skip


def halves(one: str, other: str) -> list[str]:
    """A column of 200 cells, half of each."""
    return [one] * 100 + [other] * 100


@pytest.mark.parametrize("form", FORMATS)
def test_a_pool_is_refused_in_every_format(
    draw_sample: Callable[..., Any], tmp_path: Path, form: str
) -> None:
    """Naming the column, or the suffixes, and the command that drafts a sheet."""
    source = open_counts(write_pool(tmp_path, form, draw_pool(draw_sample, 30, 1000)))
    with pytest.raises(InputError) as problem:
        check_one_sample(source)
    evidence = "its barcodes end in 3 ways (-1, -2, -3, ...)"
    if form not in ("tenx", "mtx"):
        evidence = "its column donor_id names 2"
    assert evidence in str(problem.value)
    assert "`cd7watch features samples FILE -o samples.csv`" in str(problem.value)


@pytest.mark.parametrize("column", [
    "sample", "Sample_ID", "orig.ident", "donor", "donor_id", "Patient", "subject", "individual",
    "library", "HTO_maxID", "hash.ID", "batch", "timepoint", "gem_group", "Sample_Tag",
    "Sample.Name", "PatientNumber", "donors", "lane", "GSM", "visit_no",
])  # fmt: skip
def test_columns_that_name_samples(column: str) -> None:
    """Two values in one of them, however it is spelled."""
    evidence = find_evidence(cells(SEQUENCES, **{column: halves("a", "b")}))
    assert evidence == Evidence(
        f"its column {column} names 2", {f"{column}=a": 100, f"{column}=b": 100}
    )


@pytest.mark.parametrize("columns", [
    {"cell_type": halves("T", "B")}, {"leiden": halves("0", "1")}, {"tissue": halves("a", "b")},
    {"phase": halves("S", "G1")}, {"sample_type": halves("PB", "BM")},
    {"donor_age": halves("1", "2")}, {"patient_group": halves("a", "b")},
    {"doublet_sample": halves("a", "b")}, {"sample": ["s1"] * 200}, {"sample": SEQUENCES},
    {"hash.ID": halves("P1", "Doublet")}, {"donor_id": halves("P1", "unassigned")},
    {"sample": ["s1"] * 190 + ["s2"] * 10},
])  # fmt: skip
def test_columns_that_do_not(columns: dict[str, list[str]]) -> None:
    """Cell types, one value, a name for each cell, doublets, a handful of cells."""
    assert find_evidence(cells(SEQUENCES, **columns)) is None


@pytest.mark.parametrize(("one", "other", "selectors"), [
    ("{}-1", "{}-2", ("barcode=*-1", "barcode=*-2")),
    ("P1_{}-1", "P2_{}-1", ("barcode=P1_*", "barcode=P2_*")),
    ("{}-1", "{}-1-1", ("barcode=*[[]ACGTN[]]-1", "barcode=*-1-1")),
    ("{}", "{}_2", ("barcode=*[[]ACGTN[]]", "barcode=*_2")),
])  # fmt: skip
def test_barcodes_tell_samples_apart(one: str, other: str, selectors: tuple[str, str]) -> None:
    """By suffix or prefix, with patterns that select each group and no other."""
    names = [one.format(s) for s in SEQUENCES[:100]] + [other.format(s) for s in SEQUENCES[100:]]
    source = cells(names)
    evidence = find_evidence(source)
    assert evidence is not None
    patterns = [pattern.replace("[[]", "[").replace("[]]", "]") for pattern in selectors]
    assert evidence.n_cells_of == dict.fromkeys(patterns, 100)
    selection = select_cells(source, patterns, ["a", "b"])
    np.testing.assert_array_equal(selection.sample_of_cell, [0] * 100 + [1] * 100)


@pytest.mark.parametrize("form", ["{}-1", "{}", "lib1_{}-1", "CELL{}", "{}-AACCGGTT", "bc_{}x"])
def test_one_samples_barcodes(form: str) -> None:
    """One suffix and one prefix, whichever, and two sequences in a row."""
    assert find_evidence(cells([form.format(s) for s in SEQUENCES])) is None


@pytest.mark.parametrize("names", [
    [str(i) for i in range(200)], [f"{i:02d}_{j:02d}_{k:02d}__s{1 + k % 2}"
                                   for i in range(5) for j in range(5) for k in range(8)],
    [f"{a[:8]}-{b[:8]}" for a, b in zip(SEQUENCES, SEQUENCES[3::4] * 4, strict=True)],
])  # fmt: skip
def test_barcodes_without_groups(names: list[str]) -> None:
    """Numbers, Parse's wells and sublibraries, combinatorial barcodes: nothing is concluded."""
    assert find_evidence(cells(names)) is None


def with_hashtags(counts: np.ndarray, major: str = "cells") -> CountSource:
    """200 cells whose rows are a gene and hashtags with these counts, shape (tags, 200)."""
    rows = sparse.csr_matrix(np.vstack([np.ones(200, int), counts]).T)
    matrix = rows if major == "cells" else rows.tocsc()
    block = CountBlock(
        0, matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32),
        matrix.data.astype(np.int32),
    )  # fmt: skip
    tags = tuple(f"Hashtag_{i}" for i in range(len(counts)))
    kinds = ("rna", *["protein"] * len(counts))
    return replace(
        cells([f"{s}-1" for s in SEQUENCES]), major=major, read_blocks=lambda: iter([block]),
        reference=GeneReference(("G", *tags), ("G", *tags), kinds),
    )  # fmt: skip


@pytest.mark.parametrize("major", ["cells", "genes"])
def test_hashtags_that_mark_cells(major: str) -> None:
    """Two tags mark a hundred cells each; a third only adds background."""
    counts = np.full((3, 200), 3)
    counts[0, :100] = counts[1, 100:] = 200
    evidence = find_evidence(with_hashtags(counts, major))
    assert evidence == Evidence("2 hashtags mark its cells", {})


def test_hashtags_of_one_sample() -> None:
    """The reference lists all tags, of which one marks every cell, or none is clear."""
    counts = np.full((6, 200), 3)
    assert find_evidence(with_hashtags(counts)) is None
    counts[2] = 300
    assert find_evidence(with_hashtags(counts)) is None


def test_no_gene_is_named_like_a_hashtag(carpall: Path) -> None:
    """Among the 36,602 of Cell Ranger's reference."""
    source = open_counts(next(carpall.glob("*.h5")))
    assert not [name for name in source.reference.names if is_hashtag(name)]


def test_no_real_single_sample_is_refused(carpall: Path) -> None:
    """Every public count file is one sample."""
    files = sorted(carpall.parent.glob("*/*.h5*"))
    assert len(files) >= 12
    for path in files:
        assert find_evidence(open_counts(path)) is None, path.name


def test_a_file_need_not_name_its_cells() -> None:
    """Without an index of obs there is no sign of several samples, and the file is read."""

    def no_names() -> list[str]:
        raise InputError("this file has none")

    check_one_sample(replace(cells(["A"] * 5), read_barcodes=no_names))
