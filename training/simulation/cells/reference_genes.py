"""Simulated genome: the gene list of a simulated count file, and each cell type's expression rates.

Real genes: the panel genes with their Ensembl ids; about 120 ribosomal, mitochondrial and
housekeeping genes (`simulated_genes.csv`; rates rounded from 2,638 healthy PBMC of 10x Genomics'
pbmc3k, CC BY 4.0); and the genes over which depth is counted (`features.genes.depth_genes`), the
commonest of them expressed around their share in blood. All other names show that the gene is
invented: SIMGENE00001, SIMENSG00000000001.

Cell types follow the same table that types cells (`features.genes.expression_rates`), so a
simulated file tests the path and the statistics, not the typing of real cells. Rates that the table
leaves out (they are the measurements) are set here, near those of pbmc3k and of blood after CAR-T.
TRGV9, which pbmc3k's reference lacks, follows TRDV2 as in ECCITE-seq PBMC (GSE126310).

XIST and the genes of Y stand here together; `expression_profiles.of_sex` leaves those of the
patient's sex (Y genes at the rates of pbmc3k's male donor, XIST at those of CARPALL's women).
Donors' cells are not simulated, so chimerism is missing. The T cells of a type are alike: neither
regulatory nor naive, memory and effector T cells are simulated apart, so their shares in a
simulated cohort mean nothing.
"""

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.genes import panels
from features.genes.depth_genes import load_depth_genes
from features.genes.expression_rates import load_rates

HOUSEKEEPING = Path(__file__).with_name("simulated_genes.csv")
N_GENES = 33_000
N_EXPRESSED = 3_000
N_INVENTED = 300  # expressed invented genes: those of real cells that lie outside the depth set
INVENTED_SHARE = 0.10  # of a type's UMIs: non-coding, renamed and rare genes of pbmc3k's cells
GENOME = "SIMULATED"
T_TYPES = ("cd4_t", "cd8_t", "other_t")
REFERENCE_SEED = 2022_2924  # the invented genes' rates; the same in every simulation

# Depth genes' share of all UMIs, by which rates per 10,000 UMIs of all genes are divided.
DEPTH_SHARE = 0.6
# UMIs per 10,000 UMIs of all genes, for genes that the rate table leaves out; "all" first, then by
# type.
MEASURED_RATES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "S100A8": {"all": 0.05, "cd14_monocyte": 68, "cd16_monocyte": 6, "neutrophil_like": 150,
                "cdc": 2.5},
        "S100A9": {"all": 0.10, "cd14_monocyte": 129, "cd16_monocyte": 15,
                "neutrophil_like": 220, "cdc": 10},
        "CD7": {"all": 0.02, "cd4_t": 5.6, "cd8_t": 5.6, "other_t": 5.6, "nk": 12,
                "blast_like_t": 8, "early_t_precursor": 8},
        "CD69": {"all": 0.4, "cd4_t": 3, "cd8_t": 3, "other_t": 3, "nk": 2.5, "b": 4.5},
        "IL2RA": {"all": 0.01, "cd4_t": 0.3, "cd8_t": 0.15, "other_t": 0.1},
        "TNFRSF9": {"all": 0.02, "cd4_t": 0.1, "cd8_t": 0.25, "other_t": 0.2},
        "TNFRSF4": {"all": 0.03, "cd4_t": 0.6, "cd8_t": 0.2, "other_t": 0.2},
        "ICOS": {"all": 0.02, "cd4_t": 0.5, "cd8_t": 0.3, "other_t": 0.2},
        "IFNG": {"all": 0.02, "cd4_t": 0.2, "cd8_t": 0.6, "other_t": 0.8, "nk": 1},
        "PDCD1": {"all": 0.02, "cd4_t": 0.25, "cd8_t": 0.35, "other_t": 0.3},
        "LAG3": {"all": 0.02, "cd4_t": 0.4, "cd8_t": 1.5, "other_t": 1.5, "nk": 0.2},
        "HAVCR2": {"all": 0.05, "cd14_monocyte": 0.33, "cd8_t": 0.3, "cd4_t": 0.15,
                "other_t": 0.3, "nk": 2.7},
        "TIGIT": {"all": 0.03, "cd4_t": 0.6, "cd8_t": 1.2, "other_t": 1, "nk": 1.7},
        "CTLA4": {"all": 0.01, "cd4_t": 0.4, "cd8_t": 0.15, "other_t": 0.1},
        "TOX": {"all": 0.05, "cd4_t": 0.3, "cd8_t": 0.6, "other_t": 0.5, "nk": 0.4},
        "MKI67": {"all": 0.03, "cd4_t": 0.2, "cd8_t": 0.25, "other_t": 0.2, "hspc": 2,
                "blast_like_t": 3},
        "TOP2A": {"all": 0.02, "cd4_t": 0.15, "cd8_t": 0.2, "other_t": 0.15, "hspc": 1,
                "blast_like_t": 2},
        "PCNA": {"all": 0.2, "cd4_t": 0.5, "cd8_t": 0.5, "other_t": 0.5, "hspc": 3,
                "blast_like_t": 4},
        "TYMS": {"all": 0.03, "cd4_t": 0.2, "cd8_t": 0.2, "other_t": 0.2, "hspc": 2,
                "blast_like_t": 3},
        "TUBA1B": {"all": 3, "cdc": 8, "hspc": 8, "blast_like_t": 12},
        "ISG15": {"all": 3, "cd14_monocyte": 8, "cd16_monocyte": 10},
        "IFI6": {"all": 1.5, "cd14_monocyte": 7, "cd16_monocyte": 6},
        "IFI44L": {"all": 1}, "MX1": {"all": 1}, "IFIT3": {"all": 0.5}, "STAT1": {"all": 1.5},
        "FOS": {"all": 6}, "JUN": {"all": 5}, "JUNB": {"all": 14}, "DUSP1": {"all": 8},
        "EGR1": {"all": 0.2},
        "FOXP3": {"all": 0.01, "cd4_t": 0.04},
        "SELL": {"all": 1.5, "cd4_t": 4.5, "cd8_t": 2, "other_t": 0.5, "nk": 6.8, "b": 6.2,
                "cdc": 2.7, "cd16_monocyte": 1},
        "ACTN1": {"all": 0.15, "cd4_t": 0.5, "cd14_monocyte": 0.3, "platelet": 7.8},
        "NELL2": {"all": 0.03, "cd4_t": 0.65, "cd8_t": 0.26, "other_t": 0.02},
        "S100A4": {"all": 20, "cd4_t": 16, "cd8_t": 28, "other_t": 26, "nk": 24, "b": 3.3,
                "cd14_monocyte": 64, "cd16_monocyte": 73, "neutrophil_like": 64, "cdc": 30,
                "platelet": 26},
        "ANXA1": {"all": 6, "cd4_t": 6.5, "cd8_t": 10, "other_t": 6, "nk": 10, "b": 0.8, "cdc": 15,
                "platelet": 1.7},
        "TRGV9": {"all": 0.01, "cd8_t": 0.2, "other_t": 0.8, "nk": 0.3},
        "RPS4Y1": {"all": 9, "cd4_t": 14.7, "cd8_t": 11.3, "other_t": 11.3, "nk": 7.4, "b": 12,
                "cd16_monocyte": 7.8, "cdc": 7.3, "platelet": 0.4},
        "DDX3Y": {"all": 0.28}, "EIF1AY": {"all": 0.6, "cd16_monocyte": 1.5}, "KDM5D": {"all": 0.1},
        "UTY": {"all": 0.17}, "USP9Y": {"all": 0.06},
        "XIST": {"all": 6, "cd4_t": 11, "cd8_t": 11, "other_t": 11, "nk": 11, "b": 11,
                "plasma": 11},
    }
)  # fmt: skip
# Leaky transcription in T cells without the protein, per 10,000 UMIs of the depth genes.
CD7_NEGATIVE_RATE = 0.95
CELLULAR_SHARE = 0.05  # of a gene's background in the typing table, the rest is ambient RNA
# Share of UMIs from ribosomal genes, by type (pbmc3k); the rest of the table's types take 0.28.
RIBOSOMAL = {"cd4_t": 0.38, "cd8_t": 0.32, "other_t": 0.28, "b": 0.36, "nk": 0.21, "platelet": 0.10}


@dataclass(frozen=True, eq=False)  # hashed by identity
class SimulatedGenome:
    """Gene list and rates. `names`, `ids` are all N_GENES in file order.

    `expressed` are the positions of the expressed genes (g,), ascending; `rates` (types, g) their
    UMIs per 10,000 without mitochondrial genes, each row adding up to 10,000; `mitochondrial`
    (g,) the genes' shares of the mitochondrial UMIs, adding up to 1; `in_depth` (g,) marks the
    genes over which depth is counted.
    """

    names: tuple[str, ...]
    ids: tuple[str, ...]
    types: tuple[str, ...]
    expressed: Ints
    rates: Floats
    mitochondrial: Floats
    in_depth: Bools

    @property
    def depth_shares(self) -> Floats:
        """Share of each type's UMIs from depth genes, (types,)."""
        return np.asarray(self.rates[:, self.in_depth].sum(axis=1) / 1e4)

    def columns(self, genes: tuple[str, ...]) -> Ints:
        """Columns of `rates` that hold the named genes, in their order."""
        at = _positions(self)
        return np.array([at[gene] for gene in genes], dtype=np.int64)


@functools.cache
def _positions(genome: SimulatedGenome) -> dict[str, int]:
    return {genome.names[gene]: i for i, gene in enumerate(genome.expressed)}


def _housekeeping() -> list[tuple[str, str, str, float]]:
    with HOUSEKEEPING.open(newline="") as file:
        return [(g, i, group, float(rate)) for g, i, group, rate in list(csv.reader(file))[1:]]


def _panel_rates(types: tuple[str, ...]) -> dict[str, Floats]:
    """UMIs of each panel gene per 10,000 of the depth genes: the typing table or MEASURED_RATES."""
    table = load_rates()
    rates = dict(zip(table.genes, _without_ambient(table.rates), strict=True))
    for gene, by_type in MEASURED_RATES.items():
        if gene not in rates:
            of_all = np.array([by_type.get(t, by_type["all"]) for t in types], dtype=float)
            rates[gene] = of_all / DEPTH_SHARE
    return rates


def _without_ambient(rates: Floats) -> Floats:
    """Rates of the cells themselves: the table's lowest rate of a gene is mostly ambient RNA.

    The simulator adds its own ambient RNA, so that up to 1.5 times a gene's lowest rate only
    CELLULAR_SHARE stays.
    """
    lowest = rates.min(axis=1, keepdims=True)
    return np.where(rates <= 1.5 * lowest, CELLULAR_SHARE * rates, rates)


@functools.cache
def simulated_genome() -> SimulatedGenome:
    """The simulated genome: 33,000 genes, 3,000 of them expressed.

    >>> genome = simulated_genome()
    >>> len(genome.names), genome.rates.shape[1], genome.rates.sum(axis=1).round(6).max()
    (33000, 3000, np.float64(10000.0))
    """
    types = load_rates().types
    panel, common = _panel_rates(types), _housekeeping()
    genes = _gene_list(tuple(panel), common)
    in_depth = np.array([name in load_depth_genes().symbols for name, _ in genes[:N_EXPRESSED]])
    common_rates, mito_shares = _common_rates(common, types)
    rates = _complete(np.stack(list(panel.values()), axis=1), common_rates, in_depth)
    mitochondrial = np.zeros(N_EXPRESSED)
    mitochondrial[len(panel) : len(panel) + len(common)] = mito_shares
    order, expressed = _file_order()
    columns = np.argsort(expressed)
    return SimulatedGenome(
        tuple(genes[i][0] for i in order),
        tuple(genes[i][1] for i in order),
        types,
        expressed[columns],
        rates[:, columns],
        mitochondrial[columns],
        in_depth[columns],
    )


def _gene_list(
    panel: tuple[str, ...], common: list[tuple[str, str, str, float]]
) -> list[tuple[str, str]]:
    """Name and id of every gene, the expressed ones first.

    Panel genes, common genes, the commonest depth genes and N_INVENTED invented genes; then the
    other depth genes and invented genes.
    """
    ids = panels.gene_ids()
    real = [*((name, ids[name]) for name in panel), *((name, i) for name, i, _, _ in common)]
    names = {name for name, _ in real}
    depth_genes = load_depth_genes()
    others = [
        pair
        for pair in zip(depth_genes.symbols, depth_genes.ensembl_ids, strict=True)
        if pair[0] not in names
    ]
    n_common = N_EXPRESSED - N_INVENTED - len(real)
    n_invented = N_GENES - len(real) - len(others)
    invented = [(f"SIMGENE{k:05d}", f"SIMENSG{k:011d}") for k in range(1, n_invented + 1)]
    expressed = [*real, *others[:n_common], *invented[:N_INVENTED]]
    return [*expressed, *others[n_common:], *invented[N_INVENTED:]]


def _common_rates(
    common: list[tuple[str, str, str, float]], types: tuple[str, ...]
) -> tuple[Floats, Floats]:
    """Rates by type of ribosomal and housekeeping genes, and the shares of mitochondrial ones."""
    group = np.array([g for _, _, g, _ in common])
    rate = np.array([r for _, _, _, r in common])
    scale = np.ones((len(types), len(common)))
    share = np.array([RIBOSOMAL.get(t, 0.28) for t in types])
    scale[:, group == "ribosomal"] = 1e4 * share[:, None] / rate[group == "ribosomal"].sum()
    scale[:, group == "mitochondrial"] = 0.0
    shares = np.where(group == "mitochondrial", rate, 0.0)
    return scale * rate, shares / shares.sum()


def _complete(panel: Floats, common: Floats, in_depth: Bools) -> Floats:
    """Rates of all expressed genes, (types, N_EXPRESSED), each row adding up to 10,000.

    `panel` are per 10,000 UMIs of the depth genes, `common` per 10,000 of all. Invented genes take
    INVENTED_SHARE of the UMIs and depth genes the rest, around their shares in blood.
    """
    n_panel, n_real = panel.shape[1], panel.shape[1] + common.shape[1]
    panel_in, common_in = in_depth[:n_panel], in_depth[n_panel:n_real]
    invented = _around(np.ones(N_INVENTED), len(panel)) * INVENTED_SHARE * 1e4
    outside = common[:, ~common_in].sum(axis=1) + INVENTED_SHARE * 1e4
    depth = (1e4 - outside) / (1 + panel[:, ~panel_in].sum(axis=1) / 1e4)
    panel = panel * depth[:, None] / 1e4
    rest = depth - panel[:, panel_in].sum(axis=1) - common[:, common_in].sum(axis=1)
    shares = _filler_shares(N_EXPRESSED - N_INVENTED - n_real)
    fillers = _around(shares, len(panel)) * rest[:, None]
    return np.concatenate([panel, common, fillers, invented], axis=1)


def _filler_shares(n: int) -> Floats:
    """Shares in blood of the `n` commonest depth genes that are neither panel nor common genes."""
    gene_names = {*panels.PANEL_GENES, *(name for name, _, _, _ in _housekeeping())}
    genes = load_depth_genes()
    shares = [genes.shares[i] for name, i in genes.symbols.items() if name not in gene_names]
    return np.array(shares[:n])


def _around(level: Floats, n_types: int) -> Floats:
    """Shares by type around a common level (genes,), rows adding up to 1."""
    rng = np.random.default_rng(REFERENCE_SEED)
    by_type = level * np.exp(0.4 * rng.standard_normal((n_types, level.size)))
    return np.asarray(by_type / by_type.sum(axis=1, keepdims=True))


def _file_order() -> tuple[Ints, Ints]:
    """A fixed shuffle of the gene list, and the positions of the expressed genes in it."""
    order = np.random.default_rng(REFERENCE_SEED + 1).permutation(N_GENES)
    position = np.empty(N_GENES, dtype=np.int64)
    position[order] = np.arange(N_GENES)
    return order, position[:N_EXPRESSED]
