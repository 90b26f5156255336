"""Inner cross-validation folds by patient, whatever the order or number of the rows."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from features.arrays import Floats, Ints


def patient_keys(X: Floats, y: Floats, groups: Sequence[object] | None, seed: int) -> list[bytes]:
    """A salted digest per row, equal for rows of the same patient.

    With `groups` (patient identifiers) rows of one group share a key. Without, equal rows do:
    so a patient drawn twice in a bootstrap stays in one fold, and weight 2 equals two rows.
    """
    salt = int(seed).to_bytes(16, "little", signed=True)
    if groups is not None:
        rows = [str(group).encode() for group in groups]
    else:
        table = np.column_stack([np.where(np.isnan(X), np.nan, X) + 0.0, y])
        rows = [row.tobytes() for row in table]
    return [blake2b(row, digest_size=12, salt=salt).digest() for row in rows]


def assign_folds(keys: Sequence[bytes], y: Floats, folds: int) -> Ints:
    """Fold number of each row: patients with the event are assigned in turn, then the others.

    A patient counts as having the event when any of their rows has it. Within both, the order
    is that of the keys, which is random with respect to everything else.

    >>> assign_folds([b"b", b"a", b"c", b"d", b"a"], np.array([1, 0, 1, 0, 0.0]), 2).tolist()
    [0, 0, 1, 1, 0]
    """
    event: dict[bytes, float] = {}
    for key, label in zip(keys, y, strict=True):
        event[key] = max(event.get(key, 0.0), float(label))
    ordered = sorted(event, key=lambda key: (-event[key], key))
    fold = {key: position % folds for position, key in enumerate(ordered)}
    return np.array([fold[key] for key in keys])


def patients_by_outcome(keys: Sequence[bytes], y: Floats) -> tuple[int, int]:
    """Number of distinct patients with and without the event.

    >>> patients_by_outcome([b"a", b"a", b"b"], np.array([0.0, 1.0, 0.0]))
    (1, 1)
    """
    events = {key for key, label in zip(keys, y, strict=True) if label > 0}
    return len(events), len(set(keys) - events)
