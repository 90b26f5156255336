"""One patient's line of the ward list: primary risks, their changes, and flags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from features.table.row import Row
from serving.assessment.answer import Answer, HorizonAnswer
from serving.assessment.assess import assess
from serving.assessment.primary_horizon import primary_horizon
from serving.assessment.served_model import ServedModel
from serving.pages.headings import patient_name
from serving.pages.time_frames import days_since_draw

if TYPE_CHECKING:  # it reaches BentoML, which the pages themselves do not need
    from serving.storage.store import StoredPatient

# Flags that are the same for every patient stay off the lines; the head of the page shows them.
MODEL_FLAGS = ("synthetic_model", "synthetic_sample", "not_validated")
OUTSIDE_WINDOW = "no_sample_in_window"


@dataclass(frozen=True)
class WardLine:
    """One patient in the list; `horizons` holds each primary horizon, None where abstained.

    `changes` holds each risk's difference to the sample before, None without an earlier sample
    drawn after infusion or without a number for it. `outside_window` names the endpoints whose
    model was trained on samples of other days than the latest.
    """

    key: str
    name: str
    day: int
    infusion_date: str | None
    horizons: Mapping[str, HorizonAnswer | None]
    changes: Mapping[str, float | None]
    states: Mapping[str, str | None]
    flags: Sequence[str]
    outside_window: Sequence[str]
    synthetic: bool

    @property
    def abstained(self) -> bool:
        """Whether an endpoint has no number."""
        return any(horizon is None for horizon in self.horizons.values())

    @property
    def highest(self) -> float:
        """The highest risk."""
        return max((h["risk"] for h in self.horizons.values() if h), default=0.0)

    @property
    def rise(self) -> float:
        """The largest change; 0 where there is none."""
        return max((change for change in self.changes.values() if change is not None), default=0.0)

    def risk(self, endpoint: str) -> float:
        """One endpoint's risk; above every number when there is none."""
        horizon = self.horizons.get(endpoint)
        return horizon["risk"] if horizon else 2.0

    def age(self, today: date) -> int | None:
        """Days since the latest sample was drawn; None where that is not known."""
        return days_since_draw(self.day, self.infusion_date, today)


def ward_line(patient: "StoredPatient", models: Mapping[str, ServedModel]) -> WardLine:
    """One patient's line; two assessments where there is an earlier sample after infusion."""
    answer = assess(patient.rows, models, "")
    endpoints = answer["endpoints"]
    return WardLine(
        key=patient.key,
        name=patient_name(patient),
        day=answer["sample"]["day"],
        infusion_date=patient.infusion_date,
        horizons={name: primary_horizon(e, models[name]) for name, e in endpoints.items()},
        changes=risk_changes(patient.rows, answer, models),
        states={name: e["model"]["state"] for name, e in endpoints.items()},
        flags=flag_labels(answer),
        outside_window=endpoints_with(OUTSIDE_WINDOW, answer),
        synthetic=answer["sample"]["provenance"] == "synthetic",
    )


def endpoints_with(code: str, answer: Answer) -> list[str]:
    """The endpoints whose answer has this flag."""
    return [
        name
        for name, endpoint in answer["endpoints"].items()
        if any(flag["code"] == code for flag in endpoint["flags"])
    ]


def flag_labels(answer: Answer) -> list[str]:
    """The flags in a few words; one that not every model raises names its endpoints."""
    endpoints = answer["endpoints"]
    codes = [flag["code"] for flag in answer["flags"]]
    codes += [f["code"] for endpoint in endpoints.values() for f in endpoint["flags"]]
    labels = []
    for code in dict.fromkeys(code for code in codes if code not in MODEL_FLAGS):
        words = [endpoints[name]["words"] for name in endpoints_with(code, answer)]
        of_some = 0 < len(words) < len(endpoints)
        labels.append(flag_label(code) + (f" ({', '.join(words)})" if of_some else ""))
    return labels


def flag_label(code: str) -> str:
    """A flag's code in words.

    >>> flag_label("cd7_unresolved")
    'CD7 unresolved'
    """
    return code.replace("_", " ").replace("cd7", "CD7")


def risk_changes(
    rows: Sequence[Row], answer: Answer, models: Mapping[str, ServedModel]
) -> dict[str, float | None]:
    """Each primary risk minus that of the sample before.

    The models score a day after infusion. They use a sample from before infusion as history only,
    so it is no point of comparison.
    """
    before = [row for row in rows if 0 <= int(str(row["day"])) < answer["sample"]["day"]]
    if not before:
        return dict.fromkeys(answer["endpoints"])
    previous = max(int(str(row["day"])) for row in before)
    earlier = assess([row for row in rows if int(str(row["day"])) <= previous], models, "")
    changes: dict[str, float | None] = {}
    for name, endpoint in answer["endpoints"].items():
        pair = endpoint, earlier["endpoints"][name]
        changes[name] = risk_change(*(primary_horizon(one, models[name]) for one in pair))
    return changes


def risk_change(now: HorizonAnswer | None, before: HorizonAnswer | None) -> float | None:
    """The difference of two risks; None where one of them was not given.

    >>> risk_change({"risk": 0.5}, {"risk": 0.25}), risk_change(None, {"risk": 0.25})
    (0.25, None)
    """
    return None if now is None or before is None else float(now["risk"] - before["risk"])
