"""Plots of a validation: smooth calibration with its band, net benefit, forest of the sites.

Sections of an evaluation document in, matplotlib figures out; nothing here computes a number.
"""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from training.charts.plots import frame
from training.evaluation.documents.robustness_sections import SitesSection
from training.statistics.accuracy.decision_curve import NetBenefit
from training.statistics.calibration.calibration_error import SmoothCalibration

UNCERTAIN = "uncertain: under 100 events"
WIDEST = (0.05, 20.0)  # O/E on the axis of the forest
RATIOS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


def smooth_calibration(section: SmoothCalibration, provenance: str) -> Figure:
    """Smooth observed risk over the predicted one with its 95 % band, marked where uncertain."""
    figure, axes = frame("Smooth calibration, out of fold", "risk", "observed risk", provenance)
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=1, label="ideal")
    points = [(p["risk"], p["observed"], p["low"], p["high"]) for p in section["points"]]
    top, note = 1.0, section["reason"]
    if points:
        risk, observed, low, high = np.array(points).T
        style = "--" if section["uncertain"] else "-"
        axes.fill_between(risk, low, high, color="0.85", label="95 % band")
        axes.plot(risk, observed, style, linewidth=2, label="observed")
        top = max(0.2, 1.05 * float(max(risk.max(), high.max())))
        note = UNCERTAIN if section["uncertain"] else None
    axes.set(xlim=(0, top), ylim=(0, top))
    title = textwrap.fill(note, 44) if note else None
    axes.legend(loc="upper left", title=title, fontsize=8, title_fontsize=8)
    return figure


def net_benefit(rows: Sequence[NetBenefit], provenance: str) -> Figure:
    """Net benefit of the model and of treating all at the declared thresholds, with intervals."""
    figure, axes = frame("Net benefit", "declared threshold", "net benefit", provenance)
    for shift, name in ((-0.004, "model"), (0.004, "treat all")):
        points = [(row["threshold"], measure) for row in rows
                 if (measure := row["model" if name == "model" else "treat_all"])["value"]
                 is not None]  # fmt: skip
        threshold = np.array([t for t, _ in points]) + shift
        value, low, high = (
            np.array([m[end] for _, m in points], float) for end in ("value", "low", "high")
        )
        (line,) = axes.plot(threshold, value, "o", label=name)
        axes.vlines(threshold, low, high, color=line.get_color(), linewidth=1.2)
    axes.axhline(0.0, color="0.6", linestyle=":", linewidth=1, label="treat none")
    axes.legend(fontsize=8)
    return figure


def site_forest(section: SitesSection, provenance: str) -> Figure:
    """Observed over expected of each site by models that did not see it, mean and prediction.

    The lowest row is the random-effects mean; the thin line through it the 95 % prediction
    interval of a new site. Without a summary the reason stands in the legend.
    """
    figure, axes = frame("Sites left out", "observed over expected", "", provenance)
    rows = [(one["site"], m) for one in section["sites"] if (m := one["observed_over_expected"])]
    summary = section["observed_over_expected"]
    if summary:
        rows.append(("mean of sites", summary["mean"]))
        axes.hlines(0, summary["prediction_low"], summary["prediction_high"], color="0.6",
                    linewidth=1, label="95 % for a new site")  # fmt: skip
    height = np.arange(len(rows))[::-1]
    value, low, high = (
        np.array([m[end] for _, m in rows], float) for end in ("value", "low", "high")
    )
    axes.hlines(height, low, high, linewidth=2.5)
    axes.plot(value, height, "o", label="95 % interval")
    axes.axvline(1.0, color="0.6", linestyle=":", linewidth=1)
    axes.set_yticks(height, [name for name, _ in rows])
    if rows:
        ends = max(WIDEST[0], 0.8 * low.min()), min(WIDEST[1], 1.2 * high.max())
        axes.set(xscale="log", xlim=ends, ylim=(-0.6, len(rows) + 0.6))
        axes.set_xticks([tick for tick in RATIOS if ends[0] <= tick <= ends[1]])
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
    title = textwrap.fill(section["reason"], 44) if section["reason"] else None
    axes.legend(loc="upper right", fontsize=8, title=title, title_fontsize=8)
    return figure
