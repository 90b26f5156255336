"""What the patient's page shows: figures and sentences, so that the template computes nothing."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from serving.assessment import labels, risk_wording, sentences
from serving.assessment.answer import AnyEndpoint, ExplainAnswer, ExplainedEndpoint, Flag
from serving.assessment.limitations import ON_THE_PAGE, limitations
from serving.assessment.primary_horizon import primary_horizon
from serving.assessment.served_model import ServedModel
from serving.assessment.what_if import what_if_risks
from serving.pages.risk_figures import gauge
from serving.pages.trends import blood_counts, trend_views
from serving.pages.ward import drawn, notices, patient_name
from serving.pages.waterfall import LEAST, moving, waterfall

if TYPE_CHECKING:  # they reach BentoML, which the pages themselves do not need
    from serving.storage.store import StoredPatient


def patient_view(
    patient: "StoredPatient", answer: ExplainAnswer, models: Mapping[str, ServedModel], today: date
) -> dict[str, Any]:
    """The whole page of one patient, from the answer of `serving.assessment.assess.explain`."""
    return {
        "key": patient.key,
        "name": patient_name(patient),
        "answer": answer,
        "today": today.isoformat(),
        "drawn": drawn(answer["sample"]["day"], patient.infusion_date, today),
        "flags": _shown_flags(answer["flags"]),
        "endpoints": [
            endpoint_view(endpoint, patient, models.get(name), answer["flags"])
            for name, endpoint in answer["endpoints"].items()
        ],
        "trends": trend_views(patient.rows, models),
        "blood": blood_counts(patient.rows),
        "notices": notices(answer),
        "reasons_mean": sentences.MODEL_NOT_CAUSE,
    }


def endpoint_view(
    endpoint: ExplainedEndpoint,
    patient: "StoredPatient",
    served: ServedModel | None,
    sample_flags: Sequence[Flag],
) -> dict[str, Any]:
    """One endpoint's card: its number in words, its gauge, its waterfall, and how sure it is."""
    name = labels.ENDPOINTS[endpoint["endpoint"]]
    shown = primary_horizon(endpoint)
    view: dict[str, Any] = {
        "name": name,
        "answer": endpoint,
        "shown": shown,
        "flags": _shown_flags(endpoint["flags"]),
        "sureness": limitations(endpoint, served, sample_flags),
    }
    if shown is None or served is None:
        return view
    interval = shown["stability_interval"]
    day = max(int(str(row["day"])) for row in patient.rows)
    return view | {
        "when": when(endpoint, shown["horizon"], day),
        "words": risk_wording.natural_frequency(shown["risk"], interval["low"], interval["high"]),
        "gauge": gauge(shown),
        "moves": bool(moving(shown["reasons"])),
        "waterfall": waterfall(shown, name),
        "groups": [group for group in shown["groups"] if abs(group["contribution"]) >= LEAST],
        "explorations": what_if_risks(patient.rows, served, shown["horizon"]),
    }


def when(endpoint: AnyEndpoint, horizon: int, day: int) -> str:
    """The time that a risk is of; a sample of another time is read as if it were of the landmark.

    >>> when({"landmark": 28, "flags": []}, 180, 27)
    'within 180 days after day 28'
    >>> when({"landmark": 28, "flags": [{"code": "no_sample_in_window"}]}, 180, 60)
    'within 180 days, if day 60 is read as day 28'
    """
    landmark = endpoint["landmark"]
    if any(flag["code"] == "no_sample_in_window" for flag in endpoint["flags"]):
        return f"within {horizon} days, if day {day} is read as day {landmark}"
    return f"within {horizon} days after day {landmark}"


def _shown_flags(flags: Sequence[Flag]) -> list[Flag]:
    return [flag for flag in flags if flag["code"] not in ON_THE_PAGE]
