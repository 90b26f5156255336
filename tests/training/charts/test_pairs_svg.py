"""Before and after: lines thinned for the eye, medians of everybody."""

import numpy as np

from tests.training.drawn import having, parsed
from training.charts.pairs_svg import before_after


def test_pairs_are_thinned_for_the_eye_only() -> None:
    """At most sixty lines; the median line is of everybody."""
    rng = np.random.default_rng(0)
    before = rng.normal(size=200)
    root = parsed(before_after("x", before, before + 1, ("before", "after")))
    assert len(having(root, "one")) == 60
    left, right = (float(p.split(",")[1]) for p in having(root, "median")[0].get("points").split())
    assert right < left
