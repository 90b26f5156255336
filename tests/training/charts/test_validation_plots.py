"""What the pictures of a validation draw, read back from their lines."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from training.charts import validation_plots as plots


def line(figure: Figure, label: str):
    """The line of this label in the first axes."""
    return next(one for one in figure.axes[0].get_lines() if label in str(one.get_label()))


def legend_title(figure: Figure) -> str:
    """The text above the legend, on one line."""
    return figure.axes[0].get_legend().get_title().get_text().replace("\n", " ")


POINTS = [{"risk": r, "observed": r + 0.05, "low": r - 0.05, "high": r + 0.2} for r in (0.1, 0.3)]


@pytest.mark.parametrize("uncertain", [True, False])
def test_smooth_calibration_has_curve_band_and_mark(uncertain: bool) -> None:
    """The points unchanged, a band around them, dashed and marked under 100 events."""
    section = {"uncertain": uncertain, "reason": None, "terms": "line", "points": POINTS}
    figure = plots.smooth_calibration(section, "real")
    curve = line(figure, "observed")
    np.testing.assert_allclose(curve.get_xydata(), [[0.1, 0.15], [0.3, 0.35]])
    assert (curve.get_linestyle() == "--") == uncertain
    assert ("uncertain" in legend_title(figure)) == uncertain
    (band,) = figure.axes[0].collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.min() == pytest.approx(0.05) and heights.max() == pytest.approx(0.5)


def test_a_curve_that_is_not_drawn_says_why() -> None:
    """Under 5 events there is the reason and the diagonal."""
    section = {"uncertain": True, "reason": "3 events", "terms": "line", "points": []}
    figure = plots.smooth_calibration(section, "real")
    assert "3 events" in legend_title(figure) and not figure.axes[0].collections


def test_net_benefit_has_an_interval_a_threshold() -> None:
    """Model and treat-all beside each other; an undefined one is left out."""
    good = {"value": 0.1, "low": 0.0, "high": 0.2}
    none = {"value": None, "low": None, "high": None}
    rows = [{"threshold": 0.1, "model": good, "treat_all": good, "gain": good},
            {"threshold": 0.2, "model": good, "treat_all": none, "gain": none}]  # fmt: skip
    figure = plots.net_benefit(rows, "synthetic")
    assert line(figure, "model").get_ydata().tolist() == [0.1, 0.1]
    assert line(figure, "treat all").get_ydata().tolist() == [0.1]
    bars = figure.axes[0].collections[0].get_segments()
    assert [bar[:, 1].tolist() for bar in bars] == [[0.0, 0.2], [0.0, 0.2]]


def sites_of(reason: str | None) -> dict[str, object]:
    """Two sites with O/E, one without, and a mean unless there is a reason."""
    ratio = {"value": 1.2, "low": 0.8, "high": 1.8}
    rows = [{"site": name, "observed_over_expected": r}
            for name, r in (("a", ratio), ("b", ratio), ("c", None))]  # fmt: skip
    mean = {"mean": ratio, "prediction_low": 0.5, "prediction_high": 2.5}
    return {"sites": rows, "reason": reason, "observed_over_expected": None if reason else mean}


def test_the_forest_has_its_sites_mean_and_prediction() -> None:
    """A dot a site with a figure, the mean below, the prediction interval through it."""
    figure = plots.site_forest(sites_of(None), "real")
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == ["a", "b", "mean of sites"]
    prediction = figure.axes[0].collections[0].get_segments()[0]
    assert prediction.tolist() == [[0.5, 0.0], [2.5, 0.0]]
    few = plots.site_forest(sites_of("no summary: 2 sites"), "real")
    assert [text.get_text() for text in few.axes[0].get_yticklabels()] == ["a", "b"]
    assert "no summary: 2 sites" in legend_title(few)


def test_no_site_at_all_is_an_empty_picture_with_the_reason() -> None:
    """One site: no axis of ratios to draw on."""
    section = {"sites": [], "reason": "one site", "observed_over_expected": None}
    assert "one site" in legend_title(plots.site_forest(section, "real"))
