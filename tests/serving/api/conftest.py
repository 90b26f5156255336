"""What tests that call a handler directly share: a worker's state on a database of its own."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.auth.access import CALLER
from serving.auth.tokens import Caller
from serving.state import State


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[State]:
    """A worker's state, open on an empty database, in a request of the caller `tests`."""
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path))
    state = State()
    state.open({})
    token = CALLER.set(Caller("tests", frozenset({"service", "clinician"})))
    yield state
    CALLER.reset(token)
    asyncio.run(state.close())
