"""The kinds of audit entries: which events the service records."""

from enum import StrEnum


class AuditKind(StrEnum):
    """What happened. The audit table's column `kind` holds the text: never change it."""

    PREDICT = "predict"
    EXPLAIN = "explain"
    SUMMARISE = "summarise"
    PATIENT = "patient"
    SAMPLE = "sample"
    READ = "read"
    LIST = "list"
    PAGE_WARD = "page_ward"
    PAGE_PATIENT = "page_patient"
    PAGE_SAMPLE = "page_sample"
    ACKNOWLEDGED = "acknowledged"
    OVERRIDE = "override"
    CDS_HOOKS = "cds_hooks"
    CDS_FEEDBACK = "cds_feedback"
    FHIR = "fhir"
    IMPORT = "import"
    ROLLBACK = "rollback"
    TOKEN_ADDED = "token added"  # noqa: S105  # the name of an event
    TOKEN_REVOKED = "token revoked"  # noqa: S105  # the name of an event
    ERASURE = "erasure"


# Kinds without any patient's data: an erasure by age leaves these entries complete.
WITHOUT_PATIENT_DATA = (
    AuditKind.ERASURE,
    AuditKind.IMPORT,
    AuditKind.ROLLBACK,
    AuditKind.TOKEN_ADDED,
    AuditKind.TOKEN_REVOKED,
)
