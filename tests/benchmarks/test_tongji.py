"""The real patients' table, and its parts for another hospital."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks._real_tables import Declaration, RealTable
from benchmarks._tongji_cohort import (
    AMOUNTS,
    PANEL,
    THREE,
    as_measured,
    last_admitted,
    tongji_table,
)
from benchmarks.tongji import accuracy, frozen_model, subset
from features.settings import data_dir

DATA = data_dir() / "tongji" / "tongji_375.csv"
needs_data = pytest.mark.skipif(
    not DATA.exists(), reason="the Tongji data set is not in CD7WATCH_DATA"
)


def drawn_table(n: int = 80) -> RealTable:
    """Patients whose deaths follow the first of two columns."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n, 2)), columns=["a", "b"])
    event = (X["a"] + rng.normal(size=n) > 0).to_numpy()
    return RealTable(
        X, ("a",), np.where(event, 10.0, 50.0), event, np.zeros(n, bool), ("",) * n,
        Declaration(("a", "b"), 35, words="death"),
    )  # fmt: skip


def test_parts_of_a_table() -> None:
    """The chosen patients with all columns or the chosen ones, which are then all core."""
    table, first = drawn_table(), np.arange(80) < 50
    assert len(subset(table, first).X) == len(subset(table, first).time) == 50
    assert subset(table, first).core == ("a",)
    small = subset(table, first, ("b",))
    assert (list(small.X.columns), small.core) == (["b"], ("b",))


def test_accuracy_of_a_served_model() -> None:
    """It ranks by the first column; without it, it answers from the other alone."""
    table = drawn_table()
    model, y = frozen_model(table), table.event.astype(float)
    row = accuracy("all", model, table.X.to_numpy(), y)
    assert float(str(row["AUC"])) > 0.7
    assert row["abstains"] == "0%"
    absent = accuracy("b only", model, table.X.assign(a=np.nan).to_numpy(), y)
    assert float(str(absent["Brier"])) > float(str(row["Brier"]))


@needs_data
def test_the_table_has_the_patients_at_risk() -> None:
    """327 patients alive after the first day, 150 deaths, the panel and three columns in it."""
    table = tongji_table()
    assert (len(table.X), int(table.event.sum())) == (327, 150)
    assert set(PANEL) | set(THREE) <= set(table.X.columns)
    later = last_admitted()
    assert len(later) == 327
    assert 0.25 < later.mean() < 0.36


@needs_data
def test_amounts_are_logarithms_of_what_was_measured() -> None:
    """The panel's amounts go back to the file's values; no negative count is left."""
    X = as_measured(tongji_table().X)
    assert X["Lactate dehydrogenase"].median() == pytest.approx(
        tongji_table(logarithms=False).X["Lactate dehydrogenase"].median()
    )
    assert 250 < X["Lactate dehydrogenase"].median() < 450
    assert (X[list(AMOUNTS)].min() > 0).all()
    assert replace(tongji_table(), core=THREE).core == THREE
