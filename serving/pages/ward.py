"""The ward list's lines: one a patient, computed anew only when samples or models changed."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from features.table.row import Row
from serving.assessment import sentences
from serving.assessment.answer import Answer, HorizonAnswer
from serving.assessment.assess import assess
from serving.assessment.primary_horizon import primary_horizon
from serving.assessment.served_model import ServedModel
from serving.pages.change_tracking import Mark, marks

if TYPE_CHECKING:  # they reach BentoML, which the pages themselves do not need
    from serving.storage.store import Store, StoredPatient

# A sample older than this says little of today.
STALE_DAYS = 30
# Beyond this many changed patients it is quicker to read everyone, page by page.
FEW = 20
# Flags that say the same of every patient stay off the lines; the page's head carries them.
_OF_THE_MODEL = ("synthetic_model", "synthetic_sample", "not_validated", "raised", "no_model")

OTHER_TIME = "no sample in window"
# Sets of models whose lines are kept: those in service, and those about to be.
KEPT = 2

Versions = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Line:
    """One patient in the list; `horizons` holds the primary horizon, None where abstained.

    `changes` holds each risk's difference to the sample before, None without an earlier sample
    drawn after infusion or without a number for it.
    """

    key: str
    name: str
    day: int
    infusion_date: str | None
    horizons: Mapping[str, Mapping[str, Any] | None]
    changes: Mapping[str, float | None]
    states: Mapping[str, str | None]
    flags: Sequence[str]
    synthetic: bool

    @property
    def abstained(self) -> bool:
        """Whether an endpoint has no number."""
        return any(horizon is None for horizon in self.horizons.values())

    @property
    def highest(self) -> float:
        """The higher of the two risks."""
        return max((h["risk"] for h in self.horizons.values() if h), default=0.0)

    @property
    def rise(self) -> float:
        """The larger of the two changes; 0 where there is none."""
        return max((change for change in self.changes.values() if change is not None), default=0.0)

    @property
    def at_another_time(self) -> bool:
        """Whether the latest sample is not of the days at which the models were trained."""
        return OTHER_TIME in self.flags

    def risk(self, endpoint: str) -> float:
        """One endpoint's risk; above every number when there is none."""
        horizon = self.horizons.get(endpoint)
        return horizon["risk"] if horizon else 2.0

    def age(self, today: date) -> int | None:
        """Days since the latest sample was drawn; None where day 0 is not known or lies ahead."""
        return days_ago(self.day, self.infusion_date, today)


class Ward:
    """Every patient's line under the models in service, and under those that come or just went."""

    def __init__(self) -> None:
        self._lists: dict[Versions, _List] = {}
        self._lock = threading.Lock()

    def lines(self, store: "Store", models: Mapping[str, ServedModel]) -> list[Line]:
        """Every stored patient with a sample: abstained first, then the highest risk first."""
        versions = tuple((name, served.version) for name, served in sorted(models.items()))
        found = self._list(versions).lines(store, models)
        return sorted(found, key=lambda line: (not line.abstained, -line.highest, line.name))

    def _list(self, versions: Versions) -> "_List":
        """The list of these versions, which thereby is the last to be forgotten."""
        with self._lock:
            self._lists[versions] = self._lists.pop(versions, _List())
            for old in list(self._lists)[:-KEPT]:
                del self._lists[old]
            return self._lists[versions]


class _List:
    """The lines under one set of models, each kept until the record's mark of it changes."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[Mark, Line]] = {}
        self._lock = threading.Lock()  # else two requests at start-up would compute all twice

    def lines(self, store: "Store", models: Mapping[str, ServedModel]) -> list[Line]:
        with self._lock:
            current = marks(store.engine)
            kept = {k: found for k, found in self._lines.items() if found[0] == current.get(k)}
            for patient in _read(store, [key for key in current if key not in kept]):
                kept[patient.key] = (current[patient.key], line(patient, models))
            self._lines = kept
        return [made for _, made in kept.values()]


def _read(store: "Store", keys: Sequence[str]) -> list["StoredPatient"]:
    """These patients with their samples; one erased meanwhile is left out."""
    if len(keys) <= FEW:
        found = [store.patient(key) for key in keys]
        return [patient for patient in found if patient and patient.rows]
    wanted = set(keys)
    return [patient for patient in _everyone(store) if patient.key in wanted and patient.rows]


def _everyone(store: "Store") -> list["StoredPatient"]:
    found: list[StoredPatient] = []
    while more := store.patients(200, found[-1].key if found else None):
        found += more
    return found


def line(patient: "StoredPatient", models: Mapping[str, ServedModel]) -> Line:
    """One patient's line; two assessments where there is an earlier sample after infusion."""
    answer = assess(patient.rows, models, "")
    endpoints = answer["endpoints"]
    flags = [*answer["flags"], *(flag for e in endpoints.values() for flag in e["flags"])]
    codes = dict.fromkeys(flag["code"] for flag in flags if flag["code"] not in _OF_THE_MODEL)
    return Line(
        key=patient.key,
        name=patient_name(patient),
        day=answer["sample"]["day"],
        infusion_date=patient.infusion_date,
        horizons={name: primary_horizon(endpoint) for name, endpoint in endpoints.items()},
        changes=changes(patient.rows, answer, models),
        states={name: e["model"]["state"] if e["model"] else None for name, e in endpoints.items()},
        flags=[_said(code) for code in codes],
        synthetic=answer["sample"]["provenance"] == "synthetic",
    )


def _said(code: str) -> str:
    return code.replace("_", " ").replace("cd7", "CD7")


def changes(
    rows: Sequence[Row], answer: Answer, models: Mapping[str, ServedModel]
) -> dict[str, float | None]:
    """Each primary risk minus that of the sample before.

    The models are of a day after infusion: a sample before infusion is history to them and not a
    patient to score, so it is no point of comparison.
    """
    before = [row for row in rows if 0 <= int(str(row["day"])) < answer["sample"]["day"]]
    if not before:
        return dict.fromkeys(answer["endpoints"])
    latest = max(int(str(row["day"])) for row in before)
    earlier = assess([row for row in rows if int(str(row["day"])) <= latest], models, "")
    return {
        name: _difference(primary_horizon(endpoint), primary_horizon(earlier["endpoints"][name]))
        for name, endpoint in answer["endpoints"].items()
    }


def _difference(now: HorizonAnswer | None, then: HorizonAnswer | None) -> float | None:
    return None if now is None or then is None else float(now["risk"] - then["risk"])


def notices(answer: Answer) -> list[str]:
    """What a page of this answer says above everything: which part of it is simulated."""
    models = [endpoint["model"] for endpoint in answer["endpoints"].values() if endpoint["model"]]
    return sentences.synthetic_notices(
        sample=answer["sample"]["provenance"] == "synthetic",
        model=any(model["provenance"] == "synthetic" for model in models),
    )


def patient_name(patient: "StoredPatient") -> str:
    """The hospital's identifier, or the start of our key where there is none."""
    return patient.identifier or f"patient {patient.key[:6]}"


def days_ago(day: int, infusion_date: str | None, today: date) -> int | None:
    """How many days ago a sample was drawn; None where that is not known, or lies ahead.

    >>> days_ago(28, "2026-01-01", date(2026, 2, 1)), days_ago(28, None, date(2026, 2, 1))
    (3, None)
    """
    if infusion_date is None:
        return None
    age = (today - date.fromisoformat(infusion_date) - timedelta(days=day)).days
    return age if age >= 0 else None


def drawn(day: int, infusion_date: str | None, today: date) -> str:
    """How old the latest sample is.

    >>> drawn(28, "2026-01-01", date(2026, 2, 1)), drawn(28, None, date(2026, 2, 1))
    ('day 28, 3 days ago', 'day 28')
    """
    age = days_ago(day, infusion_date, today)
    if age is None:
        return f"day {day}"
    ago = "today" if age == 0 else f"{age} day{'s' if age > 1 else ''} ago"
    return f"day {day}, {ago}"
