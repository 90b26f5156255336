"""Rows of viruses: patterns, ids and names, other genomes; a human gene is never taken."""

import numpy as np

from features.genes.annotation import GeneReference, Kind, all_rna, assign_roles
from features.genes.panels import PANEL_GENES
from features.kernels.counting import (
    OTHER_GENE,
    PROTEIN_COLUMN,
    RNA_COLUMN,
)

HHV6, EBV = ("hhv6", ("HHV6B_*",)), ("ebv", ("EBNA1*", "lmp1"))


def reference(names: list[str], ids: list[str], kinds: list[Kind]) -> GeneReference:
    """The panel, then these rows."""
    all_kinds = (*all_rna(len(PANEL_GENES)), *kinds)
    return GeneReference((*PANEL_GENES, *ids), (*PANEL_GENES, *names), all_kinds)


def test_listed_rows_share_their_virus_s_column() -> None:
    """By id or name in any case; the CAR's column follows, and no gene's role changes."""
    names = ["HHV6B_U90", "hhv6b_U100", "odd", "LMP1", "CAR", "EBNA1BP2", "HHV6A_U1", "HHV6B_RP"]
    ids = ["U90", "U100", "HHV6B_DR1", "LMP1", "CAR", "EBNA1BP2", "x", "ENSG00000198888"]
    ref = reference(names, ids, ["rna"] * 8)
    plain, roles = assign_roles(ref, "CAR"), assign_roles(ref, "CAR", (HHV6, EBV))
    n = len(PANEL_GENES)
    assert roles.viruses == ("hhv6", "ebv")
    assert roles.role[n : n + 5].tolist() == [n, n, n, n + 1, n + 2]
    assert roles.car == n + 2
    assert roles.role[n + 5] == OTHER_GENE  # EBNA1BP2 is a human depth gene
    np.testing.assert_array_equal(roles.role[:n], plain.role[:n])
    np.testing.assert_array_equal(roles.role[n + 5 :], plain.role[n + 5 :])
    assert roles.column_kind[n : n + 2].tolist() == [RNA_COLUMN, RNA_COLUMN]


def test_rows_of_another_genome_add_to_no_total() -> None:
    """They were no RNA of the patient before; an antibody of the same name is never taken."""
    ref = reference(
        ["HHV6B_U90", "HHV6B_gp", "EBNA1"], ["a", "b", "c"], ["other", "protein", "rna"]
    )
    roles = assign_roles(ref, None, (HHV6, EBV))
    n = len(PANEL_GENES)
    assert roles.viruses == ("hhv6", "ebv")
    assert roles.column_kind[n : n + 2].tolist() == [PROTEIN_COLUMN, RNA_COLUMN]
    assert roles.role[n:].tolist() == [n, n + 2, n + 1]
    assert roles.proteins == ("other_antibodies",)
    assert roles.is_antibody.tolist() == [False] * (n + 1) + [True, False]


def test_a_virus_that_the_reference_lacks_has_no_column() -> None:
    """The same roles as without the list."""
    ref = reference(["X1"], ["X1"], ["rna"])
    roles = assign_roles(ref, None, (HHV6,))
    assert roles.viruses == ()
    np.testing.assert_array_equal(roles.role, assign_roles(ref).role)


def test_the_sequence_of_the_car_is_no_virus() -> None:
    """Its cells would show no RNA of a virus whose sequence is not there."""
    ref = reference(["HHV6B_CAR", "X"], ["HHV6B_CAR", "X"], ["rna"] * 2)
    roles = assign_roles(ref, "HHV6B_CAR", (HHV6,))
    assert roles.viruses == ()
    assert roles.role[len(PANEL_GENES)] == roles.car


def test_a_pattern_of_human_symbols_takes_no_row() -> None:
    """MT* meets MT-CO1, MTOR and MTDH, so MT1L, which has no role of its own, is human as well."""
    names = ["MT-CO1", "MTOR", "MTDH", "MT1L", "MTV_1"]
    ref = reference(names, names, ["rna"] * 5)
    assert assign_roles(ref, None, (("ebv", ("MT*",)),)).viruses == ()
    assert assign_roles(ref, None, (("ebv", ("MTV_*",)),)).viruses == ("ebv",)
    ids = ["ENSG00000198804", "ENSG00000198793", "ENSG00000147649", "ENSG00000260549", "MTV_1"]
    with_ids = reference(names, ids, ["rna"] * 5)
    roles = assign_roles(with_ids, None, (("ebv", ("MT*",)),))
    assert (roles.role == len(roles.genes)).nonzero()[0].tolist() == [len(PANEL_GENES) + 4]
