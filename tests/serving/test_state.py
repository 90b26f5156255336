"""What a worker prepares before its first request, and again whenever the models change."""

import asyncio
import json
import logging
import threading
import time

import pytest

from features.schema import SCHEMA_VERSION
from serving import state as state_module
from serving.model_store.model_store import folder
from serving.model_store.versions_in_service import install
from serving.pages.page_routes import pages_app
from serving.state import State
from serving.storage.store import Store
from tests.serving.fitted import two_samples


@pytest.fixture
def state(tmp_path, monkeypatch):
    """A worker's state on an empty database, not yet open."""
    monkeypatch.setenv("CD7WATCH_VAR", str(tmp_path))
    state = State()
    yield state
    asyncio.run(state.close())


def until(holds, seconds=10.0):
    """Wait until something holds."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds
        time.sleep(0.02)


async def followed(state, meanwhile, seconds=10.0):
    """Let the worker follow the database until `meanwhile` has returned."""
    state.follow()
    await asyncio.wait_for(asyncio.to_thread(meanwhile), seconds)


def test_callbacks_run_before_the_first_request(state):
    """When `open` returns each has seen the opened store once, in order."""
    seen = []
    state.on_models_changed += [lambda m: seen.append(state.store), lambda m: seen.append("second")]
    state.open({})
    assert seen == [state.store, "second"]


def test_a_callback_that_fails_stops_nobody(state, caplog):
    """The next one is called; the log names the error's kind and not what it said."""
    seen = []

    def fails(models):
        raise ValueError("Jane Doe 0.123")

    state.on_models_changed += [fails, lambda models: seen.append("next")]
    with caplog.at_level(logging.ERROR, logger="bentoml.cd7watch"):
        state.open({})
    assert seen == ["next"]
    said = " ".join(record.getMessage() for record in caplog.records)
    assert "ValueError" in said and "Jane" not in said


def test_a_slow_callback_does_not_keep_the_worker_from_answering(state, monkeypatch):
    """After the time allowed `open` returns, and the callback ends in the background."""
    monkeypatch.setattr(state_module, "READY_SECONDS", 0.05)
    gate, done = threading.Event(), threading.Event()
    state.on_models_changed.append(lambda models: (gate.wait(10), done.set()))
    state.open({})
    assert not done.is_set()
    gate.set()
    assert done.wait(10)


def test_callbacks_run_again_when_a_model_is_imported(state, model_folders):
    """Once at the start, once for the import before it answers, not for the turns in between."""
    versions, answering = [], []

    def callback(models):
        versions.append({name: m.version for name, m in models.items()})
        answering.append(dict(state.active_models.current()))

    def meanwhile():
        time.sleep(3 * state_module.FOLLOW_SECONDS)
        assert versions == [{}]
        install([model_folders["relapse"]], state.audit_log, "test")
        until(lambda: "relapse" in state.active_models.current())
        time.sleep(3 * state_module.FOLLOW_SECONDS)

    state.on_models_changed.append(callback)
    state.open({})
    asyncio.run(followed(state, meanwhile, 30.0))
    assert versions == [{}, {"relapse": "1"}] and answering == [{}, {}]


def test_the_ward_is_ready_before_its_first_request(state, model_folders):
    """The pages' own callback has computed every stored patient's line when `open` returns."""
    pages_app(state)
    *_, callback = state.on_models_changed
    from serving.storage.audit_log import open_audit_log

    before = open_audit_log()
    install([model_folders["relapse"]], before, "test")
    store = Store(before.engine)
    for name in ("Bed 1", "Bed 2"):
        key = store.add_patient(name)
        for row in two_samples():
            store.put_sample(key, row)
    before.close()
    before.engine.dispose()
    made = []
    state.on_models_changed[:] = [lambda models: made.append(callback(models))]
    state.open({})
    (lines,) = made
    assert [line.name for line in lines] == ["Bed 1", "Bed 2"]
    assert callback(state.active_models.current())[0] is lines[0]  # kept, not computed again


def test_a_model_of_another_schema_is_logged_once(state, model_folders, caplog):
    """Not twice a second for as long as the database names it."""
    state.open({})
    install([model_folders["relapse"]], state.audit_log, "test")
    manifest = folder("relapse", "1") / "manifest.json"
    text = manifest.read_text()
    try:  # other tests share the store
        manifest.write_text(json.dumps(json.loads(text) | {"schema_version": "2"}))
        with caplog.at_level(logging.ERROR, logger="bentoml.cd7watch"):
            asyncio.run(followed(state, lambda: time.sleep(4 * state_module.FOLLOW_SECONDS)))
    finally:
        manifest.write_text(text)
    (record,) = caplog.records
    assert f"models of schema_version {SCHEMA_VERSION}" in record.getMessage()
