"""Values of a patient's page: figures and sentences, so that the template computes nothing."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NotRequired, TypedDict

from markupsafe import Markup

from serving.assessment import risk_wording, sentences
from serving.assessment.answer import (
    AnyEndpoint,
    ExplainAnswer,
    ExplainedEndpoint,
    ExplainedHorizon,
    Flag,
    Reason,
    ReasonGroup,
)
from serving.assessment.limitations import ON_THE_PAGE, Limitations, limitations
from serving.assessment.primary_horizon import primary_horizon
from serving.assessment.served_model import ServedModel
from serving.pages.headings import patient_name, synthetic_notices
from serving.pages.measurement_groups import MeasurementGroupView, measurement_groups
from serving.pages.risk_figures import gauge
from serving.pages.time_frames import age_text, listed_days
from serving.pages.trends import BloodCountView, TrendView, blood_counts, trend_views
from serving.pages.ward_line import OUTSIDE_WINDOW
from serving.pages.waterfall import LEAST, largest_reasons, waterfall

if TYPE_CHECKING:  # it reaches BentoML, which the pages themselves do not need
    from serving.storage.store import StoredPatient

# Of the largest reasons, those whose effect a sentence tells.
MOST_WORDED = 4


class RiskView(TypedDict):
    """One explained horizon in words and figures."""

    words: str
    gauge: Markup
    has_reasons: bool
    waterfall: Markup
    if_average: list[str]
    groups: list[ReasonGroup]


class EndpointView(TypedDict):
    """One endpoint's card; the keys that may be absent need a risk."""

    name: str
    answer: ExplainedEndpoint
    horizon: ExplainedHorizon | None
    flags: list[Flag]
    limitations: Limitations
    period: NotRequired[str]
    all_horizons: NotRequired[str]
    words: NotRequired[str]
    gauge: NotRequired[Markup]
    has_reasons: NotRequired[bool]
    waterfall: NotRequired[Markup]
    if_average: NotRequired[list[str]]
    groups: NotRequired[list[ReasonGroup]]


class PatientView(TypedDict):
    """The values of the template patient.html, without the form's."""

    key: str
    name: str
    answer: ExplainAnswer
    today: str
    age: str
    flags: list[Flag]
    endpoints: list[EndpointView]
    trends: list[TrendView]
    blood: BloodCountView | None
    measurements: list[MeasurementGroupView]
    unread: str
    notices: list[str]
    reasons_mean: str


def patient_view(
    patient: "StoredPatient", answer: ExplainAnswer, models: Mapping[str, ServedModel], today: date
) -> PatientView:
    """The whole page of one patient, from the answer of `serving.assessment.assess.explain`."""
    return {
        "key": patient.key,
        "name": patient_name(patient),
        "answer": answer,
        "today": today.isoformat(),
        "age": age_text(answer["sample"]["day"], patient.infusion_date, today),
        "flags": page_flags(answer["flags"]),
        "endpoints": [
            endpoint_view(endpoint, patient, models[name], answer["flags"])
            for name, endpoint in answer["endpoints"].items()
        ],
        "trends": trend_views(patient.rows, models),
        "blood": blood_counts(patient.rows),
        "measurements": measurement_groups(patient.rows),
        "unread": sentences.other_schema(patient.samples_of_other_schema),
        "notices": synthetic_notices(answer),
        "reasons_mean": sentences.REASONS_MEAN,
    }


def endpoint_view(
    endpoint: ExplainedEndpoint,
    patient: "StoredPatient",
    served_model: ServedModel,
    sample_flags: Sequence[Flag],
) -> EndpointView:
    """One endpoint's card: its risk in words, gauge, waterfall, and how certain it is."""
    horizon = primary_horizon(endpoint, served_model)
    view: EndpointView = {
        "name": endpoint["words"],
        "answer": endpoint,
        "horizon": horizon,
        "flags": page_flags(endpoint["flags"]),
        "limitations": limitations(endpoint, served_model, sample_flags),
    }
    if horizon is None:
        return view
    day = max(int(str(row["day"])) for row in patient.rows)
    return {
        **view,
        "period": period(endpoint, horizon["horizon"], day),
        "all_horizons": listed_days([one["horizon"] for one in endpoint["horizons"]]),
        **risk_view(horizon, view["name"]),
    }


def risk_view(horizon: ExplainedHorizon, name: str) -> RiskView:
    """One explained horizon in words and figures; `name` is the endpoint in words."""
    interval = horizon["stability_interval"]
    largest = largest_reasons(horizon["reasons"])
    return {
        "words": risk_wording.natural_frequency(horizon["risk"], interval["low"], interval["high"]),
        "gauge": gauge(horizon),
        "has_reasons": bool(largest),
        "waterfall": waterfall(horizon, name),
        "if_average": [if_average_sentence(one, horizon["risk"]) for one in largest[:MOST_WORDED]],
        "groups": [group for group in horizon["groups"] if abs(group["contribution"]) >= LEAST],
    }


def if_average_sentence(reason: Reason, risk: float) -> str:
    """A measurement with its value, and the risk were it the average of the training cohort.

    >>> if_average_sentence(
    ...     {"label": "Monocytes", "value_text": "2.0 %", "risk_if_average": 0.52}, 0.71)
    'Monocytes, 2.0 %: were it average, the risk would be 52 of 100, not 71.'
    """
    words = risk_wording.if_average(risk_wording.of_hundred(risk), reason["risk_if_average"])
    return f"{reason['label']}, {reason['value_text']}: {words}."


def period(endpoint: AnyEndpoint, horizon: int, day: int) -> str:
    """The time that a risk is of; a sample from outside the window is read as of the landmark.

    >>> period({"landmark": 28, "flags": []}, 180, 27)
    'within 180 days after day 28'
    >>> period({"landmark": 28, "flags": [{"code": "no_sample_in_window"}]}, 180, 60)
    'within 180 days (sample of day 60 read as day 28)'
    """
    landmark = endpoint["landmark"]
    if any(flag["code"] == OUTSIDE_WINDOW for flag in endpoint["flags"]):
        return f"within {horizon} days (sample of day {day} read as day {landmark})"
    return f"within {horizon} days after day {landmark}"


def page_flags(flags: Sequence[Flag]) -> list[Flag]:
    """The flags without those that the page shows in its banner."""
    return [flag for flag in flags if flag["code"] not in ON_THE_PAGE]
