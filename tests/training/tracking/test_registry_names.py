"""Addresses of registered models."""

import pytest

from features.errors import InputError
from training.tracking.registry_names import Address, endpoint_of, parse_address, registered_name


def test_addresses() -> None:
    """An endpoint alone means its candidate; a number is a version."""
    assert parse_address("relapse") == Address("relapse", "candidate")
    assert parse_address("fatal_infection@validated").reference == "validated"
    assert parse_address("relapse/12").by_number
    assert not parse_address("relapse@champion").by_number


def test_registered_names_lead_back() -> None:
    """Names of declared endpoints too."""
    for endpoint in ("relapse", "fatal_infection", "loss_of_b_cell_aplasia"):
        assert endpoint_of(registered_name(endpoint)) == endpoint


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Relapse@champion", "An endpoint is a name such as relapse or fatal_infection"),
        ("relapse@best", "An alias is candidate, champion, validated; got 'best'"),
        ("relapse/x", "A version is a whole number"),
    ],
)
def test_wrong_names(text: str, sentence: str) -> None:
    """A wrong endpoint, alias or number is one sentence."""
    with pytest.raises(InputError, match=sentence):
        parse_address(text)
