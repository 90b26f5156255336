"""State of CAR-T cells: scores of T cells that show the CAR, against a loop; missing otherwise."""

import math
from dataclasses import replace

import numpy as np
import pytest

from features.cells.cell_counts import CellCounts
from features.celltypes.cell_types import NAMES, Typing
from features.genes.panels import ACTIVATION, EXHAUSTION
from features.sheet_measures.car_t_state import CAR_T_PANELS, car_t_state

GENES = (*ACTIVATION, *EXHAUSTION[:3])


def cells(n: int = 300) -> tuple[CellCounts, Typing]:
    """T cells and monocytes; every second cell shows the CAR, and CAR-T cells are activated."""
    rng = np.random.default_rng(3)
    car = np.arange(n) % 2
    total = rng.integers(1000, 4000, n)
    panel = rng.poisson(total[:, None] / 1e4 * (2 + 6 * car[:, None]), (n, len(GENES)))
    call = np.where(np.arange(n) < 2 * n // 3, NAMES.index("cd8_t"), NAMES.index("cd14_monocyte"))
    typing = Typing(call.astype(np.int8), np.ones(n, np.float32))
    counts = CellCounts(
        total, total, total * 0, panel.astype(np.int32), GENES, car=car.astype(np.int32)
    )
    return counts, typing


def test_the_score_is_that_of_t_cells_with_the_car() -> None:
    """Mean over genes of ln(1 + pooled rate), over T cells with a UMI of the CAR alone."""
    counts, typing = cells()
    chosen = [i for i in range(200) if counts.car is not None and counts.car[i] > 0]
    logs = []
    for gene in ACTIVATION:
        umis = sum(int(counts.gene_umis(gene)[i]) for i in chosen)
        logs.append(math.log(1 + 1e4 * umis / sum(int(counts.depth[i]) for i in chosen)))
    columns = car_t_state(counts, typing)
    assert columns["car_t_activation"] == pytest.approx(sum(logs) / len(logs))
    assert 0.01 < columns["car_t_activation_se"] < 0.2
    assert math.isnan(columns["car_t_exhaustion"])  # three of six genes
    assert set(columns) == {f"{name}{end}" for name in CAR_T_PANELS for end in ("", "_se")}


def test_without_the_car_or_under_50_cells_it_is_missing() -> None:
    """49 cells that show the CAR give no score, 50 do."""
    counts, typing = cells()
    assert math.isnan(car_t_state(replace(counts, car=None), typing)["car_t_activation"])
    for number, missing in ((49, True), (50, False)):
        car = np.zeros(counts.n_cells, np.int32)
        car[:number] = 1
        state = car_t_state(replace(counts, car=car), typing)
        assert math.isnan(state["car_t_activation"]) == missing
