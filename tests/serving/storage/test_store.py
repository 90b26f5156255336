"""Patients and samples in the database, on both databases."""

import math
import time

import pytest
from sqlalchemy import Engine, update

from features.errors import InputError
from features.table.row import empty_row
from serving.pages.change_tracking import marks
from serving.storage.database import writing
from serving.storage.patient_query import PatientQuery
from serving.storage.store import Store, UnreadPatient, forget, forget_before
from serving.storage.tables import samples


def row(sample_id: str, day: int, **values: object) -> dict[str, object]:
    """A row in which only the given columns are known."""
    return empty_row() | {"sample_id": sample_id, "day": day, "provenance": "real", **values}


def test_samples_come_back_as_they_went_in(engine: Engine) -> None:
    """Ordered by day, numbers equal to the last bit, missing ones NaN, texts None."""
    store = Store(engine)
    key = store.add_patient("A-1", "2026-01-31")
    value = 0.1 + 0.2
    assert store.put_sample(key, row("b", 28, monocyte_fraction=value))
    assert store.put_sample(key, row("a", -5))
    found = store.patient(key)
    assert found is not None and (found.identifier, found.infusion_date) == ("A-1", "2026-01-31")
    assert [r["sample_id"] for r in found.rows] == ["a", "b"]
    assert found.rows[1]["monocyte_fraction"] == value
    assert math.isnan(found.rows[0]["monocyte_fraction"]) and found.rows[0]["site"] is None


def test_a_sample_of_the_same_name_is_replaced(engine: Engine) -> None:
    """The second put answers that it is not new, and only its values remain."""
    store = Store(engine)
    key = store.add_patient()
    assert store.put_sample(key, row("a", 28, plt=10.0))
    assert not store.put_sample(key, row("a", 29, plt=20.0))
    (kept,) = store.patient(key).rows
    assert (kept["day"], kept["plt"]) == (29, 20.0)


def test_a_sample_needs_its_patient(engine: Engine) -> None:
    """An unknown key is refused with the way out."""
    with pytest.raises(InputError, match="POST /v1/patients"):
        Store(engine).put_sample("nobody", row("a", 28))


def test_pages_hold_every_patient_once(engine: Engine) -> None:
    """Going on from the last key of each page visits all, in the order they were added."""
    store = Store(engine)
    keys = [store.add_patient(f"P-{i}") for i in range(7)]
    seen: list[str] = []
    while page := store.patients(limit=3, after=seen[-1] if seen else None):
        seen += [patient.key for patient in page]
    assert seen == keys


def test_an_identifier_has_one_key(engine: Engine) -> None:
    """Asking again for the same identifier makes no second patient; keys do not contain it."""
    store = Store(engine)
    key = store.add_patient("A-1")
    assert store.add_patient("A-1") == key == store.key_of("A-1") == store.key_of(key)
    assert "A-1" not in key and store.key_of("B") is None


def test_a_forgotten_patient_is_gone(engine: Engine) -> None:
    """Neither patient nor samples remain."""
    store = Store(engine)
    key = store.add_patient("A-1")
    store.put_sample(key, row("a", 28))
    with writing(engine) as connection:
        forget(connection, key)
    assert store.patient(key) is None and store.patients() == []


def test_age_takes_samples_and_patients_left_without(engine: Engine) -> None:
    """A new sample keeps its patient; a new patient without a sample stays."""
    store = Store(engine)
    old, mixed = store.add_patient("old"), store.add_patient("mixed")
    store.put_sample(old, row("a", 28))
    store.put_sample(mixed, row("a", 28))
    later = time.time()
    store.put_sample(mixed, row("b", 60))
    store.add_patient("new")
    with writing(engine) as connection:
        assert forget_before(connection, later) == 2
    left = {patient.identifier: len(patient.rows) for patient in store.patients()}
    assert left == {"mixed": 1, "new": 0}


@pytest.mark.parametrize("version", [None, "2", "4"])
def test_a_sample_of_another_schema_is_named_and_not_read(
    engine: Engine, version: str | None
) -> None:
    """Its values mean something else: it leaves rows, lists and filters, until it is sent again."""
    store = Store(engine)
    key = store.add_patient("A-1")
    other = store.add_patient("A-2")
    store.put_sample(key, row("old", 60, plt=10.0, provenance="synthetic"))
    store.put_sample(other, row("b", 28))
    with writing(engine) as connection:
        of_patient = samples.c.patient_key == key
        connection.execute(update(samples).where(of_patient).values(schema_version=version))
    store.put_sample(key, row("new", 28))
    found = store.patient(key)
    assert [r["sample_id"] for r in found.rows] == ["new"]
    assert found.samples_of_other_schema == ("old",)
    assert store.unread_patients() == [UnreadPatient(key, "A-1", 1)]
    assert store.page(PatientQuery(latest_from=29)) == []
    assert store.page(PatientQuery(provenance="synthetic")) == []
    assert marks(engine)[key].n_samples == 1
    assert not store.put_sample(key, row("old", 60, plt=10.0))
    assert [r["plt"] for r in store.patient(key).rows[1:]] == [10.0]
    assert store.unread_patients() == []
