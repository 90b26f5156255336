"""Depth genes: the fixed set of genes that chemistries share, over which a cell's depth is counted.

A rate is a gene's UMIs per 10,000 UMIs of these genes. Over all genes it would depend on the
reference: without ribosomal genes, as in 10x Flex, a T cell loses a third of its UMIs, every rate
rises by a half, and the CD7-negative share falls to 0. `depth_genes.csv` holds protein-coding genes
without the groups that references leave out (ribosomal, mitochondrial, HLA, KIR, receptors,
non-coding, symbols that changed), each with its share of their UMIs in blood. It is made by
`benchmarks/make_depth_genes.py`.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from features.arrays import Bools, Floats

# Share of the set, by its UMIs in blood, that a reference must hold; with less, expression and CD7
# are withheld. At 0.985 every rate is 1.5 % too high, which moves no feature by more than a tenth
# of its SD between CARPALL's samples (0.096 for the interferon score, whose SD is the least); a
# matrix cut to 5,000 variable genes holds 0.48 to 0.8, whole references and matrices without the
# genes of fewer than three cells hold 0.997 and more.
MIN_DEPTH_SHARE = 0.985
# With less than this a matrix is a choice of genes, and is refused: with 2,000 variable genes the
# monocyte fraction moves by 0.11 SD, with 5,000 the NK fraction by 0.16 SD.
LEAST_DEPTH_SHARE = 0.90
TABLE = Path(__file__).with_name("depth_genes.csv")


@dataclass(frozen=True)
class DepthGenes:
    """Symbols and Ensembl ids with the position of their gene; `shares` (n,) add up to 1."""

    symbols: dict[str, int]
    ensembl_ids: dict[str, int]
    shares: Floats


@cache
def load_depth_genes(path: Path = TABLE) -> DepthGenes:
    """Read the set shipped with the code.

    >>> genes = load_depth_genes()
    >>> "ACTB" in genes.symbols, "RPL13" in genes.symbols, round(float(genes.shares.sum()), 6)
    (True, False, 1.0)
    """
    with path.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    shares = np.array([row[2] for row in rows], dtype=np.float64)
    shares /= shares.sum()
    shares.flags.writeable = False
    return DepthGenes(
        {row[1]: i for i, row in enumerate(rows)}, {row[0]: i for i, row in enumerate(rows)}, shares
    )


def match_depth_genes(ids: Sequence[str], names: Sequence[str]) -> tuple[Bools, float]:
    """Which rows of a reference are depth genes, (n_rows,), and the share of the set they hold.

    A row is matched by its Ensembl id (without version) or by its name: no symbol of the set
    stands for two genes. The share is that of the set's UMIs in blood: 1 for a whole reference.

    >>> match_depth_genes(["ENSG00000075624.17", "x"], ["odd", "RPL13"])[0].tolist()
    [True, False]
    """
    genes = load_depth_genes()
    at = [
        genes.ensembl_ids.get(gene_id.partition(".")[0], genes.symbols.get(name, -1))
        for gene_id, name in zip(ids, names, strict=True)
    ]
    positions = np.array(at, np.int64)
    is_depth_gene = positions >= 0
    return is_depth_gene, float(genes.shares[np.unique(positions[is_depth_gene])].sum())
