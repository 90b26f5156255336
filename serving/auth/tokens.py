"""Access tokens: 256 random bits, shown once, stored as SHA-256 with a name and roles."""

import hashlib
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, delete, insert, select

from features.errors import InputError
from serving.storage.database import writing
from serving.storage.tables import tokens

CLINICIAN: Final = "clinician"  # pages, adding samples, acknowledging
SERVICE: Final = "service"  # /v1, /cds-services, /fhir
ADMIN: Final = "admin"  # tokens, import, erase, export, /metrics
ROLES: Final = (CLINICIAN, SERVICE, ADMIN)
# The token in the address that `serving start` prints; each start makes a new one.
START: Final = "start"


@dataclass(frozen=True)
class Caller:
    """Who asks: the token's name and its roles."""

    name: str
    roles: frozenset[str]


def digest(token: str) -> str:
    """The SHA-256 of a token, which is stored; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def add(engine: Engine, name: str, roles: Sequence[str], *, renew: bool = False) -> str:
    """Make a token and return it; it cannot be read again.

    Raises InputError for an unknown role, none, or a name that is taken (unless `renew`).
    """
    _check_roles(roles)
    token = secrets.token_urlsafe(32)
    row = {
        "name": name,
        "sha256": digest(token),
        "roles": " ".join(sorted(set(roles))),
        "created_at": time.time(),
    }
    with writing(engine) as connection:
        if renew:
            connection.execute(delete(tokens).where(tokens.c.name == name))
        elif connection.scalar(select(tokens.c.name).where(tokens.c.name == name)):
            raise InputError(
                f"Each token has its own name, and {name} is taken; choose another, or revoke it."
            )
        connection.execute(insert(tokens).values(row))
    return token


def _check_roles(roles: Sequence[str]) -> None:
    unknown_roles = [role for role in roles if role not in ROLES]
    if unknown_roles or not roles:
        raise InputError(
            f"A token's roles are among {', '.join(ROLES)}, and "
            f"{' and '.join(unknown_roles) or 'none'} came; give at least one of them."
        )


def revoke(engine: Engine, name: str) -> None:
    """Delete a token; running workers follow within 2 s. Raises InputError if unknown."""
    with writing(engine) as connection:
        if not connection.execute(delete(tokens).where(tokens.c.name == name)).rowcount:
            raise InputError(
                f"Only an existing token can be revoked, and none is named {name}; "
                "`cd7watch serving token list` names them."
            )


def list_tokens(engine: Engine) -> list[tuple[str, str, float]]:
    """Name, roles and creation time of every token; the tokens themselves are not stored."""
    query = select(tokens.c.name, tokens.c.roles, tokens.c.created_at).order_by(tokens.c.name)
    with engine.connect() as connection, connection.begin():
        return [(row.name, row.roles, row.created_at) for row in connection.execute(query)]


def callers(engine: Engine) -> Mapping[str, Caller]:
    """Every token's caller by the token's SHA-256."""
    query = select(tokens.c.sha256, tokens.c.name, tokens.c.roles)
    with engine.connect() as connection, connection.begin():
        return {
            row.sha256: Caller(row.name, frozenset(row.roles.split()))
            for row in connection.execute(query)
        }
