"""Expression rates of blood cell types: the fixed table that cell typing uses.

`cell_type_rates.csv` holds one row per gene: its Ensembl id, the expected UMIs per 10,000 UMIs of
the depth genes (`features.genes.depth_genes`) in each type, and `origin`: the cells or the
literature that each row is based on. It is made by `benchmarks/make_cell_type_rates.py`.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from features.arrays import Floats

TABLE = Path(__file__).with_name("cell_type_rates.csv")


@dataclass(frozen=True)
class RateTable:
    """Expected UMIs per 10,000, shape (n_genes, n_types), with the rows' and columns' names."""

    genes: tuple[str, ...]
    ensembl_ids: tuple[str, ...]
    types: tuple[str, ...]
    rates: Floats
    origins: tuple[str, ...]

    def type_rates(self, cell_type: str) -> Floats:
        """Rates of one type, shape (n_genes,)."""
        column: Floats = self.rates[:, self.types.index(cell_type)]
        return column

    def select(self, rows: Sequence[int]) -> "RateTable":
        """The table of some of the genes, by their row."""
        return RateTable(
            tuple(self.genes[row] for row in rows),
            tuple(self.ensembl_ids[row] for row in rows),
            self.types,
            self.rates[list(rows)],
            tuple(self.origins[row] for row in rows),
        )


@cache
def load_rates(path: Path = TABLE) -> RateTable:
    """Read the rate table shipped with the code.

    >>> table = load_rates()
    >>> table.types[:2], table.rates.shape == (len(table.genes), len(table.types))
    (('cd14_monocyte', 'cd16_monocyte'), True)
    """
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    rates = np.array([row[2:-1] for row in rows], dtype=np.float64)
    rates.flags.writeable = False
    return RateTable(
        tuple(row[0] for row in rows),
        tuple(row[1] for row in rows),
        tuple(header[2:-1]),
        rates,
        tuple(row[-1] for row in rows),
    )
