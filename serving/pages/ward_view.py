"""Values of the ward list's page: lines, the days its risks are of, notices."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, TypedDict

from serving.assessment import sentences
from serving.assessment.served_model import ServedModel
from serving.pages.headings import patient_name
from serving.pages.time_frames import day_and_age, outside_window_note, risk_periods
from serving.pages.ward_line import WardLine
from serving.pages.ward_query import FILTERS, WardPage, WardQuery, sorts

if TYPE_CHECKING:  # it reaches BentoML, which the pages themselves do not need
    from serving.storage.store import UnreadPatient


class WardColumnView(TypedDict):
    """Heading of an endpoint's column, with the horizon of its risks."""

    endpoint: str
    words: str
    horizon: str


class UnreadPatientView(TypedDict):
    """A patient with samples of another feature schema."""

    key: str
    name: str
    n_samples: int


class WardView(TypedDict):
    """The values of the template ward.html."""

    ward_page: WardPage
    query: WardQuery
    n_all: int
    models: Mapping[str, ServedModel]
    filters: Mapping[str, str]
    sorts: Mapping[str, str]
    columns: list[WardColumnView]
    risk_periods: str
    outside_window: str
    ages: dict[str, str]
    notices: list[str]
    validated: bool
    unread: list[UnreadPatientView]


def ward_view(
    all_lines: Sequence[WardLine],
    ward_page: WardPage,
    query: WardQuery,
    models: Mapping[str, ServedModel],
    today: date,
    *,
    unread_patients: "Sequence[UnreadPatient]" = (),
) -> WardView:
    """What the template needs; the days follow from `models`, under which the lines were made.

    `unread_patients` have samples of another feature schema.
    """
    outside = {name for line in ward_page.lines for name in line.outside_window}
    return {
        "ward_page": ward_page,
        "query": query,
        "n_all": len(all_lines),
        "models": models,
        "filters": FILTERS,
        "sorts": sorts(models),
        "columns": [column(served_model) for served_model in models.values()],
        "risk_periods": risk_periods(models),
        "outside_window": outside_window_note(models, outside),
        "ages": {
            line.key: day_and_age(line.day, line.infusion_date, today) for line in ward_page.lines
        },
        "notices": sentences.synthetic_notices(
            sample=any(line.synthetic for line in all_lines), model=any_synthetic(models)
        ),
        "validated": all_validated(models),
        "unread": [
            {"key": patient.key, "name": patient_name(patient), "n_samples": patient.n_samples}
            for patient in unread_patients
        ],
    }


def column(served_model: ServedModel) -> WardColumnView:
    """Heading of an endpoint's column."""
    model = served_model.model
    horizon = f"within {model.primary_horizon} days"
    return {"endpoint": model.endpoint, "words": model.words, "horizon": horizon}


def all_validated(models: Mapping[str, ServedModel]) -> bool:
    """Whether every endpoint's model is validated; only then may a list be coloured by risk."""
    states = [served_model.manifest.get("state") for served_model in models.values()]
    return bool(states) and all(state == "validated" for state in states)


def any_synthetic(models: Mapping[str, ServedModel]) -> bool:
    """Whether a model was fitted to simulated patients."""
    return any(s.model.manifest.get("provenance") == "synthetic" for s in models.values())
