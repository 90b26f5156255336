"""CD34 rate and what warns of leukaemia."""

import math
from dataclasses import replace

import numpy as np
import pytest

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import Typing, typing_from_labels
from features.measures.blasts import blast_warnings, cd34_rate

DEPTH = 2000


def cells(
    labels: dict[str, int], cd34: dict[str, float], seed: int = 0
) -> tuple[CellCounts, Typing]:
    """So many cells of each label, with this mean of CD34 UMIs."""
    names = np.repeat(list(labels), list(labels.values()))
    umis = np.random.default_rng(seed).poisson([cd34.get(name, 0.0) for name in names])
    n = len(names)
    counts = CellCounts(
        np.full(n, DEPTH),
        np.full(n, 900),
        np.zeros(n, int),
        umis[:, None].astype(np.int32),
        ("CD34",),
    )
    return counts, replace(typing_from_labels(names.tolist()), source="rate_table")


def test_the_rate_is_linear_in_the_share_of_blasts() -> None:
    """Whatever they are called; stem cells stay out."""
    for share in (0.05, 0.2, 0.5):
        n = round(4000 * share)
        counts, typing = cells({"cd4_t": 4000 - n, "b": n, "hspc": 500}, {"b": 2.0, "hspc": 5.0})
        level = cd34_rate(counts, typing)
        assert level.value == pytest.approx(10 * share, abs=4 * level.se)


def test_the_error_is_that_of_drawing_again() -> None:
    """SD over 200 samples, within a sixth."""
    numbers = np.random.default_rng(9).binomial(500, 0.2, 200)
    levels = [
        cd34_rate(*cells({"cd4_t": 500 - int(n), "b": int(n)}, {"b": 2.0}, seed))
        for seed, n in enumerate(numbers)
    ]
    sd = np.std([level.value for level in levels])
    assert sd == pytest.approx(np.mean([level.se for level in levels]), rel=1 / 6)


def test_no_umi_is_no_certainty() -> None:
    """Without CD34 in 2 million UMIs the rate is 0, and three UMIs are 1.645 errors away."""
    level = cd34_rate(*cells({"cd4_t": 1000}, {}))
    assert level.value == 0.0
    assert 1.645 * level.se == pytest.approx(1e4 * 3 / (1000 * DEPTH))


def test_missing_without_cd34() -> None:
    """Never zero where the reference lacks the gene."""
    counts, typing = cells({"cd4_t": 10}, {})
    without = CellCounts(counts.total, counts.n_genes, counts.mito, np.zeros((10, 0), np.int32), ())
    assert math.isnan(cd34_rate(without, typing).value)
    assert not math.isnan(cd34_rate(counts, typing).value)
    assert blast_warnings(without, typing) == []


@pytest.mark.parametrize(
    ("labels", "codes"),
    [
        ({"cd4_t": 1000}, []),
        ({"cd4_t": 1000, "precursor_b": 3}, []),  # 0.3 %
        ({"cd4_t": 1000, "precursor_b": 10}, ["blasts"]),
        ({"cd4_t": 1000, "blast_like_t": 10}, ["blasts", "blast_kind_unproven"]),
        ({"cd4_t": 100, "precursor_b": 2}, []),  # 2 cells can be chance
        ({"cd4_t": 1000, "hspc": 20}, []),
        ({"cd4_t": 1000, "hspc": 40}, ["many_progenitors"]),
        ({"cd4_t": 1000, "hspc": 40, "platelet": 5000}, ["many_progenitors"]),
    ],
)
def test_warnings_of_calls(labels: dict[str, int], codes: list[str]) -> None:
    """Shares of leukocytes and numbers of cells, beyond those of samples without leukaemia."""
    assert blast_warnings(*cells(labels, {})) == codes


def test_the_user_s_own_blasts_are_of_a_proven_kind() -> None:
    """Their labels do not rest on rows that have met no real leukaemic cells."""
    counts, typing = cells({"cd4_t": 1000, "blast_like_t": 10}, {})
    assert blast_warnings(counts, replace(typing, source="labels")) == ["blasts"]


def test_cd34_in_cells_called_otherwise() -> None:
    """Blasts that nobody called one are noticed; three UMIs are not enough."""
    assert blast_warnings(*cells({"cd4_t": 900, "b": 100}, {"b": 2.0})) == ["high_cd34"]
    counts, typing = cells({"cd4_t": 20}, {})
    counts.low[0, 0] = 3
    assert blast_warnings(counts, typing) == []
