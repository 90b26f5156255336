"""Pictures of reconstitution: well-formed, honest about outliers, nothing loaded."""

import xml.etree.ElementTree as ET

import numpy as np

from training.charts.course_svg import MAX_LINES, draw
from training.statistics.reconstitution import bands, course


def _cohort(n: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    return [course(f"P{i}", [-5, 7, 28], rng.uniform(0, 1, 3), 0.2) for i in range(n)]


def test_well_formed_with_all_its_parts() -> None:
    """The picture parses; it has a line a patient, a median, a band and the healthy strip."""
    courses = _cohort(10)
    root = ET.fromstring(draw(courses, bands(courses), "A < B", (0.2, 0.5)))
    classes = [node.get("class") for node in root.iter()]
    assert classes.count("one") == 10
    assert (classes.count("median"), classes.count("band"), classes.count("healthy")) == (1, 1, 1)
    assert "A < B" in root.get("aria-label")
    assert not [node for node in root.iter() if "href" in node.attrib]


def test_at_most_sixty_patients_are_drawn() -> None:
    """At most MAX_LINES lines are drawn; the median is that of all patients."""
    courses = _cohort(150)
    root = ET.fromstring(draw(courses, bands(courses), "x", None))
    classes = [node.get("class") for node in root.iter()]
    assert classes.count("one") == MAX_LINES
    assert bands(courses)[0].n_patients == 150


def test_everything_lies_in_the_frame() -> None:
    """One wild value is drawn at the edge; no point leaves the picture."""
    courses = [*_cohort(60), course("wild", [-5, 28], [0.5, 900.0], 0.2)]
    root = ET.fromstring(draw(courses, bands(courses), "x", (0.2, 2000.0)))
    for node in root.iter():
        for pair in (node.get("points") or "").split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= 420
            assert 0 <= y <= 220


def test_a_single_value_is_drawn() -> None:
    """One patient with one value: no division by zero, one dot."""
    courses = [course("P", [28], [0.0], None)]
    root = ET.fromstring(draw(courses, bands(courses), "x", None))
    assert [node.get("class") for node in root.iter()].count("dot") == 1
