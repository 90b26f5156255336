"""Profiles, names and priors of types, unknown cells and doublets."""

import numpy as np

from features.celltypes.type_profiles import (
    CONTAMINANTS,
    DOUBLET_MARKERS,
    DOUBLET_PARTNERS,
    RARE_TYPE_MARKERS,
    doublet_pairs,
    row_log_priors,
    row_names,
    row_rates,
)
from features.genes.expression_rates import load_rates


def test_rows_names_and_priors_agree() -> None:
    """One name and one prior for each row, priors sum to one."""
    table = load_rates()
    rows = row_rates(table).shape[1]
    assert rows == len(row_names(table)) == len(row_log_priors(table))
    assert np.isclose(np.exp(row_log_priors(table)).sum(), 1)


def test_unknown_is_the_background() -> None:
    """The unknown row has every gene at its lowest rate in any type."""
    table = load_rates()
    unknown = row_rates(table)[:, row_names(table).index("unknown")]
    np.testing.assert_array_equal(unknown, table.rates.min(axis=1))


def test_doublets_are_half_of_each_partner() -> None:
    """A doublet row is the mean of its two lineages; T with NK has none."""
    table = load_rates()
    last = row_rates(table)[:, -len(doublet_pairs()) :]
    pair = doublet_pairs().index(("cd14_monocyte", "b"))
    np.testing.assert_allclose(
        last[:, pair], (table.type_rates("cd14_monocyte") + table.type_rates("b")) / 2
    )
    assert ("t", "nk") not in doublet_pairs()


def test_own_genes_and_guests_are_in_the_table() -> None:
    """Rare types' own genes are typed genes, and what sticks to cells is a type."""
    table = load_rates()
    assert all(set(genes) <= set(table.genes) for genes in RARE_TYPE_MARKERS.values())
    assert all(set(genes) <= set(table.genes) for genes in DOUBLET_MARKERS.values())
    assert set(DOUBLET_MARKERS) == set(DOUBLET_PARTNERS)
    assert set(CONTAMINANTS) <= set(table.types)
