"""HLA-DR of monocytes by RNA beside the antibody, in soup, and where monocytes lost it.

    python -m benchmarks.hla_dr

ECCITE counts HLA-DR protein in the same cells, but holds 30 monocytes where the product asks for
50: here the same pooled level is taken over groups of them. Protein is the antibody's counts less
those of the isotype controls, over all antibody counts. First the rank correlation of 2,000 groups
of ten cells; then mixtures of the thirds of highest and lowest protein, in which RNA should move by
the high third's share (0: level of the low third, 1: of the high third). The single genes and their
sum show why HLA-DRA is taken.

Then real samples with 5 and 20 % soup of their pooled profile: how far the level of monocytes moves
with and without correction, as they are and after nine tenths of their HLA-DRA and CD74 were
removed (immunoparalysis); and how many of these the types still call monocytes, since HLA-DRA is
one of the typing genes.
"""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from benchmarks._soup import with_ambient
from benchmarks.cells import carpall, eccite, h5ad_matrix, pbmc3k
from features.arrays import Floats, Ints
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing, type_cells
from features.measures.ambient import estimate_ambient
from features.measures.composition import MONOCYTES
from features.measures.hla_dr import hla_dr_features

GENES = (("HLA-DRA",), ("HLA-DRB1",), ("HLA-DRA", "HLA-DRB1"))
CARPALL = ("CAR-T10310324", "CAR-T10310325", "CAR-T10484040", "CAR-T10484042", "CAR-T10593342")
GROUPS, GROUP_CELLS, MIXTURE_CELLS = 2000, 10, 100
KEEP = 0.1  # of HLA-DRA and CD74 in monocytes that lost them


def pooled(x: Ints, depth: Ints) -> float:
    """UMIs per 10,000 over a group of cells."""
    return float(1e4 * x.sum() / depth.sum())


def protein_share(proteins: pd.DataFrame) -> Floats:
    """HLA-DR antibody less the mean of the isotype controls, per antibody count of each cell."""
    background = proteins[["IgG1", "IgG2a"]].mean(axis=1)
    share = (proteins["MHCII (HLA-DR)"] - background) / proteins.sum(axis=1)
    return share.to_numpy(float)


def beside_protein(rng: np.random.Generator) -> pd.DataFrame:
    """Rank correlation with protein and place of mixtures between both thirds, by genes."""
    counts, proteins = eccite()
    matrix, names = h5ad_matrix("eccite/eccite_pbmc_500.h5ad")  # the features keep no HLA-DRB1
    monocytes = np.flatnonzero(type_cells(counts).type_mask(*MONOCYTES))
    share = protein_share(proteins)[monocytes]
    order = np.argsort(share)
    low, high = order[: len(order) // 3], order[-(len(order) // 3) :]
    groups = [rng.choice(len(monocytes), GROUP_CELLS) for _ in range(GROUPS)]
    rows = {}
    for genes in GENES:
        columns = matrix[monocytes][:, [names.index(gene) for gene in genes]]
        x, depth = columns.toarray().sum(axis=1), counts.depth[monocytes]
        levels = [pooled(x[group], depth[group]) for group in groups]
        bottom, top = pooled(x[low], depth[low]), pooled(x[high], depth[high])
        row = {
            "rank correlation": spearmanr(levels, [share[group].mean() for group in groups])[0],
            "low third": bottom, "high third": top,
        }  # fmt: skip
        for part in (0.25, 0.5, 0.75):
            n = round(part * MIXTURE_CELLS)
            mixtures = [
                np.concatenate([rng.choice(high, n), rng.choice(low, MIXTURE_CELLS - n)])
                for _ in range(200)
            ]
            level = np.mean([pooled(x[mixture], depth[mixture]) for mixture in mixtures])
            row[f"mixture {part:.0%}"] = (level - bottom) / (top - bottom)
        rows[" + ".join(genes)] = row
    return pd.DataFrame(rows).T


def without_hla_dr(counts: CellCounts, typing: Typing, rng: np.random.Generator) -> CellCounts:
    """The sample after its monocytes lost nine tenths of their HLA-DRA and CD74."""
    panel, monocytes = counts.panel, typing.type_mask(*MONOCYTES)
    for gene in ("HLA-DRA", "CD74"):
        column = counts.genes.index(gene)
        panel[monocytes, column] = rng.binomial(panel[monocytes, column], KEEP)
    return replace(counts, low=panel, high={})


def level_of(counts: CellCounts) -> tuple[float, float, float]:
    """Level of monocytes uncorrected, corrected, and the latter's error."""
    typing = type_cells(counts)
    monocytes = typing.type_mask(*MONOCYTES)
    raw = pooled(counts.gene_umis("HLA-DRA")[monocytes], counts.depth[monocytes])
    columns = hla_dr_features(counts, typing, estimate_ambient(counts, typing))
    return float(np.log1p(raw)), columns["hla_dr_monocyte"], columns["hla_dr_monocyte_se"]


def in_soup(counts: CellCounts, rng: np.random.Generator) -> dict[str, float]:
    """Move of the level by soup, without correction and with it, and the reported error."""
    raw, corrected, _ = level_of(counts)
    row = {"level": corrected}
    for share in (0.05, 0.20):
        raw_in_soup, corrected_in_soup, se = level_of(with_ambient(counts, share, rng))
        row |= {
            f"{share:.0%}: uncorrected": raw_in_soup - raw,
            f"{share:.0%}: corrected": corrected_in_soup - corrected,
            f"{share:.0%}: error": se,
        }
    return row


def main() -> None:
    """Print all tables."""
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(21)
    print("30 monocytes of ECCITE; mixtures: place between low and high third, to equal the share")
    print(beside_protein(rng).round(2).to_string())
    samples = {"pbmc3k": pbmc3k()[0], **{name: carpall(name)[0] for name in CARPALL}}
    as_they_are, lost = {}, {}
    for name, counts in samples.items():
        typing = type_cells(counts)
        as_they_are[name] = in_soup(counts, rng)
        low = without_hla_dr(counts, typing, rng)
        still = type_cells(low).type_mask(*MONOCYTES)[typing.type_mask(*MONOCYTES)].mean()
        lost[name] = {**in_soup(low, rng), "still called monocytes": float(still)}
    print("\nMove of the level in soup")
    print(pd.DataFrame(as_they_are).T.round(2).to_string())
    print("\nThe same after monocytes lost nine tenths of HLA-DRA and CD74")
    print(pd.DataFrame(lost).T.round(2).to_string())


if __name__ == "__main__":
    main()
