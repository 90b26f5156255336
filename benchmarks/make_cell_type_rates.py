"""Make features/genes/cell_type_rates.csv from literature values and named real cells.

    python -m benchmarks.make_cell_type_rates

Rates are per 10,000 UMIs of the depth genes (features/genes/depth_genes.csv). Each is the geometric
mean over the literature (benchmarks/literature_rates.csv, orders of magnitude set by hand from
known markers, per 10,000 UMIs of all genes and therefore divided by `DEPTH_SHARE`) and every source
with enough cells of the type, each (UMIs + A x literature rate) / (depth + A) with A = 10,000 UMIs
(`PRIOR_DEPTH`): chemistries differ two- to fivefold in single genes, and no single one should
decide. Then every rate is raised to at least what 5 % of ambient RNA from ordinary blood gives
(20 % in platelets, which hold little RNA).

The rates of blasts are the literature's alone (no source has enough cells of these types):
early_t_precursor stands for T-ALL outside the cortical row, early T precursors among it
(Coustan-Smith et al., Lancet Oncol 2009; Zhang et al., Nature 2012: CD34 KIT LYL1 LMO2 HHEX MEF2C
BCL11A, little CD5, no CD1A; Ferrando et al., Cancer Cell 2002; Liu et al., Nat Genet 2017: DNTT
SOX4 STMN1 CD99 MYB with T genes); precursor_b for B-ALL and normal precursors (EuroFlow, van Dongen
et al., Leukemia 2012; Gu et al., Nat Genet 2019: CD34 DNTT SOX4 VPREB1 VPREB3 TCL1A PAX5 EBF1 ERG);
myeloid_blast for AML (van Galen et al., Cell 2019; Ng et al., Nature 2016: CD34 KIT FLT3 MPO AZU1
ELANE PRTN3 WT1 FAM30A), against hspc, which covers normal granulocyte progenitors. They were set
while looking at the blasts of CAR-T10484034 and at the patients of `benchmarks.leukaemia_arrays`
with an even number. CD7 is never used: blasts lose it under CD7 CAR-T.

Cells: ECCITE-seq PBMC named by their surface proteins; pbmc68k_reduced as bundled with scanpy,
named by its labels; the CARPALL samples of SOURCE_SAMPLES, named by the literature rates alone at
posterior >= 0.99. Benchmarks never use these cells. pbmc3k and CARPALL's other samples are not used
here, except that pbmc68k_reduced holds too few genes for its cells' depth: it is their UMIs times
the depth genes' share in pbmc3k's cells of the same label, which is of the same chemistry.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from benchmarks.cells import carpall, eccite, from_matrix, pbmc3k
from features.arrays import Bools, Floats, Texts
from features.cells.cell_counts import CellCounts
from features.celltypes.likelihood import log_likelihood, tabulate
from features.celltypes.type_profiles import PRIORS
from features.genes.expression_rates import TABLE

LITERATURE = Path(__file__).with_name("literature_rates.csv")
# UMIs of the depth genes among all UMIs: 0.51 to 0.68 in ten samples (mean 0.61).
DEPTH_SHARE = 0.6
SOURCE_SAMPLES = ("CAR-T10310325", "CAR-T10484042")
PRIOR_DEPTH = 1.0
AMBIENT_SHARE = 0.05
AMBIENT_SHARE_IN_PLATELETS = 0.20
# Composition of an ordinary blood sample after preparation, for its ambient RNA only.
ORDINARY_BLOOD = {
    "cd14_monocyte": 0.16, "cd16_monocyte": 0.03, "neutrophil_like": 0.02, "cdc": 0.01,
    "pdc": 0.004, "cd4_t": 0.33, "cd8_t": 0.14, "other_t": 0.06, "nk": 0.10, "b": 0.11,
    "plasma": 0.004, "platelet": 0.02, "erythroid": 0.01, "hspc": 0.002, "blast_like_t": 0.0,
    "early_t_precursor": 0.0, "precursor_b": 0.0, "myeloid_blast": 0.0,
}  # fmt: skip
# Sequencing errors show a silent gene once in a hundred cells of 10,000 UMIs.
FLOOR = 0.01 / DEPTH_SHARE
# Labels of pbmc3k by those of pbmc68k_reduced; its other labels take the mean of all cells.
SAME_CELLS = {
    "CD14+ Monocyte": "FCGR3A+ Mono", "CD19+ B": "B", "CD56+ NK": "NK", "Dendritic": "DC",
}  # fmt: skip


@dataclass(frozen=True)
class NamedCells:
    """Cells of one source with a type's name each ("" for those not used)."""

    source: str
    counts: CellCounts
    types: Texts


def literature() -> pd.DataFrame:
    """Hand-set rates, genes x types; a blank means the gene's rate `elsewhere`."""
    table = pd.read_csv(LITERATURE, index_col="gene")
    types = list(ORDINARY_BLOOD)
    rates = table[types].apply(lambda column: column.fillna(table["elsewhere"]))
    return rates / DEPTH_SHARE


def _first(choices: dict[str, Bools], n: int) -> Texts:
    names = np.full(n, "", dtype="U20")
    for name, cells in choices.items():
        names[cells & (names == "")] = name
    return names


def eccite_cells() -> NamedCells:
    """ECCITE-seq PBMC by log1p protein counts; thresholds lie in the valleys of the histograms.

    CD5 has two modes in CD7+ CD4- cells, NK at 2.5 and T at 4.3, and cells between 2.5 and 3.25 are
    left unnamed: they hold both. CD11c+ cells with CD5 or CD7 are stuck to a T cell: no monocytes.
    """
    counts, proteins = eccite()
    p = np.log1p(proteins)
    t = (p["CD5"] > 3.25) & (p["CD2"] > 4) & (p["CD11c"] < 3) & (p["CD19"] < 3.5)
    cd4, cd8 = p["CD4"] > 4, p["CD8"] > 4
    myeloid = (p["CD11c"] > 4) & (p["CD7"] < 4) & (p["CD5"] < 5) & (p["CD19"] < 3.5)
    killer = (p["CD7"] > 4) & (p["CD8"] < 4.75) & (p["CD3"] < 1.2) & (p["CD11c"] < 4)
    choices = {
        "cd14_monocyte": myeloid & (p["CD16"] < 3.5) & (p["CD14"] > 1.6),
        "cd16_monocyte": myeloid & (p["CD16"] > 4),
        "b": (p["CD19"] > 4)
        & (p["CD11c"] < 4)
        & (p["CD2"] < 4)
        & (counts.gene_umis("JCHAIN") == 0),
        "cd4_t": t & cd4 & ~cd8,
        "cd8_t": t & cd8 & ~cd4 & (p["CD27"] > 3),
        "other_t": t & ~cd4 & (p["CD27"] <= 3),
        "nk": killer & (p["CD5"] < 2.5) & ~cd4,
    }
    return NamedCells("eccite", counts, _first({k: v.to_numpy() for k, v in choices.items()}, 500))


def pbmc68k_cells() -> NamedCells:
    """700 cells of 10x's 68k PBMC; counts are its scaled values over each cell's smallest one.

    Its "CD14+ Monocyte" are CD16 monocytes (FCGR3A 28, LYPD2 4, LGALS2 0.2 per 10,000), and its
    "CD19+ B" hold plasma cells (JCHAIN).
    """
    import scanpy  # takes seconds, and tests import this module's constants

    data = scanpy.datasets.pbmc68k_reduced()
    scaled = np.expm1(data.raw.X.toarray())
    unit = np.where(scaled > 0, scaled, np.inf).min(axis=1)
    names = list(data.raw.var_names)
    part = from_matrix(sparse.csr_matrix(np.rint(scaled / unit[:, None])), names, names)
    total = np.rint(1e4 / unit).astype(np.int64)
    label = data.obs["bulk_labels"].astype(str).to_numpy()
    depth = np.rint(total * depth_shares(label)).astype(np.int64)
    counts = CellCounts(total, part.n_genes, part.mito, part.panel, part.genes, depth=depth)
    plasma = counts.summed_umis(("JCHAIN", "MZB1", "TNFRSF17")) >= 10
    dendritic = (counts.gene_umis("FCGR3A") == 0) & (counts.summed_umis(("FCER1A", "CLEC10A")) >= 1)
    choices = {
        "cd16_monocyte": (label == "CD14+ Monocyte") & (counts.gene_umis("FCGR3A") >= 1),
        "plasma": (label == "CD19+ B") & plasma,
        "b": (label == "CD19+ B") & (counts.gene_umis("JCHAIN") == 0),
        "nk": (label == "CD56+ NK") & (counts.gene_umis("CD3D") == 0),
        "hspc": label == "CD34+",
        "cdc": (label == "Dendritic") & dendritic,
    }
    return NamedCells("pbmc68k_reduced", counts, _first(choices, len(label)))


def depth_shares(labels: Texts) -> Floats:
    """Depth genes' share of the UMIs of pbmc68k_reduced's cells: pbmc3k's of the same label."""
    counts, pbmc3k_labels = pbmc3k()
    is_label = {label: pbmc3k_labels == SAME_CELLS.get(label) for label in set(labels)}
    share = {
        label: counts.depth[cells].sum() / counts.total[cells].sum()
        if cells.any()
        else counts.depth.sum() / counts.total.sum()
        for label, cells in is_label.items()
    }
    return np.array([share[label] for label in labels])


def by_literature(source: str, counts: CellCounts) -> NamedCells:
    """Name cells by the literature rates alone, where the posterior reaches 0.99."""
    rates = with_ambient(literature())
    genes = [gene for gene in rates.index if gene in counts.genes]
    columns = np.array([counts.genes.index(gene) for gene in genes])
    logs = log_likelihood(
        counts.panel, columns, counts.depth, tabulate(rates.loc[genes].to_numpy(dtype=float))
    ) + np.log([PRIORS[name] for name in rates.columns])
    posterior = np.exp(logs - logs.max(axis=1, keepdims=True))
    posterior /= posterior.sum(axis=1, keepdims=True)
    names = np.asarray(rates.columns)[posterior.argmax(axis=1)].astype("U20")
    return NamedCells(source, counts, np.where(posterior.max(axis=1) >= 0.99, names, ""))


def sources() -> Iterator[NamedCells]:
    """All cells that the table is made from."""
    yield eccite_cells()
    yield pbmc68k_cells()
    for sample in SOURCE_SAMPLES:
        yield by_literature(sample, carpall(sample)[0])


def least_cells(name: str) -> int:
    """Cells of a type that a source must have to be used: 5 of a rare type, 10 of others."""
    return 5 if PRIORS[name] < 0.02 else 10


def blended(table: pd.DataFrame, sources_of_cells: list[NamedCells]) -> pd.DataFrame:
    """Geometric mean of the literature and of every source with enough cells of a type."""
    logs, n_sources = np.log(table), pd.DataFrame(1.0, table.index, table.columns)
    for cells in sources_of_cells:
        genes = [gene for gene in table.index if gene in cells.counts.genes]
        columns = [cells.counts.genes.index(gene) for gene in genes]
        for name in table.columns:
            is_type = cells.types == name
            if is_type.sum() < least_cells(name):
                continue
            depth = float(cells.counts.depth[is_type].sum()) / 1e4
            umis = cells.counts.panel[np.ix_(is_type, columns)].sum(axis=0)
            logs.loc[genes, name] += np.log(
                (umis + PRIOR_DEPTH * table.loc[genes, name]) / (depth + PRIOR_DEPTH)
            )
            n_sources.loc[genes, name] += 1
    return np.exp(logs / n_sources)


def with_ambient(rates: pd.DataFrame) -> pd.DataFrame:
    """Raise every rate to at least what ambient RNA from ordinary blood gives."""
    profile = sum(rates[name] * share for name, share in ORDINARY_BLOOD.items())
    ambient = pd.DataFrame(dict.fromkeys(rates.columns, AMBIENT_SHARE * profile))
    ambient["platelet"] = AMBIENT_SHARE_IN_PLATELETS * profile
    return np.maximum(rates, ambient).clip(lower=FLOOR)


def origin(gene: str, sources_of_cells: list[NamedCells]) -> str:
    """Which sources hold the gene."""
    names = [cells.source for cells in sources_of_cells if gene in cells.counts.genes]
    return "+".join(["literature", *names])


def write(path: Path, sources_of_cells: list[NamedCells]) -> None:
    """Make the table from these sources and write it."""
    rates = with_ambient(blended(literature(), sources_of_cells))
    ids = pd.read_csv(LITERATURE, index_col="gene")["ensembl_id"]
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["gene", "ensembl_id", *rates.columns, "origin"])
        for gene, row in rates.iterrows():
            writer.writerow(
                [gene, ids[gene], *(f"{x:.3g}" for x in row), origin(gene, sources_of_cells)]
            )


def main() -> None:
    """Write the table and print how many cells of which type came from where."""
    sources_of_cells = list(sources())
    cells_used = pd.DataFrame(
        {cells.source: pd.Series(cells.types).value_counts() for cells in sources_of_cells}
    )
    print(cells_used.drop(index="").fillna(0).astype(int).to_string())
    write(TABLE, sources_of_cells)
    print(f"-> {TABLE}")


if __name__ == "__main__":
    main()
