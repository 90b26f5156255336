"""Roles of reference rows: ids before names, duplicates, genomes, other features."""

from collections.abc import Sequence

import numpy as np
import pytest

from features.genes.annotation import GeneReference, Kind, all_rna, assign_roles
from features.genes.depth_genes import load_depth_genes
from features.genes.panels import PANEL_GENES, gene_ids
from features.kernels.counting import (
    DEPTH_COLUMN,
    MITO,
    NOT_RNA,
    OTHER_GENE,
    OUTSIDE_DEPTH,
    PROTEIN_COLUMN,
    RNA_COLUMN,
)


def reference(
    names: Sequence[str], ids: Sequence[str] | None = None, is_rna: Sequence[bool] | None = None
) -> GeneReference:
    """The whole panel by name, then the rows of a test."""
    all_ids = tuple(ids) if ids is not None else tuple(names)
    rna = tuple(is_rna) if is_rna is not None else (True,) * len(names)
    kinds: tuple[Kind, ...] = tuple("rna" if ok else "protein" for ok in rna)
    all_kinds = (*all_rna(len(PANEL_GENES)), *kinds)
    return GeneReference((*PANEL_GENES, *all_ids), (*PANEL_GENES, *names), all_kinds)


def rows_of(ref: GeneReference, gene: str, car: str | None = None) -> list[int]:
    """Reference rows that add to a panel gene's column."""
    roles = assign_roles(ref, car)
    column = roles.genes.index(gene)
    return [row for row, role in enumerate(roles.role) if role == column]


def test_an_id_wins_over_a_name() -> None:
    """A row whose id is CD7's is CD7, whatever the name of another row says."""
    ids = (gene_ids()["CD7"], "ENSG00000000001")
    ids_and_panel, names = (*ids, *gene_ids().values()), ("odd", "CD7", *gene_ids())
    ref = GeneReference(ids_and_panel, names, all_rna(len(ids_and_panel)))
    assert rows_of(ref, "CD7") == [0]


def test_duplicates_made_unique_are_added_up() -> None:
    """CD7-1 and CD7-2 beside CD7 count as CD7; HLA-A-like names of other genes do not."""
    ref = reference(["CD7-1", "CD7-2", "NKX2-1", "CD7-AS1"])
    n = len(PANEL_GENES)
    assert rows_of(ref, "CD7") == [PANEL_GENES.index("CD7"), n, n + 1]
    assert assign_roles(ref).role[-2:].tolist() == [OUTSIDE_DEPTH, OUTSIDE_DEPTH]


def test_former_names_are_known() -> None:
    """A reference that says SDPR holds CAVIN2."""
    names = tuple("SDPR" if gene == "CAVIN2" else gene for gene in PANEL_GENES)
    assert "CAVIN2" in assign_roles(GeneReference(names, names, all_rna(len(names)))).genes


def test_genome_prefixes_are_dropped() -> None:
    """References of several genomes write GRCh38_CD7; the CAR keeps its own name."""
    names = (*(f"GRCh38_{gene}" for gene in PANEL_GENES), "CAR_scFv")
    roles = assign_roles(GeneReference(names, names, all_rna(len(names))), "CAR_scFv")
    assert set(roles.genes) == set(PANEL_GENES)
    assert roles.role[-1] == roles.car == len(PANEL_GENES)


def test_other_features_count_nowhere() -> None:
    """An antibody called CD7 has a column of its own, which adds to no total."""
    roles = assign_roles(reference(["CD7-1", "MT-ND1"], is_rna=[False, True]))
    assert roles.role[-2:].tolist() == [len(roles.genes), MITO]
    assert roles.proteins == ("CD7",)
    assert roles.column_kind[roles.role[-2]] == PROTEIN_COLUMN
    assert np.flatnonzero(roles.is_antibody).tolist() == [len(PANEL_GENES)]


def test_hashtags_count_nowhere() -> None:
    """A hashtag among the antibodies has no column; the CAR's follows the antibodies'."""
    ref = reference(["HTO1", "CD3", "CAR"], is_rna=[False, False, True])
    roles = assign_roles(ref, "CAR")
    n = len(PANEL_GENES)
    assert roles.role[-3:].tolist() == [NOT_RNA, n, n + 1]
    assert (roles.proteins, roles.car) == (("other_antibodies",), n + 1)


def test_a_filtered_reference_is_flagged() -> None:
    """Under 10,000 genes, or a group of genes absent: the row must say so."""
    assert assign_roles(reference([])).warnings == (
        "few_genes", "no_mito_genes", "no_ribosomal_genes", "no_noncoding_genes", "few_depth_genes",
    )  # fmt: skip
    many = [*(f"G{i}" for i in range(10_000)), *load_depth_genes().symbols]
    whole = reference([*many, "MT-CO1", "RPL13", "MALAT1"])
    assert assign_roles(whole).warnings == ()
    by_id = reference([*many, "MT-CO1", "ENSG00000167526.3", "ENSG00000251562"])
    assert assign_roles(by_id).warnings == ()


def test_depth_genes_and_the_others() -> None:
    """A depth gene is known by id or by name; a panel gene keeps its column in depth or not."""
    ref = reference(["ACTB", "odd", "RPL13", "HLA-A"], ["x", "ENSG00000111640.15", "y", "z"])
    roles = assign_roles(ref)
    assert roles.role[-4:].tolist() == [OTHER_GENE, OTHER_GENE, OUTSIDE_DEPTH, OUTSIDE_DEPTH]
    kind = dict(zip(roles.genes, roles.column_kind, strict=False))
    assert (kind["CD3D"], kind["LYZ"]) == (DEPTH_COLUMN, DEPTH_COLUMN)
    assert (kind["HLA-DRA"], kind["TRAC"], roles.column_kind[-1]) == (RNA_COLUMN,) * 3


def test_the_share_of_the_depth_genes() -> None:
    """Half of the genes hold the half of the UMIs that the shipped table says."""
    genes = load_depth_genes()
    some = [name for name, i in genes.symbols.items() if i % 2 or name in PANEL_GENES]
    expected = sum(genes.shares[genes.symbols[name]] for name in some)
    assert assign_roles(reference(some)).depth_share == pytest.approx(expected)
    assert "few_depth_genes" in assign_roles(reference(some)).warnings


def test_mitochondrial_genes_are_known_by_id() -> None:
    """A file with ids alone still has its mitochondrial genes."""
    assert assign_roles(reference(["ENSG00000198888"])).role[-1] == MITO
