"""What the pictures draw, read back from their lines."""

import numpy as np
import pytest

from training.charts import plots


def _line(figure, label: str):
    (axes,) = figure.axes[:1]
    return next(line for line in axes.get_lines() if label in str(line.get_label()))


def test_suppressed_calibration_says_why() -> None:
    """With few events only the whole cohort's point is drawn, with the reason."""
    curve = {"suppressed": True, "reason": "calibration curve not drawn: 12 events", "groups": []}
    figure = plots.calibration(curve, (0.3, 0.25), "real")
    assert _line(figure, "all patients").get_xydata().tolist() == [[0.3, 0.25]]
    assert "12 events" in figure.axes[0].get_legend().get_title().get_text().replace("\n", " ")


def test_groups_are_drawn_unchanged() -> None:
    """With enough events the evaluation's groups are the points."""
    groups = [{"risk": 0.1, "observed": 0.2, "n": 10}, {"risk": 0.5, "observed": 0.4, "n": 10}]
    curve = {"suppressed": False, "reason": None, "groups": groups}
    figure = plots.calibration(curve, (0.3, 0.3), "real")
    assert _line(figure, "groups").get_xydata().tolist() == [[0.1, 0.2], [0.5, 0.4]]


def test_mean_roc_has_the_folds_mean_area() -> None:
    """The area under the drawn mean curve is the mean of the folds' rank AUCs."""
    rng = np.random.default_rng(0)
    y = (rng.random(600) < 0.4).astype(float)
    risk, group = rng.random(600) + 0.4 * y, np.repeat(np.arange(3), 200)
    figure = plots.roc(y, risk, np.ones(600), group=group, provenance="synthetic", note="AUC")
    x, sensitivity = _line(figure, "mean of 3 folds").get_xydata().T
    by_hand = []
    for k in range(3):
        cases, controls = risk[(group == k) & (y == 1)], risk[(group == k) & (y == 0)]
        by_hand.append(np.mean(cases[:, None] > controls[None]))
    assert np.trapezoid(sensitivity, x) == pytest.approx(np.mean(by_hand), abs=0.01)


def test_decision_curve_leaves_gaps_where_undefined() -> None:
    """Undefined net benefits leave gaps, and every strategy has its line."""
    rows = [
        {"threshold": t, "treat_none": 0.0, "treat_all": 0.3 - t, "model": np.nan}
        for t in (0.1, 0.2)
    ]
    figure = plots.decision_curve(rows, "real")
    assert np.isnan(_line(figure, "model").get_ydata()).all()
    assert _line(figure, "treat all").get_ydata().tolist() == pytest.approx([0.2, 0.1])


def test_prevalence_alone_moves_nobody() -> None:
    """Without any contributing feature the SHAP picture says so instead of failing."""
    figure = plots.shap_summary(np.zeros((5, 0)), np.zeros((5, 0)), [], "real")
    assert "No feature moves the risk" in figure.get_suptitle()


def test_learning_curve_shows_its_points() -> None:
    """The points are the rows with an AUC; the bar at the end is the whole's interval."""
    rows = [{"patients": 20.0, "auc": None}, {"patients": 40.0, "auc": 0.6},
            {"patients": 80.0, "auc": 0.7}]  # fmt: skip
    auc = {"value": 0.7, "low": 0.55, "high": 0.85}
    figure = plots.learning_curve(rows, auc, "real")
    assert _line(figure, "AUC").get_xydata().tolist() == [[40.0, 0.6], [80.0, 0.7]]
    (bar,) = figure.axes[0].collections
    assert bar.get_segments()[0].tolist() == [[80.0, 0.55], [80.0, 0.85]]


def test_instability_draws_an_interval_a_patient() -> None:
    """One upright line per patient, at the served risk, from 5 to 95 %."""
    patients = [{"risk": 0.2, "low": 0.1, "high": 0.3}, {"risk": 0.5, "low": 0.2, "high": 0.6}]
    figure = plots.instability({"patients": patients, "refits": 200}, "real")
    (bars,) = figure.axes[0].collections
    assert bars.get_segments()[1].tolist() == [[0.5, 0.2], [0.5, 0.6]]


def test_thirds_are_steps() -> None:
    """Each third is a step curve through its own points, named with its size."""
    thirds = [{"third": "low", "n": 9, "day": [0.0, 30.0], "incidence": [0.0, 0.1]}]
    figure = plots.incidence_by_third(thirds, "fatal_infection", 28, "synthetic")
    assert _line(figure, "low (9)").get_xydata().tolist() == [[0.0, 0.0], [30.0, 0.1]]
