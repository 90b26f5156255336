"""An append-only record of every answer, in which a later change shows.

Entry n holds a salted digest of its body and mac_n = HMAC(key, mac_{n-1}, n, at, kind, actor,
subject, digest). The key lies outside the database, so whoever can write the database still
cannot make a chain that verifies. Erasing a patient removes body and salt (the digest of an
unknown salt tells nothing) and keeps digest and mac, so the chain still verifies; the erasure is
itself an entry that names the entries it emptied, so that an unexplained empty body is found.
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

from sqlalchemy import Connection, RowMapping, insert, select, update

from features.errors import InputError
from serving.requests_responses.compact_json import compact
from serving.storage.tables import audit

START = "0" * 64
ERASURE = "erasure"
# What holds no patient's data, and is not emptied by age.
KEPT = (ERASURE, "import", "rollback", "token added", "token revoked")
PAGE = 1000
# Built once: SQLAlchemy takes as long to build a statement as to run it.
_HEAD = select(audit.c.number, audit.c.mac).order_by(audit.c.number.desc()).limit(1)
_INSERT = insert(audit)


@dataclass(frozen=True)
class Entry:
    """What happened (`kind`), who asked (`actor`), what was said, and about which patient."""

    kind: str
    actor: str
    body: str
    subject: str | None = None


def entry(kind: str, actor: str, body: Mapping[str, object], subject: str | None = None) -> Entry:
    """An entry with its body as JSON text, written before the write lock is taken.

    Raises ValueError for NaN or infinity, which JSON does not know.

    >>> entry("predict", "ward-3", {"day": 28}).body
    '{"day":28}'
    """
    return Entry(kind, actor, compact(body).decode(), subject)


@dataclass(frozen=True)
class Verified:
    """A chain that holds: its number of entries and the mac of the last one."""

    entries: int
    head: str


def read_key(path: Path) -> bytes:
    """The chain's 32-byte key; made on first use, readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        # A link fails when another process was faster, whose key then holds.
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_bytes()


def append(connection: Connection, key: bytes, entries: Sequence[Entry]) -> list[str]:
    """Chain `entries` onto the record and return their macs.

    `connection` must hold the write lock (`serving.storage.database.writing`), so that no other
    worker takes the same head.
    """
    last = connection.execute(_HEAD).first()
    number, mac = (last.number, last.mac) if last else (0, START)
    rows = chained(key, number, mac, entries)
    if rows:
        connection.execute(_INSERT, rows)
    return [str(row["mac"]) for row in rows]


def chained(key: bytes, number: int, mac: str, entries: Sequence[Entry]) -> list[dict[str, object]]:
    """Rows of the record's table that follow from the entry `number` with `mac`."""
    rows = []
    for place, new in enumerate(entries, number + 1):
        row = _row(place, new)
        mac = row["mac"] = _mac(key, mac, row)
        rows.append(row)
    return rows


def erase(connection: Connection, key: bytes, subjects: Sequence[str], actor: str) -> int:
    """Empty every entry about `subjects` and record which; returns how many were emptied."""
    about = audit.c.subject.in_(subjects) & audit.c.body.is_not(None)
    numbers = list(connection.scalars(select(audit.c.number).where(about)))
    return erase_entries(connection, key, numbers, actor)


def erase_entries(connection: Connection, key: bytes, numbers: Sequence[int], actor: str) -> int:
    """Empty the entries of these numbers and record which; an erasure itself is never emptied."""
    if numbers:
        chosen = audit.c.number.in_(numbers) & (audit.c.kind != ERASURE)
        connection.execute(update(audit).where(chosen).values(body=None, salt=None))
    append(connection, key, [entry(ERASURE, actor, {"entries": list(numbers)})])
    return len(numbers)


def erase_before(connection: Connection, key: bytes, before: float, actor: str) -> int:
    """Empty what was said of patients before a time (seconds since 1970), whomever it is about."""
    old = (audit.c.at < before) & audit.c.body.is_not(None) & audit.c.kind.not_in(KEPT)
    numbers = list(connection.scalars(select(audit.c.number).where(old)))
    return erase_entries(connection, key, numbers, actor)


def rows_of(connection: Connection, kinds: Sequence[str]) -> Iterator[RowMapping]:
    """Every entry of these kinds, oldest first."""
    return (row for row in _all(connection) if row["kind"] in kinds)


def verify(connection: Connection, key: bytes, head: str | None = None) -> Verified:
    """Walk the chain from its start; raise InputError naming the first entry that does not fit.

    `head` is a mac noted earlier (`python -m serving audit head`). Without it a chain whose last
    entries were cut off looks whole, since nothing in it says how long it should be.
    """
    mac, count, emptied, erased, seen = START, 0, set[int](), set[int](), head in (None, START)
    for row in _all(connection):
        count += 1
        if row["number"] != count:
            raise InputError(_broken(count, f"number {row['number']} stands in its place"))
        mac = _mac(key, mac, row)
        if not hmac.compare_digest(mac, row["mac"]):
            raise InputError(_broken(count, "it was edited, moved or follows a removed entry"))
        if row["body"] is None:
            emptied.add(count)
        elif _digest(row["salt"] or "", row["body"]) != row["digest"]:
            raise InputError(_broken(count, "its body was edited"))
        if row["kind"] == ERASURE and row["body"] is not None:
            erased.update(json.loads(row["body"])["entries"])
        seen = seen or mac == head
    if unexplained := emptied - erased:
        raise InputError(_broken(min(unexplained), "its body was removed without an erasure"))
    if not seen:
        raise InputError(
            f"The audit chain must contain the head {head}, and its {count} entries do not; "
            "entries were cut off its end, or the head is of another database."
        )
    return Verified(count, mac)


def _all(connection: Connection) -> Iterator[RowMapping]:
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


def _row(number: int, new: Entry) -> dict[str, object]:
    salt = secrets.token_hex(16)
    return {
        "number": number,
        "at": time.time(),
        "kind": new.kind,
        "actor": new.actor,
        "subject": new.subject,
        "salt": salt,
        "body": new.body,
        "digest": _digest(salt, new.body),
    }


def _digest(salt: str, body: str) -> str:
    return hashlib.sha256(f"{salt}{body}".encode()).hexdigest()


def _mac(key: bytes, previous: str, row: Mapping[str, object] | RowMapping) -> str:
    columns = ("number", "at", "kind", "actor", "subject", "digest")
    message = json.dumps([previous, *(row[name] for name in columns)])
    return hmac.digest(key, message.encode(), "sha256").hex()


def _broken(number: int, why: str) -> str:
    return (
        f"Every entry of the audit chain must follow from the one before; entry {number} does "
        f"not: {why}; compare with a backup of the database."
    )
