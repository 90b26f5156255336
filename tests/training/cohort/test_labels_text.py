"""Measures as people read them."""

from training.cohort.labels_text import interval


def test_intervals() -> None:
    """Undefined values and intervals are called undefined, never printed as numbers."""
    assert interval({"value": 0.25, "low": 0.2, "high": 0.3}, 1) == "0.2 (0.2 to 0.3)"
    assert interval({"value": 0.25, "low": None, "high": 0.3}) == "0.25 (interval undefined)"
    assert interval({"value": None, "low": None, "high": None}) == "undefined"
