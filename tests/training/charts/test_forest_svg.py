"""The forest plot: a mark for every estimate, none without, markup escaped."""

import math

from tests.training.svg_parts import having, parsed
from training.charts.forest_svg import MAX_LETTERS, ForestRow, forest

ESTIMATE = ForestRow("1. In remission", "holds here", "holds", 0.95, 0.84, 0.99, 1)
NO_ESTIMATE = ForestRow("4. <Monocytes>" + "x" * 50, "not here", "open", *(math.nan,) * 3, -1)


def test_a_row_a_claim_and_a_mark_an_estimate() -> None:
    """Two rows with names and verdicts; one dot with its interval; the long name is cut."""
    root = parsed(forest([ESTIMATE, NO_ESTIMATE]))
    (dot,) = [n for n in root.iter() if n.tag == "circle"]
    (bar,) = having(root, "bar")
    assert float(bar.get("x1")) < float(dot.get("cx")) < float(bar.get("x2"))
    words = [n.text for n in having(root, "text")]
    assert words[:2] == ["1. In remission", "holds here"]
    assert words[2].startswith("4. <Monocytes>x") and len(words[2]) == MAX_LETTERS
    assert words[3] == "not here"


def test_the_arrow_points_to_the_expected_side() -> None:
    """Right of the axis for effects expected above one half, left for those below."""
    down = ForestRow("a", "b", "open", 0.5, 0.4, 0.6, -1)
    rightward, leftward = having(parsed(forest([ESTIMATE, down])), "toward")
    assert (rightward.text, leftward.text) == ("▶", "◀")
    assert float(leftward.get("x")) < float(rightward.get("x"))
