"""The gene sets: sourced, disjoint from the covariate, and genes of a real reference."""

from pathlib import Path

from features.genes.panels import SCORE_PANELS
from features.readers.open_counts import open_counts
from training.study.activity.gene_sets import MEMORY, gene_set, gene_sets, sets_to_test


def test_every_set_has_its_source_and_no_gene_twice() -> None:
    """Names are unique, genes of a set too, and each set says where it comes from."""
    names = [one.name for one in gene_sets()]
    assert len(set(names)) == len(names)
    for one in gene_sets():
        assert len(set(one.genes)) == len(one.genes) >= 4
        assert one.source.strip()


def test_what_is_adjusted_for_is_not_tested() -> None:
    """No gene of the memory contrast is in a tested set."""
    memory = {gene for one in gene_sets() if one.theme == MEMORY for gene in one.genes}
    assert memory
    for one in sets_to_test():
        assert not memory & set(one.genes), one.name


def test_panels_are_those_of_the_feature_table() -> None:
    """The product's panels are not copied but taken."""
    assert gene_set("activation").genes == SCORE_PANELS["cd7neg_t_activation"]


def test_all_genes_are_in_cell_rangers_reference(carpall: Path) -> None:
    """Every symbol is one of GRCh38-2020-A."""
    names = set(open_counts(carpall / "CAR-T11141510.h5").gene_names)
    assert {gene for one in gene_sets() for gene in one.genes} <= names
