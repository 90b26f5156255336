"""Figures of a real table by hand, and the command on a small one."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from benchmarks import _peers
from benchmarks.real import command, difference, figures, permuted_order
from training.evaluation.folds import FoldPlan
from training.evaluation.out_of_fold import OutOfFold
from training.statistics.calibration.logistic import logit


def out_of_fold(risk: np.ndarray) -> OutOfFold:
    """One repeat in which every patient has a risk and weight 1."""
    fold = np.zeros((1, len(risk)), dtype=np.int64)
    ones = np.ones((1, len(risk)))
    return OutOfFold(logit(risk)[None], ones / 2, ones, FoldPlan(fold, fold, "patient", ""))


def test_paired_difference_by_hand() -> None:
    """0.1 off everywhere against 0.2 off is 0.01 - 0.04, with no spread to redraw."""
    y = np.tile([0.0, 1.0], 30)
    close, far = (out_of_fold(np.abs(y - error)) for error in (0.1, 0.2))
    assert difference(close, far, y) == "-0.0300 (-0.0300 to -0.0300)"
    table = figures({"ours": close, "peer": far}, y)
    assert table["Brier"].tolist() == ["0.0100", "0.0400"]
    assert table["ours minus it (95 %)"].tolist() == ["-", "-0.0300 (-0.0300 to -0.0300)"]


def test_outcomes_are_dealt_within_sites() -> None:
    """Everybody gets an outcome of their own site, nearly nobody their own."""
    site = ("a",) * 20 + ("b",) * 30
    order = permuted_order(site, 1)
    assert sorted(order) == list(range(50))
    assert all(site[i] == site[j] for i, j in enumerate(order))
    assert np.mean(order == np.arange(50)) < 0.3
    assert permuted_order(site, 2).tolist() != order.tolist()


def test_the_command_prints_all_three_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table with a signal: figures of ours and both peers, a verdict, and permuted outcomes."""
    monkeypatch.setattr(_peers, "TREES", {"n_estimators": (10, 20)})
    monkeypatch.setattr(_peers, "PENALTIES", (0.1, 1.0))
    rng = np.random.default_rng(0)
    x = rng.normal(size=90)
    died = (x + rng.normal(size=90) > 0.5).astype(int)
    pd.DataFrame({"x": x, "died": died}).to_csv(tmp_path / "t.csv", index=False)
    declaration = {"features": ["x"], "outcome": "died", "horizon": 30, "repeats": 1}
    (tmp_path / "p.json").write_text(json.dumps(declaration))
    arguments = [str(tmp_path / "t.csv"), str(tmp_path / "p.json"), "--permuted", "1"]
    outcome = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert outcome.exit_code == 0
    for words in ("tuned logistic", "tuned LightGBM", "gate: champion", "outcomes permuted: 0"):
        assert words in outcome.output
    absent = CliRunner().invoke(command, [str(tmp_path / "no.csv"), arguments[1]])
    assert absent.exit_code == 2
