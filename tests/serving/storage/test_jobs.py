"""Jobs in the database: every worker finds them, but only for their owner."""

import pytest
from sqlalchemy import Engine

from serving.storage import jobs as module
from serving.storage.jobs import Jobs


def test_a_job_runs_and_is_done(engine: Engine) -> None:
    """Another worker (another Jobs on the same database) sees its end."""
    jobs = Jobs(engine)
    key = jobs.start("ward")
    assert Jobs(engine).find(key, "ward").state == "running"
    jobs.finish(key, 422, '{"status":422}')
    found = Jobs(engine).find(key, "ward")
    assert (found.state, found.status, found.answer) == ("done", 422, '{"status":422}')


def test_a_job_is_its_owners_only(engine: Engine) -> None:
    """Neither another token nor an invented key finds it."""
    jobs = Jobs(engine)
    key = jobs.start("ward")
    assert jobs.find(key, "other") is None and jobs.find("invented", "ward") is None


def test_a_job_of_a_dead_worker_is_lost(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not run for ever; one that is done stays done."""
    jobs = Jobs(engine)
    running, done = jobs.start("ward"), jobs.start("ward")
    jobs.finish(done, 200, "{}")
    monkeypatch.setattr(module, "LONGEST_SECONDS", -1.0)
    assert jobs.find(running, "ward").state == "lost" and jobs.find(done, "ward").state == "done"


def test_an_expired_answer_is_deleted(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Features of an old job are gone from the database when the next one starts."""
    monkeypatch.setattr(module, "KEPT_SECONDS", -1.0)
    jobs = Jobs(engine)
    old = jobs.start("ward")
    assert jobs.find(old, "ward") is None
    monkeypatch.setattr(module, "KEPT_SECONDS", 60.0)
    jobs.start("ward")
    with engine.connect() as connection, connection.begin():
        assert connection.exec_driver_sql("SELECT count(*) FROM jobs").scalar() == 1
