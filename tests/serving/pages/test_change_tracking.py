"""A mark changes when, and only when, what it stands for changes."""

from serving.pages.change_tracking import marks
from serving.storage.database import writing
from serving.storage.store import Store, forget
from tests.serving.fitted import two_samples


def test_a_mark_follows_the_record(engine):
    """Adding, replacing and erasing change the mark of that patient and of no other."""
    store = Store(engine)
    first, other = store.add_patient("a", "2026-01-01"), store.add_patient("b")
    assert marks(engine) == {}  # patients without samples have none
    before, later = two_samples()
    for key in (first, other):
        store.put_sample(key, before)
    start = marks(engine)
    assert start[first].identifier == "a" and start[first].infusion_date == "2026-01-01"
    assert marks(engine) == start
    store.put_sample(first, later)
    added = marks(engine)
    store.put_sample(first, later)
    replaced = marks(engine)
    assert start[first] != added[first] != replaced[first]
    assert start[other] == added[other] == replaced[other]
    with writing(engine) as connection:
        forget(connection, first)
    assert set(marks(engine)) == {other}
