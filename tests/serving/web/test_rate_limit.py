"""Token buckets."""

import pytest

from serving.web.rate_limit import Buckets, Rate


def test_a_bucket_refills_with_time() -> None:
    """A burst of three, then one every half second."""
    now = [100.0]
    buckets = Buckets(Rate(per_second=2.0, burst=3.0), clock=lambda: now[0])
    assert [buckets.take("a") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert buckets.take("a") == pytest.approx(0.5)
    assert buckets.take("b") == 0.0, "each name has its own bucket"
    now[0] += 0.5
    assert buckets.take("a") == 0.0 and buckets.empty("a")


def test_many_names_are_forgotten_from_the_oldest() -> None:
    """Inventing names cannot fill the memory."""
    buckets = Buckets(Rate(1.0, 1.0))
    for i in range(10_100):
        buckets.take(str(i))
    assert len(buckets._levels) == 10_000 and "10099" in buckets._levels
