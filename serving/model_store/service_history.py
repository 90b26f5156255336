"""History of the versions in service: what is in service now, and what a rollback restores.

Each row of the table in_service puts a version in service, or takes an endpoint out (version "").
Rows of one import or rollback have the same change number.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from serving.storage.audit_kinds import AuditKind
from serving.storage.tables import in_service

NONE = ""
"""Version of an endpoint that was taken out of service."""


class Entry(NamedTuple):
    """A version of an endpoint, and the change that put it in service."""

    change: int
    version: str


def latest_change(connection: Connection) -> int:
    """The number of the latest row; 0 before the first import."""
    return connection.scalar(select(func.max(in_service.c.number))) or 0


def latest_versions(connection: Connection) -> dict[str, str]:
    """The version of each endpoint that was ever in service, `NONE` where it was taken out."""
    newest = select(func.max(in_service.c.number)).group_by(in_service.c.endpoint)
    query = select(in_service.c.endpoint, in_service.c.version).where(
        in_service.c.number.in_(newest)
    )
    return {row.endpoint: row.version for row in connection.execute(query)}


def versions(connection: Connection) -> dict[str, str]:
    """The version in service of each endpoint that has one."""
    return {name: v for name, v in latest_versions(connection).items() if v != NONE}


def ever_in_service(connection: Connection) -> list[tuple[str, str]]:
    """Every endpoint and version that was ever put in service."""
    query = select(in_service.c.endpoint, in_service.c.version).distinct()
    return [(r.endpoint, r.version) for r in connection.execute(query) if r.version != NONE]


def previous_set(connection: Connection, endpoint: str) -> dict[str, str]:
    """Versions before the endpoint's latest import, of all endpoints that it put in service.

    `NONE` for one that had no version before; empty when none had.
    """
    stacks = _stacks(connection)
    stack = stacks.get(endpoint)
    if not stack:
        return {}
    change = stack[-1].change
    before = {
        name: entries[-2].version if len(entries) > 1 else NONE
        for name, entries in stacks.items()
        if entries and entries[-1].change == change
    }
    return before if any(version != NONE for version in before.values()) else {}


def _stacks(connection: Connection) -> dict[str, list[Entry]]:
    """By endpoint the entries that hold, oldest first; a rollback removes the latest."""
    rows = connection.execute(select(in_service).order_by(in_service.c.number))
    stacks: dict[str, list[Entry]] = {}
    for row in rows:
        stack = stacks.setdefault(row.endpoint, [])
        if row.action == AuditKind.ROLLBACK:
            stack.pop()
        elif _current(stack) != row.version:
            stack.append(Entry(row.number if row.change is None else row.change, row.version))
    return stacks


def _current(stack: Sequence[Entry]) -> str:
    return stack[-1].version if stack else NONE
