"""Tokens in the database."""

import pytest
from sqlalchemy import Engine, select

from features.errors import InputError
from serving.auth import tokens
from serving.storage.tables import tokens as table


def test_only_a_tokens_digest_is_stored(engine: Engine) -> None:
    """The database holds no token, and the digest finds name and roles."""
    token = tokens.add(engine, "ward", ["service", "clinician"])
    with engine.connect() as connection, connection.begin():
        assert token not in str(connection.execute(select(table)).all())
    caller = tokens.callers(engine)[tokens.digest(token)]
    assert caller == tokens.Caller("ward", frozenset({"service", "clinician"}))


def test_tokens_have_256_bits_and_differ(engine: Engine) -> None:
    """43 characters of base64 carry 256 bits."""
    made = [tokens.add(engine, f"t{i}", ["admin"]) for i in range(5)]
    assert len(set(made)) == 5 and all(len(token) == 43 for token in made)


def test_a_revoked_token_opens_nothing(engine: Engine) -> None:
    """Revoking removes it; revoking again says that there is none."""
    tokens.add(engine, "ward", ["service"])
    tokens.revoke(engine, "ward")
    assert tokens.callers(engine) == {} and tokens.list_tokens(engine) == []
    with pytest.raises(InputError, match="none is named ward"):
        tokens.revoke(engine, "ward")


@pytest.mark.parametrize("roles", [[], ["doctor"], ["admin", "root"]])
def test_roles_are_those_we_know(engine: Engine, roles: list[str]) -> None:
    """No role, or an unknown one, is refused with the list of roles."""
    with pytest.raises(InputError, match="clinician, service, admin"):
        tokens.add(engine, "ward", roles)


def test_names_are_unique_unless_renewed(engine: Engine) -> None:
    """A taken name is refused; renewing replaces the token, so that the old one is useless."""
    old = tokens.add(engine, "start", ["admin"])
    with pytest.raises(InputError, match="start is taken"):
        tokens.add(engine, "start", ["admin"])
    new = tokens.add(engine, "start", ["admin"], renew=True)
    assert list(tokens.callers(engine)) == [tokens.digest(new)] != [tokens.digest(old)]
