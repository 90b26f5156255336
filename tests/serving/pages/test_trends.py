"""Bands, splits and blood counts say what their numbers say."""

import numpy as np
import pytest

from serving.pages.trends import HEALTHY, TRENDS, blood_counts, split, trend_views, usual_range
from tests.serving.fitted import cohort, fitted_models, two_samples


def test_the_band_is_the_training_cohorts():
    """5 to 95 % of the patients the model was fitted to, recomputed from those patients."""
    found = usual_range("monocyte_fraction", fitted_models())
    values = cohort(1)["monocyte_fraction"].dropna().to_numpy()
    assert found.label == "cohort on day 28, 5 to 95 %"
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(values, [0.05, 0.95])))


def test_without_a_model_the_band_is_the_healthy_range():
    """The schema's range where there is one, and otherwise no band."""
    found = usual_range("monocyte_fraction", {})
    assert (found.low, found.high, found.label) == (0.05, 0.30, HEALTHY)
    assert usual_range("s100a8a9_leukocyte", {}) is None


def test_split_adds_up_to_the_t_cells():
    """CD7-positive and CD7-negative T cells together are the T cells."""
    for row in two_samples():
        assert sum(split(row)) == pytest.approx(row["t_fraction"], abs=1e-12)


def test_every_followed_feature_has_its_figure():
    """Three features and the split, each with caption and titled figure."""
    views = trend_views(two_samples(), fitted_models())
    assert len(views) == len(TRENDS) + 1
    assert all("<title>" in view["figure"] and view["label"] for view in views)
    assert "stroke-dasharray" not in views[-1]["figure"] and "point-lost" in views[-1]["figure"]


def test_the_caption_says_what_was_measured_by_protein():
    """All by protein, or on which days, since the two are not comparable."""
    first, second = two_samples()
    rows = [first | {"cd7_source": "rna"}, second | {"cd7_source": "protein"}]
    labels = [view["label"] for view in trend_views(rows, {})]
    day = second["day"]
    assert f"measured by protein on day {day} and from RNA otherwise" in labels[2]
    both = [row | {"cd7_source": "protein"} for row in rows]
    assert trend_views(both, {})[2]["label"].endswith(", measured by protein")
    assert "protein" not in labels[0] + labels[1]


def test_blood_counts_name_what_is_outside():
    """Only what was measured is listed; the latest value alone is called low or high."""
    rows = [
        row | {"plt": level, "anc": 2.0}
        for row, level in zip(two_samples(), (300.0, 20.0), strict=True)
    ]
    found = blood_counts(rows)
    assert found["days"] == [-5, 28] and found["outside"] == ["low Platelets"]
    assert [line["label"] for line in found["lines"]] == ["Absolute neutrophil count", "Platelets"]
    assert blood_counts(two_samples()) is None
