"""A sample and its audit entry are stored together or not at all."""

from pathlib import Path

from sqlalchemy import Engine, func, select

from features.table.row import empty_row
from serving.storage.audit_bodies import sample_body
from serving.storage.audit_chain import entry
from serving.storage.audit_kinds import AuditKind
from serving.storage.audit_log import AuditLog
from serving.storage.audited_sample import put_audited_sample
from serving.storage.store import Store
from serving.storage.tables import audit, samples


def test_sample_and_entry_come_together(engine: Engine, tmp_path: Path) -> None:
    """New, then replaced, each with its entry; an unknown patient gets neither."""
    audit_log = AuditLog(engine, tmp_path / "key")
    key = Store(engine).add_patient("MRN-1")
    row = empty_row() | {"sample_id": "a", "day": 28, "provenance": "real"}
    new_entry = entry(AuditKind.SAMPLE, "tests", sample_body(row), key)
    results = [put_audited_sample(audit_log, name, row, new_entry) for name in (key, key, "none")]
    assert results == [True, False, None]
    with engine.connect() as connection:
        counts = [
            connection.scalar(select(func.count()).select_from(table)) for table in (samples, audit)
        ]
    assert counts == [1, 2]
