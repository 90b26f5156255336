"""Verification of the audit chain: find an edited, removed, reordered or cut-off entry."""

import hmac
import json
from dataclasses import dataclass, field

from sqlalchemy import Connection, RowMapping

from features.errors import InputError
from serving.storage.audit_chain import START, all_rows, body_digest, chain_mac
from serving.storage.audit_kinds import AuditKind


@dataclass(frozen=True)
class VerifiedChain:
    """A chain that verifies: its number of entries and the mac of the last one."""

    entries: int
    head: str


@dataclass
class _Walk:
    """State of a verification: last entry, its mac, entries without body, entries erased."""

    mac: str = START
    count: int = 0
    emptied: set[int] = field(default_factory=set)
    erased: set[int] = field(default_factory=set)


def verify(connection: Connection, key: bytes, head: str | None = None) -> VerifiedChain:
    """Check every entry from the first; raise InputError naming the first that does not follow.

    `head` is a mac noted earlier (`cd7watch serving audit head`). Without it, a chain whose last
    entries were cut off looks complete, because nothing in it says how long it should be.
    """
    walk, head_present = _Walk(), head in (None, START)
    for row in all_rows(connection):
        walk.count += 1
        walk.mac = _checked_mac(row, walk, key)
        _check_body(row, walk)
        head_present = head_present or walk.mac == head
    if unexplained := walk.emptied - walk.erased:
        raise InputError(_broken(min(unexplained), "its body was removed without an erasure"))
    if not head_present:
        raise InputError(
            f"The audit chain must contain the head {head}, and its {walk.count} entries do not; "
            "entries were cut off its end, or the head is of another database."
        )
    return VerifiedChain(walk.count, walk.mac)


def _checked_mac(row: RowMapping, walk: _Walk, key: bytes) -> str:
    if row["number"] != walk.count:
        raise InputError(_broken(walk.count, f"number {row['number']} stands in its place"))
    mac = chain_mac(key, walk.mac, row)
    if not hmac.compare_digest(mac, row["mac"]):
        raise InputError(_broken(walk.count, "it was edited, moved or follows a removed entry"))
    return mac


def _check_body(row: RowMapping, walk: _Walk) -> None:
    if row["body"] is None:
        walk.emptied.add(walk.count)
        return
    if body_digest(row["salt"] or "", row["body"]) != row["digest"]:
        raise InputError(_broken(walk.count, "its body was edited"))
    if row["kind"] == AuditKind.ERASURE:
        walk.erased.update(json.loads(row["body"])["entries"])


def _broken(number: int, fault: str) -> str:
    return (
        f"Every entry of the audit chain must follow from the one before; entry {number} does "
        f"not: {fault}; compare with a backup of the database."
    )
