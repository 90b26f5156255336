"""Cache of the ward list: a line is computed again only when its samples or models change."""

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from serving.assessment.served_model import ServedModel
from serving.pages.change_tracking import Mark, marks
from serving.pages.ward_line import WardLine, ward_line

if TYPE_CHECKING:  # they reach BentoML, which the pages themselves do not need
    from serving.storage.store import Store, StoredPatient

# Beyond this many changed patients it is quicker to read everyone, page by page.
FEW = 20
# Sets of models whose lines stay cached: those in service, and those about to be.
CACHED_SETS = 2

Versions = tuple[tuple[str, str], ...]


class Ward:
    """Every patient's line under the models in service and under those just before or after."""

    def __init__(self) -> None:
        self._caches: dict[Versions, _LineCache] = {}
        self._lock = threading.Lock()

    def lines(self, store: "Store", models: Mapping[str, ServedModel]) -> list[WardLine]:
        """Every stored patient with a sample: abstained first, then the highest risk first."""
        versions = tuple((name, models[name].version) for name in sorted(models))
        lines = self._cache(versions).lines(store, models)
        return sorted(lines, key=lambda line: (not line.abstained, -line.highest, line.name))

    def _cache(self, versions: Versions) -> "_LineCache":
        """The cache of these versions, marked as most recently used."""
        with self._lock:
            self._caches[versions] = self._caches.pop(versions, _LineCache())
            for old in list(self._caches)[:-CACHED_SETS]:
                del self._caches[old]
            return self._caches[versions]


class _LineCache:
    """The lines under one set of models, each valid until its patient's mark changes."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[Mark, WardLine]] = {}
        self._lock = threading.Lock()  # else two requests at start-up would compute all twice

    def lines(self, store: "Store", models: Mapping[str, ServedModel]) -> list[WardLine]:
        with self._lock:
            current = marks(store.engine)
            valid = {k: entry for k, entry in self._lines.items() if entry[0] == current.get(k)}
            for patient in _read(store, [key for key in current if key not in valid]):
                valid[patient.key] = (current[patient.key], ward_line(patient, models))
            self._lines = valid
        return [line for _, line in valid.values()]


def _read(store: "Store", keys: Sequence[str]) -> list["StoredPatient"]:
    """These patients with their samples; one erased meanwhile is left out."""
    if len(keys) <= FEW:
        patients = [store.patient(key) for key in keys]
        return [patient for patient in patients if patient and patient.rows]
    changed = set(keys)
    return [patient for patient in _everyone(store) if patient.key in changed and patient.rows]


def _everyone(store: "Store") -> list["StoredPatient"]:
    patients: list[StoredPatient] = []
    while more := store.patients(200, patients[-1].key if patients else None):
        patients += more
    return patients
