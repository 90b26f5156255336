"""The activity benchmark: what it draws is what it says, and the trap is one."""

import numpy as np

from benchmarks.activity import NAMES, draw_cohort, members, one_cohort, summary, unmixed_pairs
from training.study.activity.gene_sets import gene_set


def test_only_planted_effects_differ() -> None:
    """Activation of CD7-negative cells after infusion is e^0.6 of what it is without planting."""
    at = members(gene_set("activation"))
    unlike, planted = (
        unmixed_pairs(*draw_cohort(scenario, 8, 1)) for scenario in ("unlike", "planted")
    )
    assert planted.gene_name is NAMES
    np.testing.assert_array_equal(unlike.before.rates, planted.before.rates)
    ratio = planted.after.rates[:, at].sum() / unlike.after.rates[:, at].sum()
    assert abs(np.log(ratio) - 0.6) < 0.15


def test_cells_as_replicates_give_false_claims() -> None:
    """One null cohort: the cell-level test claims something; the table has a row an analysis."""
    result = one_cohort("alike", 6, 3, False)
    assert result["claims"]["cells as replicates"]["any"]
    assert result == one_cohort("alike", 6, 3, False)
    table = summary([result])
    assert list(table["scenario"]) == ["alike"] * 4
    assert table["share (95 % exact)"].iloc[0].startswith("100%")
