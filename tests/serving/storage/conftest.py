"""What the tests of the audit log share."""

import pytest
from sqlalchemy import Engine

from serving.storage import audit_chain
from serving.storage.database import writing
from tests.serving.storage.ten_entries import KEY, entry


@pytest.fixture
def chain(engine: Engine) -> Engine:
    """Ten entries about two patients."""
    with writing(engine) as connection:
        audit_chain.append(connection, KEY, [entry(i) for i in range(10)])
    return engine
