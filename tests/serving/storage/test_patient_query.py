"""Filters of the patients' list, on both databases, against choosing in Python."""

from itertools import product

import pytest
from sqlalchemy import Engine

from features.table.row import empty_row
from serving.storage.patient_query import PatientQuery, parse
from serving.storage.store import Store, StoredPatient
from serving.web.problems import Problem

DAYS = {"a": (-5, 28), "b": (21,), "c": (), "d": (-5,), "e": (60, 28)}
SYNTHETIC = ("a", "d")


@pytest.fixture
def store(engine: Engine) -> Store:
    """Five patients; the later sample of `a` and the only one of `d` are synthetic."""
    store = Store(engine)
    for name, days in DAYS.items():
        key = store.add_patient(name)
        for day in days:
            synthetic = name in SYNTHETIC and day == max(days)
            row = empty_row() | {"sample_id": f"s{day}", "day": day}
            store.put_sample(key, row | {"provenance": "synthetic" if synthetic else "real"})
    return store


def fits(patient: StoredPatient, query: PatientQuery) -> bool:
    """The slow obvious version of `patient_query.conditions`, without pages."""
    latest = max((int(row["day"]) for row in patient.rows), default=None)
    synthetic = any(row["provenance"] == "synthetic" for row in patient.rows)
    result = query.provenance in (None, "synthetic" if synthetic else "real")
    if query.latest_from is not None:
        result = result and latest is not None and latest >= query.latest_from
    if query.latest_to is not None:
        result = result and latest is not None and latest <= query.latest_to
    return result


def test_every_combination_chooses_what_python_chooses(store: Store) -> None:
    """Provenance and both ends of the latest day, in all combinations."""
    everyone = store.patients()
    parts = ((None, "real", "synthetic"), (None, -5, 22, 61), (None, -6, 28, 60))
    for provenance, low, high in product(*parts):
        query = PatientQuery(provenance=provenance, latest_from=low, latest_to=high)
        expected = [p.identifier for p in everyone if fits(p, query)]
        assert [p.identifier for p in store.page(query)] == expected, query


def test_pages_of_a_filtered_list_hold_each_once(store: Store) -> None:
    """A page's limit counts patients that fit, not those passed over."""
    first = store.page(PatientQuery(limit=2, latest_from=21))
    second = store.page(PatientQuery(limit=2, latest_from=21, after=first[-1].key))
    assert [p.identifier for p in (*first, *second)] == ["a", "b", "e"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"provenance": "Jane"}, "provenance"),
        ({"latest_from": "1.5"}, "latest_from"),
        ({"latest_to": "99999"}, "latest_to"),
        ({"after": "a\x00"}, "after"),
        ({"surname": "Jane"}, "surname"),
    ],
)
def test_a_wrong_part_is_422(query: dict[str, str], field: str) -> None:
    """The part and its rule are named, in our words."""
    with pytest.raises(Problem) as caught:
        parse(query)
    assert caught.value.status == 422
    (error,) = caught.value.errors
    assert error["field"] == field and "Jane" not in error["rule"].replace(field, "")


def test_a_name_with_nul_is_nobodys(store: Store) -> None:
    """PostgreSQL would refuse the query itself."""
    assert store.patient("a\x00") is None and store.key_of("a\x00") is None
