"""Make features/genes/depth_genes.csv: the genes over which a cell's depth is counted.

    python -m benchmarks.make_depth_genes

Protein-coding genes that CARPALL (GRCh38, Ensembl 98), pbmc3k (hg19, Ensembl 75), ECCITE-seq and
Zilionis' blood all hold under one symbol, without the groups that a chemistry or a reference leaves
out (`GROUPS`) and without symbols that stand on two rows. Weight: the gene's share of the UMIs of
all such genes, averaged over CARPALL's usable samples, pbmc3k and ECCITE-seq. The genes are kept in
the order of their weights until they hold `KEPT_SHARE` of it.
"""

import csv
import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmarks.cells import are_good, carpall_matrix, carpall_samples, from_matrix, h5ad_matrix
from features.cells.quality import MIN_GOOD_CELLS, MIN_MEDIAN_GENES
from features.genes.depth_genes import TABLE

KEPT_SHARE = 0.99
NAMED_SETS = ("pbmc3k/pbmc3k.h5ad", "eccite/eccite_pbmc_500.h5ad", "zilionis/blood_61.h5ad")
WEIGHED_SETS = NAMED_SETS[:2]
# Groups of genes that some chemistries and references lack or count otherwise, by symbol.
GROUPS = {
    # Removed as "RP" by many authors; 10x Flex has no probes for them.
    "ribosomal": r"M?RP[SL]\d.*|RPSA.*|RPLP\d.*|RPS6K.*",
    "mitochondrial": r"MT-.*|MTRNR.*|MTATP.*|MTND.*|MTCO.*",
    # Variable between people: reads and probes miss what differs from the reference.
    "HLA and KIR": r"HLA-.*|KIR\dD.*",
    # Variable parts are absent from probe sets; constant ones swing with plasma cells and differ
    # between 3' and 5' libraries.
    "receptors": r"TR[ABDG][VDJC]\d?.*|IG[HKL][VDJCMAGE]\d?.*|IGL[CLV].*|JCHAIN|IGJ",
    # Poly-A capture counts them, probe sets of coding genes do not.
    "non-coding": (
        r".*-(AS|IT|OT)\d*|.*-DT|LINC.*|A[CFLP]\d{6}\.\d+|MIR\d.*|MIRLET.*|SNHG\d.*|SNOR.*|SCARNA.*"
        r"|RNU\d.*|RN7S.*|RP\d+-.*|CT[ABCD]-.*|LOC\d.*|HCG\d.*|HCP5|TTTY.*|LL\w+-.*|XX.*-.*|KB-.*"
        r"|MALAT1|NEAT1|XIST|TSIX|JPX|FTX|GAS5|MIAT|TUG1|DANCR|PVT1|NORAD|CYTOR|ZFAS1|OIP5|MEG\d"
        r"|H19|TUNAR|DLEU\d.*|CRNDE|HOTAIR.*|LUCAT1|THRIL|TERC|RMRP|RPPH1|BCYRN1|CHASERR|CASC\d+"
        r"|PCAT\d+|KCNQ1OT1|LINC-.*|EGOT|FENDRR|TP53TG1|TRERNA1|UCA1|MALINC.*|EPB41L4A-AS1|SCARF.*"
        r"|C\d+orf\d+-AS.*|SERF1B|NCRNA.*|PART1|PRNCR1|HIF1A-AS.*|ILF3-DT|SPRY4-IT1|FAM66.|TMEM191."
    ),
    # Renamed by HGNC after Ensembl 98 (histones, septins, MARCH, tRNA synthetases), hence absent
    # from newer references that give symbols alone; spreadsheets turn SEPT1 and MARCH1 into dates.
    "renamed": (
        r"HIST\d.*|H[1-4]F.*|H2A.*|H2BF.*|SEPT\d+|SEPTIN\d+|MARCH\d+|MARC\d|DEC1|[A-Z]{1,4}ARS"
        r"|C\d+orf\d+|CXorf\d+|FAM\d+.*|KIAA\d+|TMEM\d+.*|CCDC\d+.*"
    ),
}
_OUTSIDE = re.compile("|".join(GROUPS.values()))


def is_shared(symbol: str) -> bool:
    """Whether a gene belongs to none of the groups that references leave out.

    >>> [is_shared(gene) for gene in ("ACTB", "RPL13", "MT-CO1", "HLA-DRA", "TRBV20-1", "MALAT1")]
    [True, False, False, False, False, False]
    """
    return _OUTSIDE.fullmatch(symbol) is None


def umis_of_samples() -> Iterator[pd.Series]:
    """UMIs by symbol over the good cells of every sample that is weighed."""
    for sample in carpall_samples()["sample_id"]:
        matrix, ids, names, _ = carpall_matrix(sample)
        counts = from_matrix(matrix, ids, names)
        good = are_good(counts)
        if good.sum() >= MIN_GOOD_CELLS and np.median(counts.n_genes[good]) >= MIN_MEDIAN_GENES:
            yield _sums(matrix[good], names)
    for path in WEIGHED_SETS:
        yield _sums(*h5ad_matrix(path))


def _sums(matrix: object, names: list[str]) -> pd.Series:
    sums = pd.Series(np.asarray(matrix.sum(axis=0)).ravel(), index=names)  # type: ignore[attr-defined]
    return sums[~sums.index.duplicated(keep=False)]


def shared_genes() -> pd.Series:
    """Ensembl id by symbol of the genes that every set holds, without the groups."""
    _, ids, names, _ = carpall_matrix(str(carpall_samples()["sample_id"][0]))
    genes = pd.Series(ids, index=names)
    genes = genes[~genes.index.duplicated(keep=False)]
    for path in NAMED_SETS:
        genes = genes[genes.index.isin(h5ad_matrix(path)[1])]
    return genes[[is_shared(symbol) for symbol in genes.index]]


def weights(genes: pd.Series) -> pd.Series:
    """Share of each gene in the UMIs of all of them, averaged over samples, in falling order."""
    shares = [umis.reindex(genes.index).fillna(0) for umis in umis_of_samples()]
    mean = sum(share / share.sum() for share in shares) / len(shares)
    ordered = mean.sort_values(ascending=False, kind="stable")
    largest = ordered[ordered.cumsum().shift(fill_value=0.0) < KEPT_SHARE]
    return largest / largest.sum()


def main() -> None:
    """Write the table and print how much of each sample's UMIs its genes hold."""
    genes = shared_genes()
    shares = weights(genes)
    with TABLE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["ensembl_id", "symbol", "share"])
        writer.writerows([genes[gene], gene, f"{share:.3g}"] for gene, share in shares.items())
    print(f"{len(shares):,} of {len(genes):,} genes -> {TABLE}")
    for number, umis in enumerate(umis_of_samples()):
        inside = umis.reindex(shares.index).sum() / umis.sum()
        print(f"sample {number}: {100 * inside:.1f} % of all UMIs")


if __name__ == "__main__":
    main()
