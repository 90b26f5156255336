"""Patients and their samples in the database, under random keys that the service makes."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from features.errors import InputError
from features.schema import SCHEMA_VERSION
from features.table.row import Row as SampleRow
from serving.requests_responses import row_json
from serving.storage.database import writing
from serving.storage.patient_query import MOST_LISTED, PatientQuery, conditions
from serving.storage.tables import patients, samples

# Values of another feature schema mean something else, so such samples are not read.
OF_THIS_SCHEMA = func.coalesce(samples.c.schema_version, "") == SCHEMA_VERSION
# PostgreSQL refuses any text with a NUL character, so no key or identifier has one.
NUL = "\x00"


@dataclass(frozen=True)
class StoredPatient:
    """One patient: our key, the hospital's identifier, and the samples ordered by day.

    `rows` are the samples of this feature schema. Values of another schema cannot be compared with
    them, so only the names of such samples are here, in `samples_of_other_schema`.
    """

    key: str
    rows: list[SampleRow]
    identifier: str | None = None
    infusion_date: str | None = None
    samples_of_other_schema: tuple[str, ...] = ()


@dataclass(frozen=True)
class UnreadPatient:
    """A patient with `n_samples` samples of another feature schema."""

    key: str
    identifier: str | None
    n_samples: int


def pseudonym(secret: bytes, identifier: str) -> str:
    """A caller's patient_id in the audit log, as an HMAC: deterministic and one-way.

    >>> pseudonym(b"k", "P-1") == pseudonym(b"k", "P-1") != pseudonym(b"other", "P-1")
    True
    """
    return hmac.new(secret, b"patient:" + identifier.encode(), hashlib.sha256).hexdigest()


class Store:
    """The patients and samples of one database; every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add_patient(self, identifier: str | None = None, infusion_date: str | None = None) -> str:
        """Store a patient and return the key; a stored identifier returns its key."""
        with writing(self.engine) as connection:
            known_key = identifier and connection.scalar(
                select(patients.c.key).where(patients.c.identifier == identifier)
            )
            if known_key:
                return str(known_key)
            key = secrets.token_hex(16)
            connection.execute(
                insert(patients).values(
                    key=key,
                    identifier=identifier,
                    infusion_date=infusion_date,
                    created_at=time.time(),
                )
            )
            return key

    def put_sample(self, patient_key: str, row: SampleRow) -> bool:
        """Store one sample, replacing one with the same sample_id; True when it is new.

        Raises InputError when there is no such patient.
        """
        with writing(self.engine) as connection:
            return put_sample(connection, patient_key, row)

    def patient(self, patient_key: str) -> StoredPatient | None:
        """One patient with all samples, or None."""
        if NUL in patient_key:
            return None
        with self.engine.connect() as connection, connection.begin():
            row = connection.execute(select(patients).where(patients.c.key == patient_key)).first()
            return _with_samples(connection, [row])[0] if row else None

    def patients(self, limit: int = 50, after: str | None = None) -> list[StoredPatient]:
        """Up to `limit` patients after the key `after`, in the order they were added."""
        return self.page(PatientQuery(limit=min(limit, MOST_LISTED), after=after))

    def page(self, query: PatientQuery) -> list[StoredPatient]:
        """One page of the patients that fit a query, in the order they were added."""
        statement = select(patients).where(*conditions(query))
        statement = statement.order_by(patients.c.number).limit(query.limit)
        with self.engine.connect() as connection, connection.begin():
            return _with_samples(connection, connection.execute(statement).all())

    def unread_patients(self) -> list[UnreadPatient]:
        """The patients with samples of another feature schema, in the order they were added."""
        statement = (
            select(patients.c.key, patients.c.identifier, func.count(samples.c.sample_id))
            .join(samples, samples.c.patient_key == patients.c.key)
            .where(~OF_THIS_SCHEMA)
            .group_by(patients.c.number, patients.c.key, patients.c.identifier)
            .order_by(patients.c.number)
        )
        with self.engine.connect() as connection, connection.begin():
            return [UnreadPatient(*row) for row in connection.execute(statement)]

    def key_of(self, name: str) -> str | None:
        """The key of the patient who has this key or this identifier of the hospital."""
        if NUL in name:
            return None
        with self.engine.connect() as connection, connection.begin():
            key = connection.scalar(
                select(patients.c.key).where(
                    (patients.c.key == name) | (patients.c.identifier == name)
                )
            )
            return None if key is None else str(key)


def has_patient(connection: Connection, patient_key: str) -> bool:
    """Whether a patient has this key."""
    return NUL not in patient_key and bool(
        connection.scalar(select(patients.c.key).where(patients.c.key == patient_key))
    )


def put_sample(connection: Connection, patient_key: str, row: SampleRow) -> bool:
    """As `Store.put_sample`, within the caller's transaction."""
    if not has_patient(connection, patient_key):
        raise InputError(
            "A sample belongs to a stored patient, and no patient has this key; "
            "POST /v1/patients makes one and answers its key."
        )
    values = {
        "day": row["day"],
        "body": row_json.to_json(row),
        "stored_at": time.time(),
        "schema_version": SCHEMA_VERSION,
    }
    same = (samples.c.patient_key == patient_key) & (samples.c.sample_id == row["sample_id"])
    if connection.execute(update(samples).where(same).values(values)).rowcount:
        return False
    keys = {"patient_key": patient_key, "sample_id": row["sample_id"]}
    connection.execute(insert(samples).values(keys | values))
    return True


def forget(connection: Connection, patient_key: str) -> None:
    """Remove a patient and every sample; `audit_erasure` empties the audit entries."""
    connection.execute(delete(samples).where(samples.c.patient_key == patient_key))
    connection.execute(delete(patients).where(patients.c.key == patient_key))


def forget_before(connection: Connection, before: float) -> int:
    """Remove samples stored before a time (seconds since 1970), and patients left without a sample.

    Returns how many samples. A patient stored since then stays, even without a sample.
    """
    n_removed = connection.execute(delete(samples).where(samples.c.stored_at < before)).rowcount
    has_sample = (
        select(samples.c.patient_key).where(samples.c.patient_key == patients.c.key).exists()
    )
    connection.execute(delete(patients).where((patients.c.created_at < before) & ~has_sample))
    return n_removed


def _with_samples(connection: Connection, rows: Sequence[Row[Any]]) -> list[StoredPatient]:
    keys = [row.key for row in rows]
    columns = samples.c.patient_key, samples.c.sample_id, samples.c.schema_version, samples.c.body
    query = select(*columns).where(samples.c.patient_key.in_(keys))
    by_key: dict[str, list[SampleRow]] = {key: [] for key in keys}
    unread: dict[str, list[str]] = {key: [] for key in keys}
    ordered = query.order_by(samples.c.day, samples.c.sample_id)
    for key, sample_id, version, body in connection.execute(ordered):
        if version == SCHEMA_VERSION:
            by_key[key].append(row_json.from_json(body))
        else:
            unread[key].append(sample_id)
    return [
        StoredPatient(
            row.key, by_key[row.key], row.identifier, row.infusion_date, tuple(unread[row.key])
        )
        for row in rows
    ]
