"""Panel genes and how they are found in a file."""

import re

from features.genes.expression_rates import load_rates
from features.genes.panels import (
    FORMER_NAMES,
    PANEL_GENES,
    S100,
    SCORE_PANELS,
    gene_ids,
    match_panel,
)


def test_every_panel_gene_has_an_id() -> None:
    """All panels lie in PANEL_GENES, with one Ensembl id each."""
    genes = {gene for panel in SCORE_PANELS.values() for gene in panel} | {*S100, "CD7"}
    assert genes <= set(PANEL_GENES)
    assert set(load_rates().genes) <= set(PANEL_GENES)
    assert all(re.fullmatch(r"ENSG\d{11}", gene_id) for gene_id in gene_ids().values())
    assert len(set(gene_ids().values())) == len(PANEL_GENES)


def test_id_wins_over_name() -> None:
    """The row with a gene's id is used, even if another row has its name."""
    ids = ["ENSG00000000000", gene_ids()["CD7"]]
    assert match_panel(ids, ["CD7", "renamed"]) == {"CD7": 1}


def test_former_names_and_duplicates() -> None:
    """A former name is found; the first of two equal rows is taken; versions are dropped."""
    names = ["SDPR", "IL8", "CD7", "CD7"]
    assert match_panel(["a", "b", "c", "d"], names) == {"CAVIN2": 0, "CD7": 2, "CXCL8": 1}
    assert match_panel([gene_ids()["CD7"] + ".12"], ["x"]) == {"CD7": 0}


def test_current_name_wins_over_former() -> None:
    """Where a file has both names, the current one is meant."""
    assert match_panel(["a", "b"], ["SDPR", "CAVIN2"]) == {"CAVIN2": 1}
    assert set(FORMER_NAMES.values()) <= set(PANEL_GENES)
