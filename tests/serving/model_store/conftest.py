"""What the tests of the model store share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from sqlalchemy import Engine

from serving.storage.audit_log import AuditLog


@pytest.fixture
def audit_log(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AuditLog]:
    """An empty database and an empty model store."""
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path))
    previous = BentoMLContainer.model_store.get()
    home = tmp_path / "bentoml" / "models"
    BentoMLContainer.model_store.set(ModelStore(home))
    BentoMLContainer.model_store_dir.set(str(home))
    yield AuditLog(engine, tmp_path / "key")
    BentoMLContainer.model_store.set(previous)
    BentoMLContainer.model_store_dir.reset()
