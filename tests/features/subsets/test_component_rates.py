"""Component rates: what the shipped files hold, and what a reference's genes leave of them."""

import numpy as np
import pytest

from features.genes.panels import PANEL_GENES
from features.subsets.component_rates import (
    FOLDER,
    component_rates,
    load_component_rates,
)

FILES = ("t_lineage", "t_state", "division")


@pytest.mark.parametrize("name", FILES)
def test_shipped_rates_are_positive_and_of_panel_genes(name: str) -> None:
    """Every gene is counted by the pass over a file; rates and sizes are positive and finite."""
    rates = load_component_rates(name)
    genes = [gene for gene_set in rates.gene_sets for gene in gene_set.genes]
    assert set(genes) <= set(PANEL_GENES)
    assert len(genes) == len(set(genes))
    n = len(rates.components)
    for gene_set in rates.gene_sets:
        assert gene_set.rates.shape == (len(gene_set.genes), n)
        assert gene_set.sizes.shape == (n,)
        assert (gene_set.rates > 0).all()
        assert (gene_set.sizes > 0).all()
        assert gene_set.log_sd > 0


def test_files_name_their_origin() -> None:
    """Each file says from which cells its rates come."""
    assert sorted(path.stem for path in FOLDER.glob("*_rates.json")) == sorted(
        f"{name}_rates" for name in FILES
    )
    for path in FOLDER.glob("*_rates.json"):
        assert "et al." in path.read_text()


def test_lineages_differ_by_their_own_genes_alone() -> None:
    """CD4 T cells show CD4, CD8 T cells CD8A and CD8B; no gene of differentiation takes part."""
    rates = load_component_rates("t_lineage")
    table = dict(zip(rates.set_names(), rates.rates(), strict=True))
    cd4, naive, memory = (rates.components.index(c) for c in ("cd4", "cd8_naive", "cd8_memory"))
    assert table["cd4"][cd4] > 10 * table["cd4"][memory]
    assert min(table["cd8a"][naive], table["cd8b"][naive]) > 10 * table["cd8a"][cd4]
    genes = {gene for gene_set in rates.gene_sets for gene in gene_set.genes}
    assert not genes & {"GZMB", "GNLY", "NKG7", "CCR7", "LEF1", "IL7R", "CCL5"}


def test_absent_genes_take_their_rates_along() -> None:
    """A set without one of its genes has the others' rates; one that lost most is left out."""
    rates = component_rates(
        {
            "components": ["a", "b"],
            "gene_sets": {
                "one": {"log_sd": 0.1, "sizes": [1, 1], "rates": {"X": [6, 1], "Y": [3, 0.5]}},
                "two": {"log_sd": 0.1, "sizes": [1, 1], "rates": {"Z": [1, 1]}},
            },
        }
    )
    part = rates.within({"X", "Z"})
    np.testing.assert_array_equal(part.rates(), [[6, 1], [1, 1]])
    assert rates.within({"Y", "Z"}).set_names() == ("two",)
    assert rates.without("a").components == ("b",)
    np.testing.assert_array_equal(rates.without("a").rates(), [[1.5], [1]])
