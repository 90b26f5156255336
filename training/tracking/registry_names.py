"""How models are named: registered names, aliases and addresses. Imports no MLflow."""

from dataclasses import dataclass

from features.errors import InputError
from training.cohort.endpoint_declaration import NAME

PREFIX = "cd7watch-"
ALIASES: dict[str, str] = {
    "candidate": "the newest version",
    "champion": "passed the gate by out-of-fold evidence",
    "validated": "passed the gate on another cohort",
}


@dataclass(frozen=True)
class Address:
    """One version of one endpoint's model, named by alias (`relapse@champion`) or number."""

    endpoint: str
    reference: str

    @property
    def by_number(self) -> bool:
        """True for `relapse/3`."""
        return self.reference.isdigit()


def registered_name(endpoint: str) -> str:
    """Name in the registry.

    >>> registered_name("fatal_infection")
    'cd7watch-fatal-infection'
    """
    return PREFIX + endpoint.replace("_", "-")


def endpoint_of(name: str) -> str:
    """The endpoint of a registered name.

    >>> endpoint_of(registered_name("fatal_infection"))
    'fatal_infection'
    """
    return name.removeprefix(PREFIX).replace("-", "_")


def parse_address(text: str) -> Address:
    """Read ENDPOINT@ALIAS or ENDPOINT/VERSION; ENDPOINT alone means its candidate.

    >>> parse_address("relapse@champion")
    Address(endpoint='relapse', reference='champion')
    """
    endpoint, mark, alias = text.partition("@")
    if not mark:
        endpoint, mark, alias = text.partition("/")
        if mark and not alias.isdigit():
            raise InputError(f"A version is a whole number, as in relapse/3; got {alias!r}.")
    if not NAME.fullmatch(endpoint):
        raise InputError(
            f"An endpoint is a name such as relapse or fatal_infection; got {endpoint!r}."
        )
    if mark == "@" and alias not in ALIASES:
        raise InputError(f"An alias is {', '.join(ALIASES)}; got {alias!r}.")
    return Address(endpoint, alias or "candidate")
