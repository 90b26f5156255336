"""Plots of an evaluation: calibration, ROC, decision curve, incidence, instability, SHAP.

Arrays in, matplotlib figures out; nothing here computes a reported number.
"""

import textwrap
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from features.arrays import Floats, Ints
from features.notices import RESEARCH_USE_ONLY, SYNTHETIC
from models.disclosed_cohort import MeasureDocument
from training.cohort.labels_text import EVENT_NAMES
from training.evaluation.documents.model_sections import (
    DecisionCurve,
    Instability,
    LearningCurvePoint,
    RiskThird,
)
from training.statistics.accuracy.auc import roc_points
from training.statistics.calibration.calibration_curve import CalibrationCurve
from training.statistics.survival.incidence import cumulative_incidence

GRID = np.linspace(0, 1, 101)


def frame(title: str, x: str, y: str, provenance: str) -> tuple[Figure, Axes]:
    """An empty figure with its title, axes and the notice on the patients' origin."""
    figure = Figure(figsize=(6.2, 5.0), layout="constrained")
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    _mark(figure, provenance)
    return figure, axes


def _mark(figure: Figure, provenance: str) -> None:
    notice = RESEARCH_USE_ONLY + (f"\n{SYNTHETIC}" if provenance == "synthetic" else "")
    figure.supxlabel(notice, fontsize=6.5, color="0.35")


def calibration(curve: CalibrationCurve, overall: tuple[float, float], provenance: str) -> Figure:
    """Observed share of events against mean risk in groups of equal size.

    `curve` is an evaluation's calibration curve. Where that is suppressed (few events), only the
    whole cohort's point `overall` (mean risk, observed share) is drawn, with the reason.
    """
    figure, axes = frame("Calibration, out of fold", "risk", "observed share", provenance)
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=1, label="ideal")
    points = [(group["risk"], group["observed"]) for group in curve["groups"]] or [overall]
    risk, observed = zip(*points, strict=True)
    label = "all patients" if curve["suppressed"] else "groups of patients"
    axes.plot(risk, observed, "o-", label=label)
    top = max(0.2, 1.15 * max([*risk, *observed]))
    axes.set(xlim=(0, top), ylim=(0, top))
    reason = textwrap.fill(curve["reason"] or "", 44)
    axes.legend(loc="upper left", title=reason or None, fontsize=8, title_fontsize=8)
    return figure


def roc(
    y: Floats, risk: Floats, weight: Floats, *, group: Ints, provenance: str, note: str
) -> Figure:
    """Mean of the folds' ROC curves with the folds behind it; the curve itself with one group.

    `group` numbers the fold and repeat of each prediction: patients of different folds were
    scored by different models and are never ranked against each other.
    """
    groups = np.unique(group)
    title = "ROC, within folds" if groups.size > 1 else "ROC"
    figure, axes = frame(title, "1 - specificity", "sensitivity", provenance)
    curves = []
    for number in groups:
        members = group == number
        if points := roc_points(risk[members], y[members], weight[members]):
            x, sensitivity = np.array(points).T
            axes.plot(x, sensitivity, color="0.8", linewidth=0.4)
            last = np.append(np.flatnonzero(np.diff(x) > 0), x.size - 1)  # top of each rise
            curves.append(np.interp(GRID, x[last], sensitivity[last]))
    axes.plot([0, 1], [0, 1], color="0.6", linestyle=":", linewidth=1)
    if curves:
        label = f"mean of {len(curves)} folds" if groups.size > 1 else "all patients"
        axes.plot(GRID, np.mean(curves, axis=0), linewidth=2, label=label)
        axes.legend(loc="lower right", title=note, fontsize=8, title_fontsize=8)
    return figure


def decision_curve(rows: DecisionCurve, provenance: str) -> Figure:
    """Net benefit over threshold risks, one line a strategy (Vickers & Elkin 2006).

    Each row holds a `threshold` and the net benefit of every strategy at it; NaN where undefined.
    """
    figure, axes = frame("Decision curve", "threshold risk", "net benefit", provenance)
    thresholds, best = np.array([row["threshold"] for row in rows], float), 0.05
    for name in [key for key in rows[0] if key != "threshold"]:
        series = np.array([row[name] for row in rows], float)
        width = 2.2 if name == "model" else 1.0
        axes.plot(thresholds, series, label=name.replace("_", " "), linewidth=width)
        best = max([best, *series[np.isfinite(series)]])
    axes.set_ylim(-0.25 * best, 1.1 * best)
    axes.legend(fontsize=8)
    return figure


def incidence(days: Floats, codes: Ints, landmark: int, provenance: str) -> Figure:
    """Cumulative incidence of each first event among the patients at risk at the landmark.

    `days` count from the landmark; `codes` as in EVENT_NAMES, others (transplant) only compete.
    """
    figure, axes = frame(
        "Cumulative incidence", f"days after the landmark (day {landmark})", "share", provenance
    )
    for code, name in EVENT_NAMES.items():
        curve = cumulative_incidence(days, codes, code)
        count = int((codes == code).sum())
        axes.step(
            [0, *curve.time], [0, *curve.probability], where="post", label=f"{name} ({count})"
        )
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8)
    return figure


def incidence_by_third(
    thirds: Sequence[RiskThird], endpoint: str, landmark: int, provenance: str
) -> Figure:
    """Cumulative incidence of the endpoint (in words) in thirds of the out-of-fold risk."""
    figure, axes = frame(
        f"{endpoint.capitalize()} by third of the risk",
        f"days after the landmark (day {landmark})", "share", provenance,
    )  # fmt: skip
    for third in thirds:
        label = f"{third['third']} ({third['n']})"
        axes.step(third["day"], third["incidence"], where="post", label=label)
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8)
    return figure


def instability(section: Instability, provenance: str) -> Figure:
    """Each training patient's stability interval over the served risk (Riley & Collins 2023)."""
    figure, axes = frame("Instability", "served risk", "risk in refits, 5 to 95 %", provenance)
    ranges = [(patient["risk"], patient["low"], patient["high"]) for patient in section["patients"]]
    risk, low, high = np.array(ranges).T
    axes.vlines(risk, low, high, color="0.6", linewidth=0.8)
    axes.plot([0, 1], [0, 1], color="0.3", linewidth=1, label=f"{section['refits']} refits")
    top = max(0.2, 1.05 * float(high.max()))
    axes.set(xlim=(0, top), ylim=(0, top))
    axes.legend(loc="upper left", fontsize=8)
    return figure


def learning_curve(
    points: Sequence[LearningCurvePoint], auc: MeasureDocument, provenance: str
) -> Figure:
    """Out-of-fold AUC over the number of training patients.

    `auc` is that of the whole cohort, whose interval is the bar at the end.
    """
    figure, axes = frame("Learning curve", "training patients", "AUC, out of fold", provenance)
    defined = [(point["patients"], point["auc"]) for point in points if point["auc"] is not None]
    patients = [n for n, _ in defined]
    axes.plot(patients, [area for _, area in defined], "o-", label="AUC")
    axes.axhline(0.5, color="0.6", linestyle=":", linewidth=1)
    if defined and auc["low"] is not None and auc["high"] is not None:
        axes.vlines(patients[-1], auc["low"], auc["high"], color="0.6",
                    label="95 % interval, all repeats")  # fmt: skip
    axes.legend(loc="lower right", fontsize=8)
    return figure


def shap_summary(
    contributions: Floats, values: Floats, labels: Sequence[str], provenance: str
) -> Figure:
    """The shap package's beeswarm of the served reasons (log-odds), largest first.

    `contributions` and `values` are (n, features). The contributions are the model's own exact
    ones, so the picture shows what a clinician is shown.
    """
    with warnings.catch_warnings():  # shap 0.51 builds colour maps the old way on import
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        import shap

    figure = Figure(figsize=(8, 5.5), layout="constrained")
    _mark(figure, provenance)
    if not labels:
        figure.suptitle("No feature moves the risk: every patient gets the prevalence.")
        return figure
    explained: Any = shap.Explanation(values=contributions, data=values, feature_names=list(labels))
    shap.plots.beeswarm(
        explained, max_display=12, show=False, ax=figure.add_subplot(), plot_size=None
    )
    return figure
