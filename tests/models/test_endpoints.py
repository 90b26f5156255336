"""Endpoints as data: their codes, what they contain, and their horizons."""

import pytest

from models.endpoints import (
    CENSORED,
    ENDPOINTS,
    EVENT_CODES,
    EXCLUSIVE_ENDPOINTS,
    HORIZONS,
    ONSET,
    PRIMARY_HORIZON,
    Endpoint,
    Onset,
    default_primary_horizon,
)


def test_event_codes_are_apart() -> None:
    """No event shares its code with another, with censoring or with an onset."""
    codes = [CENSORED, ONSET, *EVENT_CODES.values()]
    assert len(set(codes)) == len(EVENT_CODES) + 2


def test_endpoints_that_exclude_each_other_share_no_event() -> None:
    """Of relapse and fatal infection a patient has at most one."""
    assert EXCLUSIVE_ENDPOINTS == ("relapse", "fatal_infection")
    codes = [code for name in EXCLUSIVE_ENDPOINTS for code in ENDPOINTS[name].event_codes]
    assert len(codes) == len(set(codes))


def test_severe_infection_contains_fatal_infection() -> None:
    """Its codes are those of fatal infection and the onset of grade 3 or more."""
    severe, fatal = ENDPOINTS["severe_infection"], ENDPOINTS["fatal_infection"]
    assert set(severe.event_codes) == {*fatal.event_codes, ONSET}
    assert severe.onset == Onset(min_grade=3, group=None)


def test_a_made_up_endpoint_is_declared_without_code() -> None:
    """Death of any cause but relapse, or a viral infection: events and onset are all it takes."""
    death = Endpoint("nrm", "death", "deaths", ("fatal_infection", "other_death"))
    assert death.event_codes == (2, 3)
    viral = Endpoint("viral", "viral infection", "viral infections", (), onset=Onset(2, "viral"))
    assert viral.event_codes == (ONSET,)


def test_names_are_those_of_the_table() -> None:
    """Each endpoint is stored under its name and has words in singular and plural."""
    for name, endpoint in ENDPOINTS.items():
        assert endpoint.name == name
        assert endpoint.words and endpoint.plural and endpoint.words != endpoint.plural


@pytest.mark.parametrize(
    ("horizons", "primary"),
    [(HORIZONS, PRIMARY_HORIZON), ((30, 60, 90), 60), ((30, 90), 90), ((365,), 365)],
)
def test_default_primary_horizon(horizons: tuple[int, ...], primary: int) -> None:
    """180 days where a model has that horizon, else the middle one."""
    assert default_primary_horizon(horizons) == primary
