"""Patients in a store of their own, for tests of the pages."""

from typing import Any

from serving.storage.store import Store
from tests.serving.fitted import two_samples


def add(store: Store, identifier: str, **changes: Any) -> str:
    """Store the test patient; `changes` are made to the current sample. Returns the key."""
    key = store.add_patient(identifier)
    for row in two_samples():
        store.put_sample(key, row | (changes if row["day"] == 28 else {}))
    return key
