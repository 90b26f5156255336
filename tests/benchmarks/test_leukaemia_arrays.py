"""Cells drawn from arrays of patients with leukaemia."""

import numpy as np

from benchmarks.leukaemia_arrays import AML, PROBES, T_ALL, drawn, lineage
from features.genes.panels import PANEL_GENES


def test_lineages_of_the_72_patients() -> None:
    """38 with B-ALL, 9 with T-ALL, 25 with AML, as published."""
    lineages = [lineage(patient) for patient in range(1, 73)]
    assert (lineages.count("b"), lineages.count("t"), lineages.count("myeloid")) == (38, 9, 25)
    assert not set(T_ALL) & set(AML)


def test_probes_are_of_panel_genes() -> None:
    """One probe a gene, CD7 and S100 not among them."""
    assert set(PROBES) <= set(PANEL_GENES)
    assert len(set(PROBES.values())) == len(PROBES)
    assert not {"CD7", "S100A8", "S100A9"} & set(PROBES)


def test_drawn_cells_have_their_rates() -> None:
    """Means follow rate and depth; the spread is that of a negative binomial of size 1."""
    rates = np.full(len(PROBES), 20.0)
    cells = drawn(rates, np.full(4000, 2500), np.random.default_rng(0))
    assert abs(cells.panel.mean() - 5) < 0.05
    assert abs(cells.panel.var() / (5 + 25) - 1) < 0.05
