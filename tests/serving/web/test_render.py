"""Notices share one line, and a change says its direction."""

import pytest

from features.notices import SYNTHETIC
from serving.assessment.sentences import synthetic_notices
from serving.web.render import ENVIRONMENT, banner, points, prepare


@pytest.mark.parametrize(("sample", "model"), [(True, True), (True, False), (False, True)])
def test_notices_are_one_line_that_loses_nothing(sample, model):
    """The line holds every notice's text, and 'Synthetic' only once."""
    said = synthetic_notices(sample=sample, model=model)
    line = banner(said)
    assert line.count("Synthetic") == 1 and line.endswith(".")
    for notice in said:
        assert notice.removeprefix("Synthetic: ").rstrip(".") in line
    assert (SYNTHETIC.rstrip(".") in line) is sample


def test_no_notice_is_no_line():
    """A real patient under a real model has none."""
    assert banner([]) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [(0.0, "unchanged"), (0.004, "unchanged"), (0.01, "↑ 1 point"), (-0.26, "↓ 26 points")],
)
def test_points(change, said):
    """Whole points with an arrow; less than half a point is none."""
    assert points(change) == said


def test_templates_are_compiled_before_the_first_request():
    """After `prepare` every page's template is at hand."""
    ENVIRONMENT.cache.clear()
    prepare()
    held = {name for _, name in ENVIRONMENT.cache.keys()}  # noqa: SIM118  # not a dict
    assert held >= {"ward.html", "patient.html", "cohort.html", "model.html", "sample.html"}
