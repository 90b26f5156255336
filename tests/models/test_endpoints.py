"""Endpoints: their codes are apart, and a primary horizon is always one of the horizons."""

import pytest

from models.endpoints import (
    CENSORED,
    ENDPOINTS,
    HORIZONS,
    OTHER_DEATH,
    PRIMARY_HORIZON,
    TRANSPLANT,
    default_primary_horizon,
)


def test_event_codes_are_apart() -> None:
    """No endpoint shares its code with another, with censoring or with a competing event."""
    codes = [endpoint.event_code for endpoint in ENDPOINTS.values()]
    assert len({*codes, CENSORED, OTHER_DEATH, TRANSPLANT}) == len(codes) + 3


@pytest.mark.parametrize(
    ("horizons", "primary"),
    [(HORIZONS, PRIMARY_HORIZON), ((30, 60, 90), 60), ((30, 90), 90), ((365,), 365)],
)
def test_default_primary_horizon(horizons: tuple[int, ...], primary: int) -> None:
    """180 days where a model has that horizon, else the middle one."""
    assert default_primary_horizon(horizons) == primary
