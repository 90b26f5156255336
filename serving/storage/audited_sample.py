"""Store a sample together with its audit entry, in one transaction."""

from features.table.row import Row
from serving.storage import audit_chain
from serving.storage.audit_chain import Entry
from serving.storage.audit_log import AuditLog
from serving.storage.database import writing
from serving.storage.store import has_patient, put_sample


def put_audited_sample(
    audit_log: AuditLog, patient_key: str, row: Row, entry: Entry
) -> bool | None:
    """True when the sample is new, False when it replaces one; None when no patient has this key.

    Without a patient nothing is stored, the entry included.
    """
    with writing(audit_log.engine) as connection:
        if not has_patient(connection, patient_key):
            return None
        new = put_sample(connection, patient_key, row)
        audit_chain.append(connection, audit_log.key, [entry])
        return new
