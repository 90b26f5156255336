"""Features withheld where blasts are among the cells of a lineage."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cells import carpall as read_carpall
from benchmarks.cells import joined
from benchmarks.cells import pbmc3k as read_pbmc3k
from benchmarks.leukaemic_cells import CHOSEN_ON, real_blasts
from features import schema
from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import type_cells, typing_from_labels
from features.further_columns import CELL_COUNTS
from features.measures.missed_blasts import (
    FEATURES_OF,
    IMMATURE_GENES,
    LINEAGES,
    lineages_with_blasts,
    missed_blast_warnings,
    withhold_with_blasts,
)

VALUES = dict.fromkeys(schema.SAMPLE_NUMBERS, 0.5)


def missing(*lineages: str) -> set[str]:
    """Columns that are missing with blasts among these lineages."""
    after = withhold_with_blasts(VALUES, lineages)
    assert list(after) == list(VALUES)
    return {name for name, value in after.items() if math.isnan(value)}


def test_nothing_is_withheld_without_blasts() -> None:
    """Every value stays."""
    assert withhold_with_blasts(VALUES, ()) == VALUES


def test_each_lineage_takes_its_features() -> None:
    """With their errors and intervals; those of other lineages stay."""
    t_cells = missing("t")
    assert {"t_fraction", "t_fraction_se", "cd7neg_t_fraction", "cd7neg_t_fraction_low",
            "cd7neg_t_activation_se", "cd7_t_rate", "car_t_fraction", "cd4_t_per_ul",
            "s100a8a9_nonmyeloid", "clr_b", "log_monocyte_lymphocyte_ratio"} <= t_cells  # fmt: skip
    assert t_cells.isdisjoint(
        {"monocyte_fraction", "b_fraction", "blast_like_fraction", "cd34_rate", "n_cells"}
    )
    assert withhold_with_blasts(VALUES, ["t"])["cd7neg_unresolved"] == 1.0
    assert "b_fraction" in missing("b")
    per_microlitre = {feature.name for feature in CELL_COUNTS}
    for lineage in ("t", "b", "nk"):
        assert per_microlitre <= missing(lineage)  # all are shares of the lymphocytes
    assert per_microlitre & missing("monocyte") == {"monocytes_per_ul"}
    assert "t_fraction" not in missing("b", "nk", "monocyte")
    assert "monocyte_fraction" in missing("monocyte")


def test_every_named_feature_is_in_the_schema() -> None:
    """Whole names and beginnings of names."""
    features = {feature.name for feature in schema.SAMPLE_FEATURES}
    for name in {name for names in FEATURES_OF.values() for name in names}:
        matches = [f for f in features if f.startswith(name[:-1])] if name[-1] == "*" else [name]
        assert set(matches) <= features, name
        assert matches, name


def test_no_blast_feature_is_withheld() -> None:
    """The shares of blasts and CD34 are what such a sample is about."""
    named = missing(*LINEAGES)
    assert named.isdisjoint({f"{kind}_blast_fraction" for kind in ("t", "b", "myeloid")})
    assert "blast_like_fraction" not in named


def cells_with(dntt: int, n: int = 200) -> CellCounts:
    """Cells of 2,000 UMIs, so many of which show one UMI of DNTT."""
    panel = np.zeros((n, 1), np.int32)
    panel[:dntt] = 1
    return CellCounts(np.full(n, 2000), np.full(n, 900), np.zeros(n, int), panel, ("DNTT",))


@pytest.mark.parametrize(
    ("umis", "of", "lineages"),
    [
        (0, "cd4_t", ()), (3, "cd4_t", ()), (9, "cd4_t", ()), (12, "cd4_t", ("t",)),
        (19, "b", ()), (25, "b", ("b",)), (25, "cdc", ()),
    ],
)  # fmt: skip
def test_the_limit_is_a_rate(umis: int, of: str, lineages: tuple[str, ...]) -> None:
    """In 400,000 UMIs 10 of T and 20 of B cells are at it; three are too few whatever the rate."""
    n = 10 if umis == 3 else 200
    typing = typing_from_labels([of] * n)
    assert lineages_with_blasts(cells_with(umis, n), typing) == lineages
    assert missed_blast_warnings(lineages) == [f"blasts_among_{name}" for name in lineages]


def test_called_t_blasts_withhold_t_features() -> None:
    """At 0.5 % of leukocytes and three cells: others of the same leukaemia are called T.

    Not by the user's own labels, which say which cells are blasts and which are T cells.
    """
    for n_blasts, lineages in ((2, ()), (6, ("t",))):
        labels = ["cd4_t"] * (1000 - n_blasts) + ["early_t_precursor"] * n_blasts
        by_labels = typing_from_labels(labels)
        by_table = replace(by_labels, source="rate_table")
        assert lineages_with_blasts(cells_with(0, 1000), by_table) == lineages
        assert lineages_with_blasts(cells_with(0, 1000), by_labels) == ()


def test_genes_are_silent_in_healthy_blood(pbmc3k: Path) -> None:
    """No lineage is withheld in pbmc3k."""
    counts = read_pbmc3k()[0]
    assert set(IMMATURE_GENES) <= set(counts.genes)
    assert lineages_with_blasts(counts, type_cells(counts)) == ()


def test_missed_real_blasts_are_noticed(carpall: Path) -> None:
    """CAR-T10484034's blasts, a fifth of healthy cells: those called T, B or NK withhold them."""
    host = read_carpall("CAR-T10484042")[0]
    blasts = real_blasts(CHOSEN_ON, host.n_cells // 4, np.random.default_rng(0))
    cells = joined(host, blasts)
    typing = type_cells(cells)
    is_missed = typing.lineage_mask("t")[host.n_cells :].sum() / typing.lineage_mask("t").sum()
    assert is_missed > 0.05
    assert {"t", "b", "nk"} <= set(lineages_with_blasts(cells, typing))


def test_cd7_negative_leukaemic_cells_do_not_pass_as_t_cells() -> None:
    """Labelled T by the user, but with DNTT: the CD7-negative share is not given."""
    counts = cells_with(100)
    typing = typing_from_labels(["T cells"] * 200)
    features = withhold_with_blasts(
        {"cd7neg_t_fraction": 0.5, "cd7neg_unresolved": 0.0}, lineages_with_blasts(counts, typing)
    )
    assert math.isnan(features["cd7neg_t_fraction"])
    assert features["cd7neg_unresolved"] == 1.0
