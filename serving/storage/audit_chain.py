"""Audit chain: an append-only hash chain of entries (HMAC), which reveals any later change.

Entry n holds a salted digest of its body and mac_n = HMAC(key, mac_{n-1}, n, at, kind, actor,
subject, digest). The key lies outside the database, so a person who can write the database still
cannot make a chain that verifies (`serving.storage.audit_verification`). An erasure removes body
and salt and keeps digest and mac (`serving.storage.audit_erasure`).
"""

import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, RowMapping, insert, select

from serving.requests_responses.compact_json import compact
from serving.storage.audit_kinds import AuditKind
from serving.storage.tables import audit

# The mac before the first entry.
START = "0" * 64
PAGE = 1000
# Built once: SQLAlchemy takes as long to build a statement as to run it.
_HEAD = select(audit.c.number, audit.c.mac).order_by(audit.c.number.desc()).limit(1)
_INSERT = insert(audit)


@dataclass(frozen=True)
class Entry:
    """What happened (`kind`), who asked (`actor`), about which patient, and the body as JSON."""

    kind: AuditKind
    actor: str
    body: str
    subject: str | None = None


def entry(
    kind: AuditKind, actor: str, body: Mapping[str, object], subject: str | None = None
) -> Entry:
    """An entry with its body as JSON text, which is written before the write lock is taken.

    `body` comes from the function for this kind in `serving.storage.audit_bodies`. Raises
    ValueError for NaN or infinity, which JSON does not know.

    >>> entry(AuditKind.LIST, "ward-3", {"keys": ["k"]}).body
    '{"keys":["k"]}'
    """
    return Entry(kind, actor, compact(body).decode(), subject)


def read_key(path: Path) -> bytes:
    """The chain's 32-byte key; made on first use, readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        # The link fails when another process was faster; then the key of that process counts.
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_bytes()


def append(connection: Connection, key: bytes, entries: Sequence[Entry]) -> list[str]:
    """Add `entries` to the end of the chain and return their macs.

    `connection` must hold the write lock (`serving.storage.database.writing`), so that no other
    worker continues from the same last entry.
    """
    last = connection.execute(_HEAD).first()
    number, mac = (last.number, last.mac) if last else (0, START)
    rows = chain_rows(key, number, mac, entries)
    if rows:
        connection.execute(_INSERT, rows)
    return [str(row["mac"]) for row in rows]


def chain_rows(
    key: bytes, number: int, mac: str, entries: Sequence[Entry]
) -> list[dict[str, object]]:
    """Rows of the audit table that follow the entry `number`, whose mac is `mac`."""
    rows = []
    for following, new in enumerate(entries, number + 1):
        row = _row(following, new)
        mac = row["mac"] = chain_mac(key, mac, row)
        rows.append(row)
    return rows


def rows_of(connection: Connection, kinds: Sequence[AuditKind]) -> Iterator[RowMapping]:
    """Every entry of these kinds, oldest first."""
    return (row for row in all_rows(connection) if row["kind"] in kinds)


def all_rows(connection: Connection) -> Iterator[RowMapping]:
    """Every entry, oldest first, read page by page."""
    last = 0
    while True:
        page = connection.execute(
            select(audit).where(audit.c.number > last).order_by(audit.c.number).limit(PAGE)
        ).mappings()
        rows = list(page)
        if not rows:
            return
        yield from rows
        last = rows[-1]["number"]


def body_digest(salt: str, body: str) -> str:
    """SHA-256 of a body with its salt; without the salt nobody can match it by trying bodies."""
    return hashlib.sha256(f"{salt}{body}".encode()).hexdigest()


def chain_mac(key: bytes, previous: str, row: Mapping[str, object] | RowMapping) -> str:
    """HMAC-SHA256 of the previous entry's mac and of the columns that no erasure removes."""
    columns = ("number", "at", "kind", "actor", "subject", "digest")
    message = json.dumps([previous, *(row[name] for name in columns)])
    return hmac.digest(key, message.encode(), "sha256").hex()


def _row(number: int, new: Entry) -> dict[str, object]:
    salt = secrets.token_hex(16)
    return {
        "number": number,
        "at": time.time(),
        "kind": new.kind.value,
        "actor": new.actor,
        "subject": new.subject,
        "salt": salt,
        "body": new.body,
        "digest": body_digest(salt, new.body),
    }
