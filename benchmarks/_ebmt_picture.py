"""Cumulative incidence after transplantation, drawn as registries publish it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from features.arrays import Floats, Ints
from features.notices import RESEARCH_USE_ONLY
from training.statistics.survival.incidence import cumulative_incidence

LAST = 120.0  # months shown
THIRDS = ("lowest third of risk", "middle third", "highest third")


def draw(
    months: Floats,
    code: Ints,
    names: Mapping[int, str],
    reference: Mapping[int, "pd.Series[float]"],
    risk: Floats,
    cause: int,
) -> Figure:
    """Left: every cause with its 95 % band, dotted the reference's curve. Right: one cause by risk.

    `reference` holds another program's curves by cause, indexed by month; `risk` (n,) are
    out-of-fold risks of `cause`.
    """
    figure = Figure(figsize=(11, 4.6), layout="constrained", dpi=120)
    by_cause, by_risk = figure.subplots(1, 2)
    for number, name in names.items():
        _step(by_cause, months, code, number, name)
        other_curve = reference[number].loc[:LAST]
        by_cause.plot(other_curve.index, other_curve, ":", color="black", linewidth=1)
    by_cause.plot([], [], ":", color="black", linewidth=1, label="lifelines")
    by_cause.set(title=f"Cause of death after transplantation ({len(months):,} patients)")
    for third, label in zip(np.array_split(np.argsort(risk), 3), THIRDS, strict=True):
        _step(by_risk, months[third], code[third], cause, label)
    by_risk.set(title=f"{names[cause].capitalize()} by out-of-fold risk")
    for axes in (by_cause, by_risk):
        axes.set(xlabel="months since transplantation", ylabel="cumulative incidence",
                 xlim=(0, LAST), ylim=(0, 1.15 * axes.get_ylim()[1]))  # fmt: skip
        axes.legend(loc="upper left", fontsize=8)
    figure.supxlabel(f"EBMT registry; Aalen-Johansen, 95 % bands. {RESEARCH_USE_ONLY}", fontsize=7)
    return figure


def _step(axes: Axes, months: Floats, code: Ints, cause: int, label: str) -> None:
    curve = cumulative_incidence(months, code, cause)
    inside = curve.time <= LAST
    time, at = curve.time[inside], curve.probability[inside]
    error = 1.96 * np.sqrt(curve.variance[inside])
    (line,) = axes.step(time, at, where="post", label=label)
    axes.fill_between(
        time, np.maximum(at - error, 0), at + error, step="post", alpha=0.18,
        color=line.get_color(),
    )  # fmt: skip
