"""Per-cell counts of panel genes."""

from dataclasses import replace

import numpy as np

from features.cells.cell_counts import CellCounts


def small() -> CellCounts:
    """Three cells, two genes, with a CAR."""
    return CellCounts(
        np.array([10, 20, 30]), np.array([5, 6, 7]), np.array([1, 0, 2]),
        np.array([[1, 2], [3, 4], [5, 6]], np.int32), ("CD3D", "LYZ"), ("CD7",),
        np.array([0, 1, 0], np.int32),
    )  # fmt: skip


def test_genes_by_name() -> None:
    """One gene, a sum of genes, and an absent gene as zeros."""
    cells = small()
    np.testing.assert_array_equal(cells.gene_umis("LYZ"), [2, 4, 6])
    np.testing.assert_array_equal(cells.summed_umis(("CD3D", "LYZ", "CD7")), [3, 7, 11])
    np.testing.assert_array_equal(cells.gene_umis("CD7"), [0, 0, 0])


def test_select_keeps_everything_aligned() -> None:
    """Selecting by mask and by index gives the same cells in every field."""
    by_mask, by_index = (
        small().select(np.array([True, False, True])),
        small().select(np.array([0, 2])),
    )
    for name in ("total", "n_genes", "mito", "panel", "car"):
        np.testing.assert_array_equal(getattr(by_mask, name), getattr(by_index, name))
    assert by_mask.n_cells == 2
    assert by_mask.missing_genes == ("CD7",)


def test_counts_in_bytes_read_as_the_counts() -> None:
    """Low bytes with the high ones of one gene are the same counts as whole numbers."""
    low = np.asfortranarray([[1, 2], [3, 255], [5, 0]], dtype=np.uint8)
    high = {1: np.array([0, 0, 3], np.uint16)}
    counts = np.array([[1, 2], [3, 255], [5, 768]])
    by_bytes = replace(small(), low=low, high=high)
    by_numbers = replace(small(), low=counts)
    for cells, other in (
        (by_bytes, by_numbers),
        (by_bytes.select(slice(1, 3)), by_numbers.select(np.array([1, 2]))),
    ):
        np.testing.assert_array_equal(cells.panel, other.panel)
        np.testing.assert_array_equal(cells.gene_umis("LYZ"), other.gene_umis("LYZ"))
        np.testing.assert_array_equal(cells.panel_columns([1, 0]), other.panel[:, [1, 0]])
        np.testing.assert_array_equal(cells.panel_sums(), other.panel.sum(axis=0))
        np.testing.assert_array_equal(cells.summed_umis(("CD3D", "LYZ")), other.panel.sum(axis=1))
    assert by_bytes.panel_columns([]).shape == (3, 0)


def test_viruses_stand_between_genes_and_antibodies() -> None:
    """Each is read by its name, two columns of one virus together, and a selection keeps them."""
    ones = np.ones(2, np.int64)
    low = np.array([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]], np.int32)
    counts = CellCounts(
        ones, ones, ones, low, ("CD7",), proteins=("CD7",), viruses=("hhv6", "hhv6", "ebv"),
        high={1: np.array([0, 1], np.uint16)},
    )  # fmt: skip
    for cells, rows in ((counts, [0, 1]), (counts.select(np.array([1])), [1])):
        expected = low.astype(np.int64)
        expected[1, 1] += 256
        assert cells.gene_umis("CD7").tolist() == expected[rows, 0].tolist()
        assert cells.viral_umis("hhv6").tolist() == expected[rows, 1:3].sum(axis=1).tolist()
        assert cells.viral_umis("ebv").tolist() == expected[rows, 3].tolist()
        assert cells.viral_umis("cmv").tolist() == [0] * len(rows)
        assert cells.protein_counts("CD7").tolist() == expected[rows, 4].tolist()
