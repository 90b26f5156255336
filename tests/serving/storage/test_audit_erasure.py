"""Erasure: what it empties, what it keeps, and that the chain still verifies."""

from sqlalchemy import Engine, select

from serving.storage import audit_chain
from serving.storage.audit_erasure import erase_before, erase_subjects
from serving.storage.audit_kinds import AuditKind
from serving.storage.database import writing
from serving.storage.tables import audit as table
from tests.serving.storage.ten_entries import KEY, verified


def test_erasure_empties_one_patient_and_keeps_the_chain(chain: Engine) -> None:
    """Bodies and salts of that patient are gone, the others' stay, and old heads still hold."""
    head = verified(chain).head
    with writing(chain) as connection:
        assert erase_subjects(connection, KEY, ["patient-1"], "admin") == 5
    with chain.connect() as connection, connection.begin():
        rows = connection.execute(select(table).order_by(table.c.number)).all()
    assert [row.body is None for row in rows[:10]] == [False, True] * 5
    assert all((row.salt is None) == (row.body is None) for row in rows)
    assert verified(chain, head).entries == 11


def test_age_empties_answers_and_keeps_who_imported_what(chain: Engine) -> None:
    """Retention spares entries without a patient's data."""
    with writing(chain) as connection:
        audit_chain.append(
            connection, KEY, [audit_chain.entry(AuditKind.IMPORT, "admin", {"version": "1"})]
        )
        assert erase_before(connection, KEY, 4e9, "admin") == 10
    with chain.connect() as connection, connection.begin():
        kinds = connection.scalars(select(table.c.kind).where(table.c.body.is_not(None))).all()
    assert sorted(kinds) == ["erasure", "import"]
    assert verified(chain).entries == 12
