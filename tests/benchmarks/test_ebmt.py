"""The registry's benchmark: other programs agree with our figures, and the picture is complete."""

import numpy as np
import pandas as pd
import pytest

from benchmarks._ebmt_picture import draw
from benchmarks.ebmt import by_others, design_of
from training.statistics.accuracy.auc import auc
from training.statistics.accuracy.brier import brier
from training.statistics.survival.censoring import censoring_weights
from training.statistics.survival.incidence import cumulative_incidence


def registry(n: int = 200) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Transplants with the registry's columns, times in tied tenths of months, four causes."""
    rng = np.random.default_rng(4)
    columns = ("dissub", "match", "tcd", "year", "age")
    frame = pd.DataFrame({name: rng.choice(["a", "b"], n) for name in columns})
    return frame, rng.integers(1, 600, n) / 10, rng.integers(0, 5, n)


def test_other_programs_agree() -> None:
    """AUC within folds and Brier score equal those by lifelines and scikit-learn."""
    design = design_of(*registry(), horizon=24)
    rng = np.random.default_rng(0)
    risk, fold = rng.random(len(design.y)), rng.integers(0, 3, len(design.y))
    weight = np.where(design.has_label, censoring_weights(design.time, design.code, 24), 0.0)
    area, loss = by_others(design, risk, fold)
    assert auc(risk, design.y, weight, fold) == pytest.approx(area, abs=1e-9)
    assert brier(risk, design.y, weight) == pytest.approx(loss, abs=1e-9)


def test_every_curve_is_drawn_where_it_ends() -> None:
    """Left each cause beside the reference, right one in thirds; heights are the estimates."""
    _, months, code = registry()
    names = {1: "relapse", 2: "fatal infection"}
    reference = {c: pd.Series([0.0, 0.1], index=[0.0, 50.0]) for c in names}
    left, right = draw(months, code, names, reference, np.arange(200.0), 2).axes
    heights = [line.get_ydata()[-1] for line in left.get_lines() if line.get_linestyle() == "-"]
    expected = [cumulative_incidence(months, code, c).at(120)[0] for c in names]
    assert heights == pytest.approx(expected)
    assert [t.get_text() for t in left.get_legend().get_texts()] == [*names.values(), "lifelines"]
    last = right.get_lines()[2].get_ydata()[-1]
    assert last == pytest.approx(cumulative_incidence(months[134:], code[134:], 2).at(120)[0])
