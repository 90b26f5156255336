"""The primary horizon is that of 180 days where there is one."""

import pytest

from serving.assessment.primary_horizon import primary_horizon


@pytest.mark.parametrize(
    ("days", "primary"), [((90, 180, 365), 180), ((30, 60, 90), 60), ((180,), 180), ((), None)]
)
def test_primary_horizon(days, primary):
    """180 days, else the middle one; none without a number."""
    horizon = primary_horizon({"horizons": [{"horizon": day} for day in days]})
    assert (horizon and horizon["horizon"]) == primary
