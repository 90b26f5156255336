"""Antibodies among genes: which rows are suspected by name, and which the counts convict."""

from time import process_time

import numpy as np
import pytest

from features.genes.annotation import GeneReference, all_rna
from features.genes.untyped_antibodies import (
    Suspects,
    find_suspects,
    judge_suspects,
    mark_antibodies,
)

GENES = ("CD7", "CD4", "CD14", "PTPRC", "CD3D", "MT-CO1", *(f"GENE{i}" for i in range(200)))
PANEL = ("CD7-1", "CD3", "CD45RA", "PD-1 (CD279)", "CD14-1", "IgG1", "HTO1")


def by_name(*names: str) -> GeneReference:
    """A reference without ids and types."""
    return GeneReference(names, names, all_rna(len(names)))


def sums(reference: GeneReference, protein: float, gene: float = 1.0) -> np.ndarray:
    """Counts in which rows after the genes have `protein`, all others `gene`."""
    values = np.full(len(reference.names), gene)
    values[len(GENES) :] = protein
    return values


def test_a_panel_after_the_genes() -> None:
    """The block is found by its names, and judged by counts, rare antibodies with the others."""
    reference = by_name(*GENES, *PANEL)
    suspects = find_suspects(reference)
    assert suspects.blocks == ((len(GENES), len(reference.names)),)
    values = sums(reference, 50.0)
    values[-2] = 0.0  # the control binds nothing
    kinds = judge_suspects(reference, suspects, values).kinds
    assert kinds[: len(GENES)] == all_rna(len(GENES))
    assert kinds[len(GENES) :] == (*["protein"] * 6, "other")


def test_a_panel_before_the_genes_and_with_an_odd_name() -> None:
    """Where the block lies does not matter; an antibody whose gene is absent belongs to it."""
    reference = by_name("CD19", "CD7", "CD4", "CD34", "CD14", "CD3", "CD8", *GENES[5:], "CD7.1",
                        "CD4.1", "CD14.1")  # fmt: skip
    suspects = find_suspects(reference)
    assert suspects.blocks == ((0, 7),)
    values = np.ones(len(reference.names))
    values[:7] = 90.0
    assert judge_suspects(reference, suspects, values).kinds.count("protein") == 7


def test_names_lower_the_bar() -> None:
    """In a matrix of few, expressed genes antibodies stand out less: CD names make up for it."""
    reference = by_name(*GENES, "CD3", "CD8", "CD45RA", "CD11b", "CD7-1")
    assert judge_suspects(reference, find_suspects(reference), sums(reference, 5.0)).kinds.count(
        "protein"
    ) == 5  # fmt: skip
    odd = by_name(*GENES, "a b", "c d", "e f", "g h", "i j")
    assert judge_suspects(odd, find_suspects(odd), sums(odd, 5.0)) is odd


def test_odd_names_with_few_counts_are_genes() -> None:
    """Vectors and viruses at the end of a reference are no antibodies."""
    reference = by_name(*GENES, "EGFP_wpre", "CAT_scFv", "mCherry", "HIV gag", "HBV x")
    suspects = find_suspects(reference)
    assert suspects.blocks
    assert judge_suspects(reference, suspects, sums(reference, 1.5)) is reference


@pytest.mark.parametrize("name", ["CD7-1", "CD7.1", "CD7_1", "CD7", "adt_CD7", "cd7 protein"])
def test_a_single_cd7_antibody(name: str) -> None:
    """One more row of CD7 is an antibody if its counts are no gene's, the gene itself is not."""
    reference = by_name(*GENES, name)
    suspects = find_suspects(reference)
    row = len(GENES)
    assert row in [single for single, _ in suspects.singles]
    assert judge_suspects(reference, suspects, sums(reference, 60.0)).kinds[row] == "protein"
    kinds = judge_suspects(reference, suspects, sums(reference, 60.0)).kinds
    assert kinds[:row] == all_rna(row)
    assert judge_suspects(reference, suspects, sums(reference, 1.0)) is reference


def test_names_that_need_no_counts() -> None:
    """A vendor's name is enough."""
    reference = by_name(*GENES, "CD7_TotalSeqC", "Hashtag1")
    suspects = find_suspects(reference)
    assert suspects.certain == (len(GENES), len(GENES) + 1)
    assert not suspects.need_counts
    kinds = mark_antibodies(reference, set(suspects.certain)).kinds
    assert kinds[-2:] == ("protein", "other")


def test_vendor_names_among_rows_of_another_shape() -> None:
    """BD's AbSeq beside targeted genes whose names all have bars: the antibody is told."""
    genes = tuple(f"{gene}|NM_1|Reference_end" for gene in GENES)
    reference = by_name(*genes, "CD7:M-T701|CD7|AHS0043|pAbO")
    suspects = find_suspects(reference)
    assert (suspects.certain, suspects.need_counts) == ((len(GENES),), False)


def test_usual_references_are_not_suspected() -> None:
    """Repeated genes of a reference, typed rows and rows with Ensembl ids need no counts."""
    repeated = by_name(*GENES, "TBCE", "TBCE-1", "MATR3", "GENE5-1")
    assert not find_suspects(repeated).need_counts
    ids = tuple(f"ENSG{i:011d}" for i in range(len(GENES) + 1))
    assert find_suspects(GeneReference(ids, (*GENES, "CD7"), all_rna(len(ids)))) == Suspects(
        (), (), ()
    )
    typed = GeneReference((*GENES, "CD7-1"), (*GENES, "CD7-1"), (*all_rna(len(GENES)), "protein"))
    assert not find_suspects(typed).need_counts


def test_a_name_among_ids_is_suspected() -> None:
    """In a reference by Ensembl id an antibody has none."""
    ids = (*(f"ENSG{i:011d}" for i in range(len(GENES))), "CD7")
    reference = GeneReference(ids, (*GENES, "CD7"), all_rna(len(ids)))
    suspects = find_suspects(reference)
    assert suspects.singles == ((len(GENES), (0,)),)


def test_one_name_for_all_rows_takes_no_time() -> None:
    """Each row of 40,000 equal names has 39,999 rivals, which are never listed row by row."""
    begin = process_time()
    assert find_suspects(by_name(*["CD7"] * 40_000)) == Suspects((), (), ())
    assert process_time() - begin < 10
