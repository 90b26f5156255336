"""`cd7watch serving export DIR`: the service's answers, pseudonymised, for `training monitor`."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, RowMapping

from features.atomic_write import replacing
from features.errors import InputError, exits_with_sentence
from features.notices import RESEARCH_USE_ONLY
from serving.storage.audit_chain import rows_of
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_log import open_audit_log

ANSWERS = (AuditKind.PREDICT, AuditKind.EXPLAIN, AuditKind.SUMMARISE)
OVERRIDES = (AuditKind.OVERRIDE, AuditKind.ACKNOWLEDGED, AuditKind.CDS_FEEDBACK)
# Names and free text are not exported.
PRIVATE = ("sample_id", "patient_id", "comment", "userComment")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@exits_with_sentence
def export(folder: Path) -> None:
    """Write served features, risks and overrides to FOLDER as JSON lines.

    Patients appear under pseudonyms that differ from every key and identifier of this service;
    they stay the same from one export to the next.
    """
    if folder.exists():
        raise InputError(
            f"An export makes a new folder, and {folder} exists; name another or remove it."
        )
    audit_log = open_audit_log()
    with audit_log.engine.connect() as connection, connection.begin(), replacing(folder) as draft:
        draft.mkdir()
        counts = write(draft, audit_log.key, connection)
    click.echo(f"Exported: {counts['served']} answers, {counts['overrides']} overrides.")


def write(folder: Path, key: bytes, connection: Connection) -> dict[str, int]:
    """served.jsonl, overrides.jsonl and export.json; returns how many lines of the first two."""
    counts = {}
    for name, kinds in (("served", ANSWERS), ("overrides", OVERRIDES)):
        lines = [json.dumps(line) for line in _lines(rows_of(connection, kinds), key)]
        (folder / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines))
        counts[name] = len(lines)
    summary = {"research_use_only": RESEARCH_USE_ONLY, "format_version": "1", **counts}
    (folder / "export.json").write_text(json.dumps(summary, indent=2) + "\n")
    return counts


def _lines(rows: Iterator[RowMapping], key: bytes) -> Iterator[dict[str, object]]:
    for row in rows:
        if row["body"] is None:
            continue
        body = without_private(json.loads(row["body"]))
        patient = row["subject"] and _pseudonym(key, row["subject"])
        yield {"kind": row["kind"], "at": row["at"], "patient": patient, **body}


def without_private(value: Any) -> Any:
    """A JSON value without the names in PRIVATE, at any depth.

    >>> without_private({"samples": [{"sample_id": "Jane's", "day": 28}], "comment": "Jane"})
    {'samples': [{'day': 28}]}
    """
    if isinstance(value, list):
        return [without_private(part) for part in value]
    if isinstance(value, dict):
        return {name: without_private(part) for name, part in value.items() if name not in PRIVATE}
    return value


def _pseudonym(key: bytes, subject: str) -> str:
    return hmac.new(key, b"export:" + subject.encode(), hashlib.sha256).hexdigest()[:24]
