"""An empty store, for tests of what is built on stored patients."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.storage.database import open_engine
from serving.storage.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty database."""
    store = Store(open_engine(f"sqlite:///{tmp_path / 'ward.db'}"))
    yield store
    store.engine.dispose()
