"""The depth set: what it holds and leaves out, and how a reference's rows are matched."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.make_depth_genes import is_shared
from features.genes.depth_genes import (
    MIN_DEPTH_SHARE,
    load_depth_genes,
    match_depth_genes,
)
from features.genes.panels import CD7, S100, SCORE_PANELS, gene_ids


def test_no_gene_is_of_a_group_that_references_leave_out() -> None:
    """Ribosomal, mitochondrial, HLA, receptor and non-coding genes lie outside."""
    genes = load_depth_genes()
    assert all(is_shared(symbol) for symbol in genes.symbols)
    for symbol in ("RPL13", "RPSA", "MT-CO1", "HLA-DRA", "KIR2DL1", "TRAC", "IGKC", "MALAT1"):
        assert symbol not in genes.symbols


def test_measured_genes_count_and_have_the_panels_ids() -> None:
    """CD7, S100A8/A9 and the scores' genes are in, each under the id of the panels."""
    genes = load_depth_genes()
    for symbol in (CD7, *S100, *(gene for panel in SCORE_PANELS.values() for gene in panel)):
        assert genes.ensembl_ids[gene_ids()[symbol]] == genes.symbols[symbol]


def test_shares_fall_and_add_up() -> None:
    """Rows are in falling order of their share, which add up to 1."""
    shares = load_depth_genes().shares
    assert (np.diff(shares) <= 0).all()
    assert shares.sum() == pytest.approx(1)


def test_a_gene_on_two_rows_counts_once_in_the_share() -> None:
    """Both rows are depth genes (the two copies of pseudo-autosomal genes), one share."""
    genes = load_depth_genes()
    is_depth_gene, share = match_depth_genes(["ENSG00000075624", "ENSG00000075624"], ["ACTB", "a"])
    assert is_depth_gene.all()
    assert share == genes.shares[genes.symbols["ACTB"]]


def test_real_references_hold_the_set(carpall: Path, pbmc3k: Path, eccite: Path) -> None:
    """GRCh38 by id or name and hg19 by name hold all; so does a matrix without rare genes."""
    from benchmarks.cells import carpall_matrix, h5ad_matrix

    _, ids, names, _ = carpall_matrix("CAR-T10310325")
    hg19 = h5ad_matrix("pbmc3k/pbmc3k.h5ad")[1]
    filtered = h5ad_matrix("eccite/eccite_pbmc_500.h5ad")[1]
    for rows in ((ids, ids), (names, names), (hg19, hg19), (filtered, filtered)):
        assert match_depth_genes(*rows)[1] > 0.999 > MIN_DEPTH_SHARE
