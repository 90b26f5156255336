"""Leukaemic cells drawn from microarrays of 72 patients: T-ALL, B-ALL and AML of another source.

Golub et al., Science 1999, 286:531: marrow or blood of 38 children with B-ALL, 9 with T-ALL and 25
adults with AML on Affymetrix HU6800 arrays (`<data>/golub`, as many public repositories hold it:
data_set_ALL_AML_train.csv and _independent.csv). These are no single cells. An intensity called
present is taken as a share of a cell's RNA, and cells are drawn from it (negative binomial, size 1,
at the depths of real cells), with 5 % ambient RNA from pbmc3k. A probe's intensity is its gene's
level only to a factor of about three, so the figures say whether a row recognises such a leukaemia
at all, and not how many of its cells it would find. Genes without a probe are left out.
"""

import numpy as np
import pandas as pd

from benchmarks.cells import pbmc3k
from features.arrays import Floats, Ints
from features.cells.cell_counts import CellCounts
from features.settings import data_dir

FILES = ("data_set_ALL_AML_train.csv", "data_set_ALL_AML_independent.csv")
T_ALL = (2, 3, 6, 9, 10, 11, 14, 23, 67)  # by immunophenotype (Golub et al., supplement)
AML = (*range(28, 39), *range(50, 55), *(57, 58), *range(60, 67))
# UMIs of the array's genes per 10,000 UMIs of the depth genes.
COVERED = 6_000.0
AMBIENT_SHARE = 0.05
PROBES = {
    "CD3E": "M23323_s_at", "CD3G": "X04145_at", "CD247": "J04132_at", "TRBC1": "M12886_at",
    "LCK": "M26692_s_at", "CD2": "M16336_s_at", "CD5": "X04391_at", "CD28": "M37815_cds1_at",
    "IL7R": "M29696_at", "LTB": "U89922_s_at", "CD4": "S79267_at", "CD8A": "M27161_at",
    "CD8B": "X13444_at", "TCF7": "X59871_at", "CD27": "M63928_at", "IL32": "M59807_at",
    "GZMK": "U26174_at", "GZMB": "M28879_at", "GZMH": "M36118_s_at", "GNLY": "M85276_at",
    "NKG7": "S69115_at", "PRF1": "M31951_at", "CCL5": "M21121_at", "IL2RB": "M26062_at",
    "CD79A": "U05259_rna1_at", "CD79B": "M89957_at", "MS4A1": "X12530_s_at", "CD19": "M28170_at",
    "CD22": "X59350_at", "FCER2": "M15059_at", "TCL1A": "X82240_rna1_at", "PAX5": "M96944_at",
    "HLA-DRA": "X00274_at", "XBP1": "M31627_at", "JCHAIN": "M12759_at", "SDC1": "Z48199_at",
    "LYZ": "M21119_s_at", "FCN1": "D83920_at", "CTSS": "M90696_at", "MNDA": "M81750_at",
    "CST3": "M27891_at", "CD14": "X13334_at", "GRN": "X62320_at", "CD36": "M98399_s_at",
    "PSAP": "J03077_s_at", "LST1": "U00921_at", "FPR1": "M60626_at", "VCAN": "U16306_at",
    "CSTA": "D88422_at", "CFD": "M84526_at", "AIF1": "U19713_s_at", "FCER1G": "M33195_at",
    "SERPINA1": "K01396_at", "FCGR3A": "J04162_at", "CX3CR1": "U20350_at", "CD1C": "M28827_at",
    "FCER1A": "X06948_at", "IL3RA": "D49410_at", "TCF4": "M74719_at", "IRF8": "M91196_at",
    "PPBP": "M54995_at", "PF4": "M25897_at", "CLU": "M63379_at", "GP9": "M80478_at",
    "CD34": "S53911_at", "CRHBP": "X58022_at", "GATA2": "M68891_at", "MPO": "M19507_at",
    "SOX4": "X70683_at", "STMN1": "M31303_rna1_at", "DNTT": "M11722_at", "CD1A": "M28825_at",
    "CD1B": "M28826_at", "RAG1": "M29474_at", "CD99": "M16279_at", "CD38": "D84276_at",
    "CSF3R": "M59820_at", "LTF": "X53961_at", "MMP8": "J05556_at", "LCN2": "X99133_at",
    "CXCL8": "M28130_rna1_s_at", "LDHB": "X13794_rna1_at", "MEF2C": "L08895_at",
    "KIT": "X06182_s_at", "PRTN3": "X55668_at", "AZU1": "M96326_rna1_at", "ELANE": "M27783_s_at",
    "MYB": "M13666_at", "WT1": "X51630_at",
    "LYL1": "M22638_at", "HHEX": "X67235_s_at", "ERG": "M17254_s_at",
}  # fmt: skip


def present_intensities() -> pd.DataFrame:
    """Intensities of all probes, probes x patients (numbers), 0 where the call is not present."""
    parts: list[pd.DataFrame] = []
    for name in FILES:
        table = pd.read_csv(data_dir() / "golub" / name, encoding="latin1", index_col=1)
        patients = [column for column in table.columns if column.isdigit()]
        calls = table.columns.get_indexer(pd.Index(patients)) + 1
        is_present = table.iloc[:, calls].to_numpy() == "P"
        values = table[patients].to_numpy(dtype=float).clip(min=0)
        numbers = [int(patient) for patient in patients]
        part = pd.DataFrame(np.where(is_present, values, 0.0), table.index, numbers)
        parts.append(part[~part.index.duplicated()])
    return pd.DataFrame(pd.concat(parts, axis=1))


def patient_rates() -> pd.DataFrame:
    """UMIs per 10,000 of the genes with a probe, genes x patients, with ambient RNA."""
    intensities = present_intensities()
    intensities = intensities[~intensities.index.str.startswith("AFFX")]
    rates = COVERED * intensities.loc[list(PROBES.values())] / intensities.sum()
    rates.index = pd.Index(PROBES)
    blood = pbmc3k()[0]
    ambient = [1e4 * blood.gene_umis(gene).sum() / blood.depth.sum() for gene in PROBES]
    return (1 - AMBIENT_SHARE) * rates + AMBIENT_SHARE * np.array(ambient)[:, None]


def lineage(patient: int) -> str:
    """Lineage of a patient's leukaemia: t, b or myeloid."""
    return "t" if patient in T_ALL else "myeloid" if patient in AML else "b"


def drawn(rates: Floats, depths: Ints, rng: np.random.Generator) -> CellCounts:
    """One cell for each depth (n,), counts of the genes of `PROBES` at these rates (genes,)."""
    means = depths[:, None] / 1e4 * rates
    panel = rng.poisson(rng.gamma(1.0, means)).astype(np.int32)
    return CellCounts(
        (depths * 1.6).astype(np.int64), depths, np.zeros_like(depths), panel, tuple(PROBES),
        depth=depths,
    )  # fmt: skip
