"""The plotting area: positions of values, round ticks, labels escaped."""

import itertools
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.charts.svg_frame import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Frame, picture, ticks


@given(low=st.floats(-1e4, 1e4), width=st.floats(1e-3, 1e4))
def test_ticks_are_few_round_and_inside(low: float, width: float) -> None:
    """At most six ticks, evenly apart, none outside the range."""
    values = ticks(low, low + width)
    assert 1 <= len(values) <= 6
    assert all(low - 1e-6 * width <= v <= low + width * (1 + 1e-6) for v in values)
    if len(values) > 2:
        steps = [b - a for a, b in itertools.pairwise(values)]
        assert steps == pytest.approx([steps[0]] * len(steps))


def test_corners_are_the_plotting_area() -> None:
    """The range's ends lie on the area's edges; above the range, values lie on the upper edge."""
    frame = Frame((0, 10), (0.0, 2.0))
    assert (frame.x(0), frame.x(10)) == (LEFT, WIDTH - RIGHT)
    assert (frame.y(0.0), frame.y(2.0), frame.y(9.0)) == (HEIGHT - BOTTOM, TOP, TOP)


def test_labels_are_escaped() -> None:
    """Labels with markup stay text."""
    frame = Frame((0, 1), (0, 1))
    root = ET.fromstring(picture('a < "b"', frame.category_axes([(0.5, "<i>")], "x & y")))
    assert root.get("aria-label") == 'a < "b"'
    assert {"<i>", "x & y"} <= set(root.itertext())


def test_an_empty_range_is_widened() -> None:
    """One day and one value do not divide by zero."""
    frame = Frame((5, 5), (1.0, 1.0))
    assert LEFT < frame.x(5) < WIDTH - RIGHT
    assert TOP < frame.y(1.0) < HEIGHT - BOTTOM
