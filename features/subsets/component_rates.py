"""Expression rates of a mixture's components by gene set, shipped with their origin."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

import numpy as np

from features.arrays import Floats, Ints32
from features.cells.cell_counts import CellCounts

FOLDER = Path(__file__).parent
MIN_SET_SHARE = 0.60  # of a set's UMIs: with fewer of them in the reference the set is not used


@dataclass(frozen=True)
class GeneSet:
    """Genes whose UMIs are summed in each cell, so that one count stands for the set.

    `rates` (genes, components) are UMIs per 10,000 UMIs of the depth genes, `sizes` (components,)
    the negative binomial sizes of the sum, `log_sd` the spread of the rates between laboratories,
    which moves the set in all components together.
    """

    name: str
    genes: tuple[str, ...]
    rates: Floats
    sizes: Floats
    log_sd: float


@dataclass(frozen=True)
class ComponentRates:
    """Rates of every gene set in every component."""

    components: tuple[str, ...]
    gene_sets: tuple[GeneSet, ...]

    def rates(self) -> Floats:
        """Rates of the sets' sums, shape (sets, components)."""
        return np.array([gene_set.rates.sum(axis=0) for gene_set in self.gene_sets])

    def sizes(self) -> Floats:
        """Negative binomial sizes, shape (sets, components)."""
        return np.array([gene_set.sizes for gene_set in self.gene_sets])

    def log_sds(self) -> Floats:
        """Spread of the sets' rates between laboratories, shape (sets,)."""
        return np.array([gene_set.log_sd for gene_set in self.gene_sets])

    def set_names(self) -> tuple[str, ...]:
        """Names of the gene sets, in order."""
        return tuple(gene_set.name for gene_set in self.gene_sets)

    def within(self, genes: Collection[str]) -> "ComponentRates":
        """The same over the genes that a reference holds; a set that lacks too many is left out."""
        parts = [_within(gene_set, genes) for gene_set in self.gene_sets]
        return ComponentRates(self.components, tuple(part for part in parts if part is not None))

    def without(self, *components: str) -> "ComponentRates":
        """The same without some components."""
        columns = [i for i, name in enumerate(self.components) if name not in components]
        sets = tuple(
            GeneSet(s.name, s.genes, s.rates[:, columns], s.sizes[columns], s.log_sd)
            for s in self.gene_sets
        )
        return ComponentRates(tuple(self.components[i] for i in columns), sets)

    def set_counts(self, counts: CellCounts) -> Ints32:
        """UMIs of each gene set in each cell, shape (n, sets)."""
        sums = [counts.summed_umis(gene_set.genes) for gene_set in self.gene_sets]
        return np.ascontiguousarray(np.stack(sums, axis=1), np.int32)


def _within(gene_set: GeneSet, genes: Collection[str]) -> GeneSet | None:
    rows = [i for i, gene in enumerate(gene_set.genes) if gene in genes]
    rates = gene_set.rates[rows]
    if not rows or rates.sum() < MIN_SET_SHARE * gene_set.rates.sum():
        return None
    names = tuple(gene_set.genes[i] for i in rows)
    return GeneSet(gene_set.name, names, rates, gene_set.sizes, gene_set.log_sd)


class SetEntry(TypedDict):
    """A gene set as a file of rates holds it: `rates` and `sizes` by component."""

    log_sd: float
    sizes: list[float]
    rates: dict[str, list[float]]


class RatesFile(TypedDict):
    """What a file of rates holds."""

    components: list[str]
    gene_sets: dict[str, SetEntry]


def component_rates(data: RatesFile) -> ComponentRates:
    """Rates from a file's content.

    >>> entry: SetEntry = {"log_sd": 0.3, "sizes": [1, 2], "rates": {"CD4": [2.4, 0.1]}}
    >>> component_rates({"components": ["cd4", "cd8"], "gene_sets": {"cd4": entry}}).rates()
    array([[2.4, 0.1]])
    """
    sets = tuple(
        GeneSet(
            name, tuple(entry["rates"]), np.array(list(entry["rates"].values()), np.float64),
            np.array(entry["sizes"], np.float64), entry["log_sd"],
        )
        for name, entry in data["gene_sets"].items()
    )  # fmt: skip
    return ComponentRates(tuple(data["components"]), sets)


@cache
def load_component_rates(name: str) -> ComponentRates:
    """Rates shipped with the code: `t_lineage`, `t_state` or `division`.

    They are made by `benchmarks.make_subset_rates`.

    >>> load_component_rates("t_state").components
    ('naive', 'cd4_memory', 'cd8_memory', 'cd4_effector', 'cd8_effector')
    """
    return component_rates(json.loads((FOLDER / f"{name}_rates.json").read_text()))
