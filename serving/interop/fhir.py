"""FHIR R4 RiskAssessment resources of an answer, their bundle, and the CapabilityStatement.

Reference: https://hl7.org/fhir/R4/riskassessment.html. `probabilityDecimal` is a **percentage** of
at most 100 there (constraint ras-1): a risk of 0.37 is written 37, because 0.37 would mean 0.37 %.
The stability interval is not a range of probability, so the rationale gives it in words.
"""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from features.notices import RESEARCH_USE_ONLY
from serving.assessment import risk_wording
from serving.assessment.answer import (
    EndpointName,
    ExplainAnswer,
    ExplainedEndpoint,
    ExplainedHorizon,
    ModelAnswer,
)
from serving.requests_responses.fhir_responses import (
    FhirBundle,
    FhirCapabilities,
    FhirCoding,
    FhirPrediction,
    FhirRiskAssessment,
    FhirServed,
)

MEDIA_TYPE = "application/fhir+json"
VERSION = "4.0.1"
# Identifiers of code systems, never fetched.
TEST_DATA: FhirCoding = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}
# Gives the same answer the same resource id; made once with uuid4.
_NAMESPACE = uuid.UUID("0d3c0f4e-7f0a-4a55-9e43-5b6f7c1f3c5e")


def risk_assessment(
    answer: ExplainAnswer, endpoint: EndpointName, key: str, infusion_date: str | None = None
) -> FhirRiskAssessment:
    """One endpoint of an explained answer as a RiskAssessment of the patient `key`.

    An abstention has status `cancelled` and no prediction; a model that is not validated gives
    `preliminary`. With the infusion date, the sample's date and the periods are dates.
    """
    assessment = answer["endpoints"][endpoint]
    model, day = assessment["model"], answer["sample"]["day"]
    name = f"{key}/{answer['sample']['sample_id']}/{endpoint}/{model['version']}"
    version = f"CD7Watch {assessment['words']}, version {model['version']}"
    resource: FhirRiskAssessment = {
        "resourceType": "RiskAssessment",
        "id": str(uuid.uuid5(_NAMESPACE, name)),
        "status": _status(assessment),
        "subject": {"identifier": {"value": key}},
        "note": [{"text": sentence} for sentence in _notes(answer, assessment)],
        "method": {"text": f"{version} ({model['state']})"},
    }
    if _is_synthetic(answer, model):
        resource["meta"] = {"tag": [TEST_DATA]}
    if infusion_date:
        resource["occurrenceDateTime"] = _date_text(infusion_date, day)
    if not assessment["abstained"]:
        resource["prediction"] = [
            _prediction(assessment, horizon, infusion_date) for horizon in assessment["horizons"]
        ]
    return resource


def _notes(answer: ExplainAnswer, assessment: ExplainedEndpoint) -> list[str]:
    flags = [*answer["flags"], *assessment["flags"]]
    sentences = [RESEARCH_USE_ONLY, *(flag["sentence"] for flag in flags)]
    abstained = assessment["abstained"]
    return [*sentences, abstained["reason"]] if abstained else sentences


def _status(endpoint: ExplainedEndpoint) -> Literal["preliminary", "final", "cancelled"]:
    if endpoint["abstained"]:
        return "cancelled"
    return "final" if endpoint["model"]["state"] == "validated" else "preliminary"


def _is_synthetic(answer: ExplainAnswer, model: ModelAnswer) -> bool:
    return "synthetic" in (answer["sample"]["provenance"], model["provenance"])


def _prediction(
    endpoint: ExplainedEndpoint, horizon: ExplainedHorizon, infusion_date: str | None
) -> FhirPrediction:
    landmark, days = endpoint["landmark"], horizon["horizon"]
    name = endpoint["words"].capitalize()
    prediction: FhirPrediction = {
        "outcome": {"text": f"{name} within {days} days after day {landmark}"},
        "probabilityDecimal": percentage(horizon["risk"]),
        "rationale": rationale(horizon),
    }
    if horizon["prevalence"] > 0:
        prediction["relativeRisk"] = round(horizon["risk"] / horizon["prevalence"], 3)
    if infusion_date:
        start, end = _date_text(infusion_date, landmark), _date_text(infusion_date, landmark + days)
        prediction["whenPeriod"] = {"start": start, "end": end}
    return prediction


def percentage(risk: float) -> float:
    """A risk as FHIR's percentage, to a hundredth of a percent.

    >>> percentage(0.37), percentage(1.0)
    (37.0, 100.0)
    """
    return round(100.0 * risk, 2)


def rationale(horizon: ExplainedHorizon) -> str:
    """The risk in words, that of the training cohort, and the three largest reasons."""
    interval = horizon["stability_interval"]
    words = risk_wording.natural_frequency(horizon["risk"], interval["low"], interval["high"])
    cohort = (
        f"In the training cohort it was {risk_wording.of_hundred(horizon['prevalence'])} of 100."
    )
    reasons = [reason["sentence"] for reason in horizon["reasons"][:3]]
    return " ".join([f"{words[0].upper()}{words[1:]}.", cohort, *reasons])


def _date_text(infusion_date: str, day: int) -> str:
    return (date.fromisoformat(infusion_date) + timedelta(days=day)).isoformat()


def bundle(resources: Sequence[FhirRiskAssessment]) -> FhirBundle:
    """The answer to a search: every resource as a match.

    >>> bundle([])
    {'resourceType': 'Bundle', 'type': 'searchset', 'total': 0}
    """
    searchset: FhirBundle = {"resourceType": "Bundle", "type": "searchset", "total": len(resources)}
    if resources:  # FHIR forbids an empty list
        searchset["entry"] = [
            {"resource": resource, "search": {"mode": "match"}} for resource in resources
        ]
    return searchset


def capabilities(today: date) -> FhirCapabilities:
    """What this FHIR interface can do: search RiskAssessment by subject, in JSON.

    >>> capabilities(date(2026, 1, 1))["fhirVersion"]
    '4.0.1'
    """
    search: FhirServed = {
        "type": "RiskAssessment",
        "interaction": [{"code": "search-type"}],
        "searchParam": [{"name": "subject:identifier", "type": "token"}],
    }
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": today.isoformat(),
        "kind": "instance",
        "implementation": {"description": f"CD7Watch. {RESEARCH_USE_ONLY}"},
        "fhirVersion": VERSION,
        "format": ["json"],
        "rest": [{"mode": "server", "resource": [search]}],
    }
