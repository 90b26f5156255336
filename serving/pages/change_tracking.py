"""Change tracking: which patients' records changed, without reading their samples."""

from dataclasses import dataclass

from sqlalchemy import Engine, func, select

from features.schema import SCHEMA_VERSION
from serving.storage.tables import patients, samples


@dataclass(frozen=True)
class Mark:
    """Identifier, number of samples and newest write: it changes whenever the record does."""

    identifier: str | None
    infusion_date: str | None
    n_samples: int
    stored_at: float


_BY_PATIENT = (
    select(
        patients.c.key,
        patients.c.identifier,
        patients.c.infusion_date,
        func.count(samples.c.sample_id),
        func.max(samples.c.stored_at),
    )
    .join(samples, samples.c.patient_key == patients.c.key)
    .where(samples.c.schema_version == SCHEMA_VERSION)
    .group_by(patients.c.key, patients.c.identifier, patients.c.infusion_date)
)


def marks(engine: Engine) -> dict[str, Mark]:
    """The mark of every patient who has a sample of this feature schema, by key.

    A sample that is written again has a new time, so an unchanged mark means unchanged samples.
    """
    with engine.connect() as connection, connection.begin():
        return {key: Mark(*rest) for key, *rest in connection.execute(_BY_PATIENT)}
