"""What is in service, and what a rollback restores, from the rows of imports and rollbacks."""

from sqlalchemy import insert

from serving.model_store.service_history import (
    ever_in_service,
    latest_change,
    latest_versions,
    previous_set,
    versions,
)
from serving.storage.audit_log import AuditLog
from serving.storage.tables import in_service


def record(audit_log: AuditLog, change: int | None, action: str, **version: str) -> None:
    """Rows of one import or rollback, as the service writes them."""
    rows = [
        {"endpoint": e, "version": v, "action": action, "actor": "x", "at": 0.0, "change": change}
        for e, v in version.items()
    ]
    with audit_log.engine.begin() as connection:
        connection.execute(insert(in_service), rows)


def test_a_set_goes_back_together(audit_log: AuditLog) -> None:
    """What was imported together goes back together, and what was new in it goes out."""
    record(audit_log, 1, "import", relapse="1", fatal="1")
    record(audit_log, 3, "import", relapse="2", fatal="2", severe="1")
    record(audit_log, 6, "import", early="1")
    with audit_log.engine.connect() as connection, connection.begin():
        for endpoint in ("relapse", "fatal", "severe"):
            before = previous_set(connection, endpoint)
            assert before == {"relapse": "1", "fatal": "1", "severe": ""}
        assert previous_set(connection, "early") == {} == previous_set(connection, "unknown")
        assert latest_change(connection) == 6
    record(audit_log, 7, "rollback", relapse="1", fatal="1", severe="")
    with audit_log.engine.connect() as connection, connection.begin():
        assert versions(connection) == {"relapse": "1", "fatal": "1", "early": "1"}
        assert latest_versions(connection)["severe"] == ""
        assert previous_set(connection, "relapse") == {}
        assert ("severe", "1") in ever_in_service(connection)
        assert ("severe", "") not in ever_in_service(connection)


def test_rows_of_an_earlier_build_are_changes_of_their_own(audit_log: AuditLog) -> None:
    """Without a change number each endpoint goes back by itself; the same version counts once."""
    record(audit_log, None, "import", relapse="1", fatal="1")
    record(audit_log, None, "import", relapse="2", fatal="2")
    record(audit_log, None, "import", relapse="2")
    with audit_log.engine.connect() as connection, connection.begin():
        assert previous_set(connection, "relapse") == {"relapse": "1"}


def test_what_a_replacement_took_out_comes_back(audit_log: AuditLog) -> None:
    """An import that took an endpoint out is undone as a whole."""
    record(audit_log, 1, "import", relapse="1", severe="1")
    record(audit_log, 3, "import", relapse="2", severe="")
    with audit_log.engine.connect() as connection, connection.begin():
        assert previous_set(connection, "relapse") == {"relapse": "1", "severe": "1"}
