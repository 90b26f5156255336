"""Genes of several references: ids first, names second, and what is missing where."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.genes.annotation import GeneReference, all_rna
from features.genes.gene_union import gene_keys, unite


def reference(ids: list[str], names: list[str]) -> GeneReference:
    """A reference of gene expression only."""
    return GeneReference(tuple(ids), tuple(names), all_rna(len(ids)))


def test_ids_win_over_names() -> None:
    """A renamed gene is one gene, by its id without version and genome."""
    old = reference(["ENSG00000168497.4"], ["SDPR"])
    new = reference(["GRCh38_ENSG00000168497"], ["GRCh38_CAVIN2"])
    both = unite([old, new])
    assert (both.ids, both.names) == (("ENSG00000168497",), ("SDPR",))
    assert both.present.all()


def test_names_alone_find_their_ids() -> None:
    """A file of names meets one with ids by name, and the panels' former names by the panels."""
    names_only = reference(["CD7", "SDPR", "XYZ"], ["CD7", "SDPR", "XYZ"])
    assert unite([names_only]).ids == ("ENSG00000173762", "ENSG00000168497", "XYZ")
    with_id = reference(["ENSG77"], ["XYZ"])
    assert unite([names_only, with_id]).ids[2] == "ENSG77"


def test_two_rows_of_one_gene_share_a_column() -> None:
    """A repeated name, and the second copy of a pseudo-autosomal gene."""
    twice = reference(["ENSG1.2", "ENSG1.2_PAR_Y", "ENSG2"], ["A", "A", "B"])
    assert unite([twice]).columns[0].tolist() == [0, 0, 1]


ROWS = st.lists(st.sampled_from("ABCDEFGH"), min_size=1, max_size=8)


@given(st.lists(ROWS, min_size=1, max_size=4))
def test_every_row_keeps_its_gene(rows: list[list[str]]) -> None:
    """Each row's column is its own key; a gene is present exactly where a row maps to it."""
    references = [reference([f"ENSG{r}" for r in letters], letters) for letters in rows]
    union = unite(references)
    assert len(set(union.ids)) == len(union.ids)
    for number, one in enumerate(references):
        assert [union.ids[c] for c in union.columns[number]] == gene_keys(one, {})
        ids = {union.ids[i] for i in np.flatnonzero(union.present[:, number])}
        assert ids == {f"ENSG{r}" for r in rows[number]}
