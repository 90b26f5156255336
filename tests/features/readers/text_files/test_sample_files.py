"""Names of files that tools and GEO give, and the sample they make."""

import pytest

from features.readers.text_files.sample_files import find_samples, is_split_by_splicing

KB = "cells_x_genes"


@pytest.mark.parametrize(
    "names",
    [
        ("matrix.mtx", "features.tsv", "barcodes.tsv"),
        ("matrix.mtx.gz", "genes.tsv.gz", "barcodes.tsv.gz"),
        ("GSM1_P1_matrix.mtx.gz", "GSM1_P1_features.tsv.gz", "GSM1_P1_barcodes.tsv.gz"),
        ("GSM1.sample.matrix.mtx.gz", "GSM1.sample.genes.tsv.gz", "GSM1.sample.barcodes.tsv.gz"),
        ("matrix_p1.mtx.gz", "features_p1.tsv.gz", "barcodes_p1.tsv.gz"),
        ("GSM1_counts.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz"),
        (f"{KB}.mtx", f"{KB}.genes.txt", f"{KB}.barcodes.txt"),
        ("quants_mat.mtx", "quants_mat_cols.txt", "quants_mat_rows.txt"),
        ("DGE.mtx", "all_genes.csv", "cell_metadata.csv"),
        ("count_matrix.mtx", "all_genes.csv", "cell_metadata.csv"),
        ("S_filtered_feature_bc_matrix.mtx.gz", "S_features.tsv.gz", "S_barcodes.tsv.gz"),
    ],
)
def test_files_of_one_sample(names: tuple[str, str, str]) -> None:
    """Matrix, genes and barcodes, and nothing of the files beside them."""
    beside = (f"._{names[0]}", "README.txt", "metrics_summary.csv", "gene_id_to_name.tsv")
    [sample] = find_samples([*names, *beside])
    assert sample.counts[:3] == names
    assert sample.other_matrices == ()


def test_samples_of_a_series() -> None:
    """Each with its own barcodes and the series' genes; order of words tells samples apart."""
    names = [
        f"GSM{i}_{p}-{f}"
        for i, p in ((1, "1_2"), (2, "2_1"))
        for f in ("matrix.mtx", "barcodes.tsv")
    ]
    samples = find_samples([*names, "GSE1_features.tsv"])
    assert [s.label for s in samples] == ["GSM1_1_2", "GSM2_2_1"]
    assert [s.counts.barcodes for s in samples] == [
        "GSM1_1_2-barcodes.tsv",
        "GSM2_2_1-barcodes.tsv",
    ]
    assert {s.counts.genes for s in samples} == {"GSE1_features.tsv"}


def test_barcodes_of_another_sample_are_not_taken() -> None:
    """Genes may be shared between samples, barcodes never."""
    first, second = find_samples(["P1_matrix.mtx", "P2_matrix.mtx", "P1_barcodes.tsv", "genes.tsv"])
    assert (first.counts.barcodes, second.counts.barcodes) == ("P1_barcodes.tsv", None)


def test_matrices_of_the_same_cells() -> None:
    """Counts before antibodies, whole before parts, filtered before raw, counts before logs."""
    names = ["S_RNA_matrix.mtx", "S_ADT_matrix.mtx", "S_raw_matrix.mtx", "S_lognorm_matrix.mtx"]
    [sample] = find_samples(names)
    assert sample.counts.matrix == "S_RNA_matrix.mtx"
    assert sample.antibodies is not None and sample.antibodies.matrix == "S_ADT_matrix.mtx"
    assert set(sample.other_matrices) == set(names[1:])
    [sample] = find_samples([f"{KB}.{part}.mtx" for part in ("mature", "nascent", "total")])
    assert sample.counts.matrix == f"{KB}.total.mtx"


def test_counts_split_by_splicing() -> None:
    """STARsolo's Velocyto folder has no whole counts; beside whole ones the parts do not matter."""
    parts = ["spliced.mtx", "unspliced.mtx", "ambiguous.mtx"]
    assert is_split_by_splicing(find_samples(parts)[0])
    assert not is_split_by_splicing(find_samples([*parts, "matrix.mtx"])[0])
