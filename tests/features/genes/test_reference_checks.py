"""Checks of a reference: species and the share of our panels, alone and through the roles."""

import pytest

from features.errors import InputError
from features.genes.annotation import GeneReference, all_rna, assign_roles
from features.genes.panels import PANEL_GENES
from features.genes.reference_checks import MIN_PANEL_GENES, check_panel_overlap


@pytest.mark.parametrize(
    ("gene_id", "name"),
    [("ENSMUSG00000000001", "Cd7"), ("mm10_x", "mm10_Cd7"), ("mt-Nd1", "mt-Nd1")],
)
def test_mouse_genes_are_refused(gene_id: str, name: str) -> None:
    """By id, by genome prefix, or by mitochondrial genes in small letters."""
    ids, names = (*PANEL_GENES, gene_id), (*PANEL_GENES, name)
    with pytest.raises(InputError, match="must hold human genes"):
        assign_roles(GeneReference(ids, names, all_rna(len(ids))))


def test_a_reference_without_our_genes_is_refused() -> None:
    """Fly genes, or numbers in place of names."""
    with pytest.raises(InputError, match="only 0 of its 3 rows"):
        assign_roles(GeneReference(("1", "2", "3"), ("1", "2", "3"), all_rna(3)))


def test_twenty_genes_of_the_panels_are_enough() -> None:
    """One less is refused with both numbers."""
    check_panel_overlap(MIN_PANEL_GENES, 1_000)
    with pytest.raises(InputError, match="only 19 of its 1,000 rows"):
        check_panel_overlap(MIN_PANEL_GENES - 1, 1_000)


def test_a_small_panel_with_right_names_is_told_so() -> None:
    """Names that are known elsewhere are no fault: the genes are few."""
    with pytest.raises(InputError, match="5 of its 399 genes are; give all genes") as problem:
        check_panel_overlap(5, 399, 250)
    assert "names" not in str(problem.value)
