"""Jobs: uploads that are answered later, each a row that every worker can read."""

import secrets
import time
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, insert, select, update

from serving.storage.database import writing
from serving.storage.tables import jobs

# An answer holds features, so it stays no longer than a caller needs to fetch it.
KEPT_SECONDS = 3600.0
# A job whose worker died becomes `lost` instead of running for ever.
LONGEST_SECONDS = 1200.0
RUNNING = "running"


@dataclass(frozen=True)
class Job:
    """A job as its owner sees it: `running`, `done` (with status and answer) or `lost`."""

    key: str
    state: str
    status: int | None
    answer: str | None


def forget_old(connection: Connection) -> None:
    """Remove every expired job with its answer."""
    connection.execute(delete(jobs).where(jobs.c.expires_at < time.time()))


def forget_answers(connection: Connection) -> None:
    """Remove every answer that nobody has fetched yet: a job does not say which patient's it is."""
    connection.execute(delete(jobs).where(jobs.c.state != RUNNING))


class Jobs:
    """The jobs of one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def start(self, owner: str) -> str:
        """Store a new job of this caller, remove expired ones, and return the new job's key."""
        key, now = secrets.token_hex(16), time.time()
        row = {
            "key": key,
            "owner": owner,
            "state": RUNNING,
            "created_at": now,
            "expires_at": now + KEPT_SECONDS,
        }
        with writing(self.engine) as connection:
            forget_old(connection)
            connection.execute(insert(jobs).values(row))
        return key

    def forget_old(self) -> None:
        """Remove every expired job."""
        with writing(self.engine) as connection:
            forget_old(connection)

    def finish(self, key: str, status: int, answer: str) -> None:
        """Store the answer (a JSON text) and its HTTP status."""
        values = {"state": "done", "status": status, "answer": answer}
        with writing(self.engine) as connection:
            connection.execute(update(jobs).where(jobs.c.key == key).values(values))

    def find(self, key: str, owner: str) -> Job | None:
        """The job with this key, if this caller started it and it has not expired."""
        mine = (jobs.c.key == key) & (jobs.c.owner == owner) & (jobs.c.expires_at >= time.time())
        with self.engine.connect() as connection, connection.begin():
            row = connection.execute(select(jobs).where(mine)).first()
        if row is None:
            return None
        overdue = row.state == RUNNING and time.time() - row.created_at > LONGEST_SECONDS
        return Job(row.key, "lost" if overdue else row.state, row.status, row.answer)
