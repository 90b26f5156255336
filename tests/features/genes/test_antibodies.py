"""Antibody names as vendors, tools and laboratories write them."""

import pytest

from features.genes.annotation import GeneReference, all_rna
from features.genes.antibodies import (
    antibody_columns,
    antibody_target,
    hashtag_rows,
    is_hashtag,
    is_isotype,
    is_technical,
)

CD7_NAMES = (
    "CD7", "cd7", "CD7-1", "CD7.1", "CD7_TotalSeqC", "CD7_TotalSeqB", "anti-human CD7",
    "CD7_anti-human_CD7", "CD7-TotalC0066", "TotalSeq-C0066", "adt_CD7", "ADT:CD7", "CD7_prot",
    "prot_CD7", "AB_CD7", "Hu.CD7", "CD7|CD7|AHS0043|pAbO", "CD7:M-T701|CD7|AHS0043|pAbO",
    "CD7-TGGATTCCCGGACTT", "CD7 (CD7-6B7)", "CD7_A0066", "B0066_CD7", "ADT_A0066", "CD7.ADT",
)  # fmt: skip
OTHER_NAMES = (
    "CD70", "CD74", "CD79b", "CD71", "CD3", "CD8a", "CD19", "CD56", "HLA-DR", "PD-1 (CD279)",
    "CD45", "CD45RO", "TCRb", "C0072-CD44x", "IgD",
)  # fmt: skip


@pytest.mark.parametrize("name", CD7_NAMES)
def test_cd7_under_every_name(name: str) -> None:
    """One protein, whatever vendor, tool or laboratory adds to its name."""
    assert antibody_target(name) == "CD7"


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_other_antibodies_are_not_cd7(name: str) -> None:
    """Names that begin alike are other proteins."""
    assert antibody_target(name) == "other_antibodies"


@pytest.mark.parametrize(
    ("name", "target"),
    [("CD4_TotalSeqB", "CD4"), ("adt_CD14", "CD14"), ("CD45RA-1", "CD45RA"), ("IgG2a", "isotype")],
)
def test_the_other_columns(name: str, target: str) -> None:
    """CD4, CD14, CD45RA and the isotype controls have columns of their own."""
    assert antibody_target(name) == target


def test_isotypes_hashtags_and_unmapped_reads() -> None:
    """Controls bind nothing; hashtags mark samples; unmapped reads are of no antibody."""
    assert all(map(is_isotype, ("IgG1", "Mouse IgG1, k", "RatIgG2b", "isotype_MOPC.21", "IgG2b-1")))
    assert not any(map(is_isotype, ("IGHG1", "IgD", "IgM", "IgG_Fc", "FCGR3A")))
    assert all(
        map(is_hashtag, ("HTO1", "HTO_A", "HTO-AGGTCC", "Hashtag10", "SampleTag01", "CMO301"))
    )
    assert not any(map(is_hashtag, ("SHTN1", "CD7", "PHTF1", "CMO1")))
    assert is_technical("unmapped") and not is_technical("CD14")


def test_columns_sum_other_antibodies_and_keep_one_isotype() -> None:
    """Two clones of one protein share a column; IgG2a is the control, as CD7's antibodies are."""
    names = ("IgG1", "CD14 (M5E2)", "CD14 (63D3)", "IgG2a", "HTO1", "unmapped", "CD3", "CD7")
    assert antibody_columns(enumerate(names)) == {
        "CD7": [7], "CD14": [1, 2], "isotype": [3], "other_antibodies": [0, 6],
    }  # fmt: skip


def test_hashtag_rows_are_no_genes() -> None:
    """Rows by name, unless an Ensembl id says that the row is a gene."""
    ids, names = ("ENSG1", "HTO1", "x"), ("HTO9", "HTO1", "human_Hashtag_2")
    assert hashtag_rows(GeneReference(ids, names, all_rna(3))) == (1, 2)
