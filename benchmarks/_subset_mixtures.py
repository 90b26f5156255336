"""Samples of known share of T-cell subsets, drawn from cells gated by protein, and their errors."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.make_subset_rates import GatedCells, lineage_rates, state_rates
from features.arrays import Bools, Ints, Texts
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing, type_cells
from features.measures.pooled_expression import Estimate
from features.subsets.component_rates import ComponentRates, component_rates, load_component_rates
from features.subsets.t_lineages import lineage_estimates, mixture_shares
from features.subsets.t_states import state_estimates

HALVES = 40
CELLS = 400
TRUE = (0.05, 0.20, 0.50, 0.80, 0.95)
CD8 = ("cd8_naive", "cd8_memory")
MEMORY, EFFECTOR = ("cd4_memory", "cd8_memory"), ("cd4_effector", "cd8_effector")
ROW = ["mixture", "true", "value", "se", "called"]


class Mixture(NamedTuple):
    """A subset drawn at known shares, from what, and the column that estimates it."""

    column: str
    subset: tuple[str, ...]
    others: tuple[str, ...]
    true: tuple[float, ...] = TRUE


MIXTURES: Mapping[str, Mixture] = {
    "CD4 among CD4 and CD8": Mixture("cd4_t_fraction", ("cd4",), CD8),
    "CD4 among CD4 and naive CD8": Mixture("cd4_t_fraction", ("cd4",), ("cd8_naive",)),
    "gamma-delta (Vd2)": Mixture(
        "gamma_delta_t_fraction", ("vd2",), ("cd4", *CD8), (0.0, 0.02, 0.05, 0.10, 0.20)
    ),
    "naive": Mixture("naive_t_fraction", ("naive",), (*MEMORY, *EFFECTOR)),
    "naive among CD4": Mixture("naive_t_fraction", ("naive",), ("cd4_memory",)),
    "memory": Mixture("memory_t_fraction", MEMORY, ("naive", *EFFECTOR)),
    "effector": Mixture("effector_t_fraction", EFFECTOR, ("naive", *MEMORY)),
}


def all_t_cells(n: int) -> Typing:
    """A typing that calls every cell a T cell."""
    return Typing(np.full(n, NAMES.index("cd4_t"), np.int8), np.ones(n, np.float32))


def half_of(labels: Texts, rng: np.random.Generator) -> Bools:
    """A random half of the cells, each label split evenly."""
    chosen = np.zeros(labels.size, bool)
    for label in np.unique(labels):
        cells = rng.permutation(np.flatnonzero(labels == label))
        chosen[cells[: cells.size // 2]] = True
    return chosen


def estimates(counts: CellCounts, rates: ComponentRates) -> dict[str, Estimate]:
    """Estimates by column of cells that are all T cells, by rates of lineages or of states."""
    n = counts.n_cells
    shares = mixture_shares(rates, counts, all_t_cells(n), 0.0)
    is_lineage = "cd4" in rates.components
    return lineage_estimates(shares, n) if is_lineage else state_estimates(shares)


def draw(
    labels: Texts, cells: Bools, mixture: Mixture, true: float, rng: np.random.Generator
) -> Ints:
    """Indices of CELLS of these cells, a share `true` of them of the subset."""
    n = round(CELLS * true)
    return np.concatenate(
        [
            rng.choice(np.flatnonzero(cells & np.isin(labels, names)), m)
            for names, m in ((mixture.subset, n), (mixture.others, CELLS - n))
        ]
    )


def called_cd4(calls: Texts) -> float:
    """CD4 share of the cells called CD4 or CD8: the baseline."""
    cd4, cd8 = (float((calls == name).sum()) for name in ("cd4_t", "cd8_t"))
    return cd4 / (cd4 + cd8) if cd4 + cd8 else float("nan")


def halves(
    cells: GatedCells, rng: np.random.Generator, n: int = HALVES
) -> Iterator[tuple[Bools, dict[str, ComponentRates]]]:
    """Cells outside the calibration, and the rates made from the others."""
    for _ in range(n):
        chosen = half_of(np.char.add(cells.lineage, cells.state), rng)
        counts = cells.counts.select(chosen)
        yield (
            ~chosen,
            {
                "lineage": component_rates(lineage_rates(counts, cells.lineage[chosen])),
                "state": component_rates(state_rates(counts, cells.state[chosen])),
            },
        )


def mixtures(
    cells: GatedCells,
    rng: np.random.Generator,
    change: Callable[[CellCounts], CellCounts] = lambda counts: counts,
    n: int = HALVES,
) -> pd.DataFrame:
    """One row per half, mixture and true share: estimate, standard error, and counted calls.

    `change` alters the drawn cells: fewer UMIs, or another laboratory's rates.
    """
    calls, rows = np.array(type_cells(cells.counts).names()), []
    for rest, rates in halves(cells, rng, n):
        for name, mixture in MIXTURES.items():
            is_state = mixture.subset[0] in load_component_rates("t_state").components
            kind, labels = ("state", cells.state) if is_state else ("lineage", cells.lineage)
            for true in mixture.true:
                cell_rows = draw(labels, rest, mixture, true, rng)
                sample = change(cells.counts.select(cell_rows))
                estimate = estimates(sample, rates[kind])[mixture.column]
                called = called_cd4(calls[cell_rows]) if mixture.subset == ("cd4",) else np.nan
                rows.append((name, true, estimate.value, estimate.se, called))
    return pd.DataFrame(rows, columns=ROW)


def errors(rows: pd.DataFrame) -> pd.DataFrame:
    """Bias and mean absolute error in points and coverage of value +- 1.96 SE, by true share."""
    error = 100 * (rows["value"] - rows["true"])
    called = 100 * (rows["called"] - rows["true"])
    covers = (error.abs() <= 196 * rows["se"]).where(rows["value"].notna())
    parts = pd.DataFrame(
        {
            "mixture": rows["mixture"], "true": rows["true"], "bias": error, "|error|": error.abs(),
            "SE": 100 * rows["se"], "covers %": 100 * covers.astype(float),
            "withheld %": 100.0 * rows["value"].isna(), "bias of calls": called,
            "|error| of calls": called.abs(),
        }
    )  # fmt: skip
    return parts.groupby(["mixture", "true"], sort=False).mean()


def other_laboratory(factor: float, rng: np.random.Generator) -> Callable[[CellCounts], CellCounts]:
    """CD8A, CD8B, TRDC and the genes of naive T cells at a share of their rates."""
    genes = ("CD8A", "CD8B", "TRDC", "CCR7", "LEF1", "TCF7", "SELL", "NELL2", "ACTN1", "MAL")

    def change(counts: CellCounts) -> CellCounts:
        panel = counts.panel
        columns = [counts.genes.index(gene) for gene in genes]
        panel[:, columns] = rng.binomial(panel[:, columns], factor)
        return CellCounts(
            counts.total, counts.n_genes, counts.mito, panel, counts.genes, depth=counts.depth
        )

    return change
