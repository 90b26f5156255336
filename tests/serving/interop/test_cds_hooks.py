"""Cards follow CDS Hooks 2.0: short summaries, known indicators, a source, no nulls."""

import copy
import uuid

import pytest
from pydantic import ValidationError

from serving.assessment.assess import explain
from serving.assessment.wording import percent
from serving.interop import cds_hooks
from serving.interop.cds_hooks import FeedbackRequest, HookRequest
from tests.serving.fitted import fitted_models, two_samples, with_days

URL = "https://cd7watch.example/patients/key"


def explained():
    """An explained answer, free to be changed."""
    return copy.deepcopy(explain(two_samples(), fitted_models(), "r"))


def without_nulls(value):
    """Optional fields are left out, never null."""
    if isinstance(value, (dict, list)):
        parts = value.values() if isinstance(value, dict) else value
        return all(without_nulls(part) for part in parts)
    return value is not None


def test_cards_fit_the_specification():
    """One card an endpoint with summary, indicator, source, and a link to the page."""
    answer = explained()
    found = cds_hooks.cards(answer, fitted_models(), URL)
    assert without_nulls(found) and len(found["cards"]) == 3
    assert len({uuid.UUID(card["uuid"]) for card in found["cards"]}) == 3
    for card, endpoint in zip(found["cards"], answer["endpoints"].values(), strict=True):
        assert 0 < len(card["summary"]) < 140 and "not validated" in card["summary"]
        assert card["indicator"] == "info" and card["source"]["label"]
        assert card["links"] == [{"label": "Open in CD7Watch", "url": URL, "type": "absolute"}]
        assert "Research use only" in card["detail"] and "Synthetic" in card["detail"]
        largest = next(h for h in endpoint["horizons"] if h["horizon"] == 180)["reasons"][0]
        assert largest["sentence"] in card["detail"]
    assert found == cds_hooks.cards(answer, fitted_models(), URL)


@pytest.mark.parametrize(
    ("state", "ratio", "indicator"),
    [("candidate", 5, "info"), ("validated", 5, "warning"), ("validated", 1, "info")],
)
def test_only_a_validated_model_may_warn(state, ratio, indicator):
    """A risk well above the cohort's is a warning only when the model is validated."""
    endpoint = explained()["endpoints"]["relapse"]
    endpoint["model"]["state"] = state
    horizon = endpoint["horizons"][1] | {"prevalence": 0.1, "risk": 0.1 * ratio}
    assert cds_hooks.indicator(endpoint, horizon) == indicator


def test_the_number_is_of_the_models_own_primary_horizon():
    """Summary and reasons are those of the horizon that each model names."""
    models = with_days(relapse={"primary_horizon": 90}, fatal_infection={"primary_horizon": 365})
    answer = explain(two_samples(), models, "r")
    positions = zip(cds_hooks.cards(answer, models, URL)["cards"], (0, 2, 1), strict=True)
    for (card, position), name in zip(positions, models, strict=True):
        horizon = answer["endpoints"][name]["horizons"][position]
        days = models[name].model.primary_horizon
        assert f"{percent(horizon['risk'])} within {days} days" in card["summary"]
        assert horizon["reasons"][0]["sentence"] in card["detail"]


def test_abstention_is_a_card_without_a_number():
    """The reason stands where the number would."""
    answer = explained()
    answer["endpoints"]["relapse"] |= {
        "abstained": {"code": "unlike_training", "reason": "No risk is given: far."},
        "horizons": [],
    }
    card = cds_hooks.cards(answer, fitted_models(), URL)["cards"][0]
    assert "no risk given" in card["summary"] and "No risk is given: far." in card["detail"]
    assert len(card["summary"]) < 140


def test_without_a_model_there_is_no_card():
    """No advice is no card."""
    assert cds_hooks.cards(explain(two_samples(), {}, "r"), {}, URL) == {"cards": []}


def test_requests_are_read_strictly_where_they_are_read():
    """Unknown fields are the client's own; hook, instance and patient must be right."""
    good = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "fhirServer": "https://ehr.example",
        "context": {"userId": "Practitioner/1", "patientId": "P-1"},
    }
    assert HookRequest.model_validate(good).context.patientId == "P-1"
    for wrong in ({"hook": "order-sign"}, {"hookInstance": "1"}, {"context": {"userId": "x"}}):
        with pytest.raises(ValidationError):
            HookRequest.model_validate(good | wrong)


def test_feedback_is_read():
    """An accepted and an overridden card, the latter with its reason."""
    card, at = str(uuid.uuid4()), "2026-01-01T00:00:00Z"
    given = [
        {"card": card, "outcome": "accepted", "outcomeTimestamp": at},
        {"card": card, "outcome": "overridden", "outcomeTimestamp": at,
         "overrideReason": {"reason": {"code": "known"}, "userComment": "seen"}},
    ]  # fmt: skip
    assert len(FeedbackRequest.model_validate({"feedback": given}).feedback) == 2
    with pytest.raises(ValidationError):
        FeedbackRequest.model_validate({"feedback": [given[0] | {"outcome": "ignored"}]})


def test_discovery_names_one_service_for_patient_view():
    """The service has the fields that discovery requires."""
    (service,) = cds_hooks.discovery(fitted_models())["services"]
    assert "relapse, fatal infection, severe infection" in service["description"]
    assert {"hook", "description", "id", "title"} <= set(service) and without_nulls(service)
