"""UMI counts pass; what tools make of them is refused, on the cells of real samples."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from features.cells.barcode_figures import BarcodeFigures, measure_barcodes
from features.cells.count_content import check_counts, check_layer
from features.cells.scan import scan_counts
from features.errors import InputError
from features.genes.annotation import assign_roles
from features.readers.count_source import CountSource, refuse_column
from features.readers.open_counts import open_counts
from features.settings import data_dir

FILES = sorted([*data_dir().glob("carpall/*.h5"), *data_dir().glob("*/*.h5ad")])
# Deep, usual and shallow 10x samples, healthy cells, 1,450 chosen genes, inDrop.
SAMPLES = (
    "carpall/CAR-T10310325.h5", "carpall/CAR-T10593342.h5", "carpall/CAR-T11141510.h5",
    "pbmc3k/pbmc3k.h5ad", "eccite/eccite_pbmc_500.h5ad", "ctcl/ctcl_173.h5ad",
    "zilionis/blood_61.h5ad",
)  # fmt: skip


def real_counts(name: str) -> sparse.csr_matrix:
    """Cells x genes of a public sample, without empty droplets."""
    path = data_dir() / name
    if not path.exists():
        pytest.skip(f"the public data set {name} is not in CD7WATCH_DATA")
    source = open_counts(path)
    blocks = [(b.indptr, b.indices.copy(), b.data.copy()) for b in source.blocks()]
    width = len(source.gene_ids)
    counts = sparse.vstack(
        [sparse.csr_matrix((d, i, p), shape=(p.size - 1, width)) for p, i, d in blocks]
    ).tocsr()
    return counts[np.asarray(counts.sum(axis=1)).ravel() > 100].astype(float)


def figures(counts: sparse.csr_matrix) -> BarcodeFigures:
    """Figures of a matrix, by numpy."""
    counts = sparse.csr_matrix(counts)
    counts.eliminate_zeros()
    ones = counts.copy()
    ones.data = (counts.data == 1).astype(float)
    total, n_ones = (np.asarray(m.sum(axis=1)).ravel().astype(np.int32) for m in (counts, ones))
    n_genes = np.diff(counts.indptr).astype(np.int32)
    return measure_barcodes(total, n_genes, np.zeros_like(total), ones=n_ones, has_mito=True)


def scaled(target: float | None) -> Callable[[sparse.csr_matrix], sparse.csr_matrix]:
    """Counts scaled to a total in every cell (None: the median's) and rounded."""

    def scale(counts: sparse.csr_matrix) -> sparse.csr_matrix:
        totals = np.asarray(counts.sum(axis=1)).ravel()
        scaling = sparse.diags((np.median(totals) if target is None else target) / totals)
        values = sparse.csr_matrix(scaling @ counts)
        values.data = np.round(values.data)
        return values

    return scale


def reads(mean: float) -> Callable[[sparse.csr_matrix], sparse.csr_matrix]:
    """Read counts: so many reads a molecule on average, negative binomial of size 2."""

    def amplify(counts: sparse.csr_matrix) -> sparse.csr_matrix:
        rng = np.random.default_rng(0)
        values = counts.copy()
        values.data = rng.poisson(rng.gamma(2 * counts.data, mean / 2)).astype(float)
        return values

    return amplify


def times_ten(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """A whole-number factor."""
    return counts * 10


def binary(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Detected or not."""
    return counts.sign()


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize(
    ("transform", "evidence"),
    [
        (scaled(1e4), "smallest count is over 1"),
        (scaled(1e6), "smallest count is over 1"),
        (scaled(None), "smallest count is over 1"),
        (times_ten, "in 100 % of the cells the smallest count is over 1"),
        (reads(1.5), "reads that were not collapsed"),
        (reads(3), "reads that were not collapsed"),
        (reads(10), "reads that were not collapsed"),
        (binary, "every count is 0 or 1"),
    ],
    ids=["1e4", "cpm", "median", "x10", "1.5 reads", "3 reads", "10 reads", "binary"],
)
def test_transformed_cells_are_refused(
    name: str, transform: Callable[[sparse.csr_matrix], sparse.csr_matrix], evidence: str
) -> None:
    """Rounded normalised values, read counts and detected genes, of every sample."""
    with pytest.raises(InputError, match="counts must be UMIs, but ") as refusal:
        check_counts(figures(transform(real_counts(name))))
    assert evidence in str(refusal.value)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_real_umi_counts_pass(path: Path) -> None:
    """Every public sample, shallow, dying and unusable ones too."""
    source = open_counts(path)
    check_counts(scan_counts(source, assign_roles(source.reference)).figures)


def test_equal_totals_are_refused_where_ones_remain() -> None:
    """Deep cells scaled down to 10,000 keep counts of 1."""
    deep = real_counts("carpall/CAR-T11141510.h5")
    deep = deep[np.asarray(deep.sum(axis=1)).ravel() > 8_000]
    with pytest.raises(InputError, match="totals are nearly equal"):
        check_counts(figures(scaled(1e4)(deep)))


def test_thinned_and_corrected_counts_pass() -> None:
    """Half the molecules, all cells thinned to 1,000 UMIs, and ambient RNA removed (SoupX)."""
    rng = np.random.default_rng(2)
    counts = real_counts("pbmc3k/pbmc3k.h5ad")[:800]
    half = counts.copy()
    half.data = rng.binomial(counts.data.astype(int), 0.5).astype(float)
    dense = counts.toarray().astype(int)
    thinned = [
        rng.multivariate_hypergeometric(row, min(1000, row.sum()), method="marginals")
        for row in dense
    ]
    corrected = counts.copy()
    fractions = 0.9 * counts.data  # roundToInt = TRUE rounds up with the fraction's probability
    corrected.data = np.floor(fractions) + (rng.random(fractions.size) < fractions % 1)
    for values in (half, sparse.csr_matrix(np.array(thinned, float)), corrected):
        check_counts(figures(values))


def test_few_cells_are_not_judged() -> None:
    """Nineteen cells cannot tell."""
    check_counts(figures(scaled(1e6)(real_counts("zilionis/blood_61.h5ad")[:19])))


@pytest.mark.parametrize("matrix", ["layers/spliced", "layers/unspliced", "layers/Ambiguous"])
def test_a_part_of_the_rna_is_refused(matrix: str) -> None:
    """velocyto's layers when nothing else is whole."""
    with pytest.raises(InputError, match=f"only whole numbers are those of {matrix}, a part"):
        check_layer(source(matrix))


@pytest.mark.parametrize("matrix", ["", "X", "layers/counts", "layers/spliced_total"])
def test_other_matrices_pass(matrix: str) -> None:
    """X, counts, and formats that hold one matrix."""
    check_layer(source(matrix))


def source(matrix: str) -> CountSource:
    """A file whose counts lie in this matrix."""
    path = data_dir() / "pbmc3k" / "pbmc3k.h5ad"
    return CountSource(
        path=path, reference=None, n_cells=0, provenance="real", major="cells",  # type: ignore[arg-type]
        entries_per_cell=None, read_blocks=lambda: iter(()), read_barcodes=list,
        read_column=refuse_column, matrix=matrix,
    )  # fmt: skip


def test_chosen_genes_are_no_reads() -> None:
    """The 2,000 most variable genes have few counts of 1; the reads of these cells fewer."""
    counts = real_counts("carpall/CAR-T10310325.h5")
    mean, square = (np.asarray(m.mean(axis=0)).ravel() for m in (counts, counts.power(2)))
    genes = np.argsort((mean**2 - square) / np.maximum(mean, 1e-9))[:2_000]
    chosen = sparse.csr_matrix(counts[:, np.sort(genes)])
    assert figures(chosen).ones_share < 0.4
    check_counts(figures(chosen), 2_000)
    with pytest.raises(InputError, match="not collapsed"):
        check_counts(figures(reads(3)(chosen)), 2_000)
