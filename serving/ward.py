"""The ward list: one line a patient, those without a number first, then by risk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from serving import words
from serving.assess import Answer, ServedModel, assess

if TYPE_CHECKING:  # they reach BentoML, which the pages themselves do not need
    from serving.store import Store, StoredPatient

# The gate is judged at this horizon, so this is the one a list shows.
PRIMARY_HORIZON = 180
MOST_PATIENTS = 1000
# Flags that say the same of every patient stay off the lines; the page's head carries them.
_OF_THE_MODEL = ("synthetic_model", "synthetic_sample", "not_validated", "raised", "no_model")


@dataclass(frozen=True)
class Line:
    """One patient in the list; `horizons` holds the primary horizon, None where abstained."""

    key: str
    name: str
    day: int
    drawn: str
    horizons: Mapping[str, Mapping[str, Any] | None]
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


class Ward:
    """Builds the list; a line is computed anew only when samples or models changed."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[int, Line]] = {}

    def lines(self, store: "Store", models: Mapping[str, ServedModel]) -> list[Line]:
        """Every stored patient with a sample: abstained first, then the highest risk first."""
        versions = tuple((name, served.version) for name, served in sorted(models.items()))
        today = datetime.now(UTC).date()
        current = {}
        for patient in _everyone(store):
            if patient.rows:
                samples = (tuple(row.values()) for row in patient.rows)
                mark = hash((versions, today, patient.identifier, *samples))
                kept = self._lines.get(patient.key)
                same = kept is not None and kept[0] == mark
                line = kept[1] if kept and same else _line(patient, models, today)
                current[patient.key] = (mark, line)
        self._lines = current
        found = [line for _, line in current.values()]
        return sorted(found, key=lambda line: (not line.abstained, -line.highest, line.name))


def _everyone(store: "Store") -> list["StoredPatient"]:
    found: list[StoredPatient] = []
    while len(found) < MOST_PATIENTS:
        more = store.patients(200, found[-1].key if found else None)
        found += more
        if not more:
            break
    return found


def _line(patient: "StoredPatient", models: Mapping[str, ServedModel], today: date) -> Line:
    answer = assess(patient.rows, models, "")
    endpoints = answer["endpoints"]
    flags = [*answer["flags"], *(flag for e in endpoints.values() for flag in e["flags"])]
    codes = dict.fromkeys(flag["code"] for flag in flags if flag["code"] not in _OF_THE_MODEL)
    return Line(
        key=patient.key,
        name=patient_name(patient),
        day=answer["sample"]["day"],
        drawn=drawn(answer["sample"]["day"], patient.infusion_date, today),
        horizons={name: primary(endpoint) for name, endpoint in endpoints.items()},
        states={name: (e["model"] or {}).get("state") for name, e in endpoints.items()},
        flags=[code.replace("_", " ") for code in codes],
        synthetic=answer["sample"]["provenance"] == "synthetic",
    )


def primary(endpoint: Answer) -> Answer | None:
    """The horizon that is shown first: 180 days, or the middle one; None when abstained.

    >>> primary({"horizons": [{"horizon": 90}, {"horizon": 180}]})
    {'horizon': 180}
    """
    horizons: list[Answer] = endpoint["horizons"]
    if not horizons:
        return None
    named = [horizon for horizon in horizons if horizon["horizon"] == PRIMARY_HORIZON]
    return named[0] if named else horizons[len(horizons) // 2]


def notices(answer: Answer) -> list[str]:
    """What a page of this answer says above everything: which part of it is simulated."""
    models = [endpoint["model"] for endpoint in answer["endpoints"].values() if endpoint["model"]]
    return words.synthetic_notices(
        sample=answer["sample"]["provenance"] == "synthetic",
        model=any(model["provenance"] == "synthetic" for model in models),
    )


def patient_name(patient: "StoredPatient") -> str:
    """The hospital's identifier, or the start of our key where there is none."""
    return patient.identifier or f"patient {patient.key[:6]}"


def drawn(day: int, infusion_date: str | None, today: date) -> str:
    """How old the latest sample is.

    >>> drawn(28, "2026-01-01", date(2026, 2, 1)), drawn(28, None, date(2026, 2, 1))
    ('day 28, 3 days ago', 'day 28')
    """
    if infusion_date is None:
        return f"day {day}"
    age = (today - date.fromisoformat(infusion_date) - timedelta(days=day)).days
    ago = "today" if age == 0 else f"{age} day{'s' if age > 1 else ''} ago"
    return f"day {day}, {ago}" if age >= 0 else f"day {day}"
