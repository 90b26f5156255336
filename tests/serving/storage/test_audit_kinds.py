"""The kinds of audit entries: closed, and each with its body."""

import pytest

from serving.storage import audit_chain
from serving.storage.audit_bodies import BODY_OF_KIND
from serving.storage.audit_kinds import AuditKind
from tests.serving.storage.ten_entries import KEY


def test_a_kind_outside_the_enum_cannot_be_written() -> None:
    """The only function that makes a row of the audit table asks the kind for its text."""
    invented = audit_chain.Entry("invented", "ward", "{}")  # type: ignore[arg-type]  # on purpose
    with pytest.raises(AttributeError, match="value"):
        audit_chain.chain_rows(KEY, 0, audit_chain.START, [invented])


def test_every_kind_has_a_body() -> None:
    """The table of kinds and bodies is complete; the events are written in test_audit_entries."""
    assert set(BODY_OF_KIND) == set(AuditKind)
