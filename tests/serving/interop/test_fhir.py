"""RiskAssessment resources follow R4: percentages, required fields, no nulls, no empty lists."""

import copy
from datetime import date

import pytest

from features.notices import RESEARCH_USE_ONLY
from serving.assessment.assess import explain
from serving.interop import fhir
from tests.serving.fitted import fitted_models, two_samples

STATUS = {"preliminary", "final", "cancelled"}


def explained():
    """An explained answer, free to be changed."""
    return copy.deepcopy(explain(two_samples(), fitted_models(), "r"))


def without_gaps(value):
    """FHIR knows neither null nor empty lists, objects or texts."""
    if isinstance(value, dict):
        assert value and all(without_gaps(part) for part in value.values())
    elif isinstance(value, list):
        assert value and all(without_gaps(part) for part in value)
    else:
        assert value is not None and value != ""
    return True


@pytest.mark.parametrize("endpoint", ["relapse", "fatal_infection"])
def test_probability_is_a_percentage(endpoint):
    """A risk of 0.37 is written 37: constraint ras-1 allows at most 100."""
    answer = explained()
    resource = fhir.risk_assessment(answer, endpoint, "key")
    assert without_gaps(resource)
    assert resource["resourceType"] == "RiskAssessment" and resource["status"] in STATUS
    risks = [horizon["risk"] for horizon in answer["endpoints"][endpoint]["horizons"]]
    percentages = [prediction["probabilityDecimal"] for prediction in resource["prediction"]]
    assert percentages == pytest.approx([100 * risk for risk in risks], abs=0.005)
    assert all(1 < percent <= 100 for percent in percentages)
    assert resource["note"][0]["text"] == RESEARCH_USE_ONLY


def test_synthetic_and_unvalidated_are_marked():
    """The test-data tag, the notes and the status tell what kind of number this is."""
    resource = fhir.risk_assessment(explained(), "relapse", "key")
    assert resource["status"] == "preliminary"
    assert resource["meta"]["tag"][0]["code"] == "HTEST"
    assert any("Not validated" in note["text"] for note in resource["note"])


def test_validated_on_real_patients_is_final():
    """Nothing of that remains for a validated model on real patients."""
    answer = explained()
    answer["endpoints"]["relapse"]["model"] |= {"state": "validated", "provenance": "real"}
    resource = fhir.risk_assessment(answer, "relapse", "key")
    assert resource["status"] == "final" and "meta" not in resource


def test_dates_follow_from_the_infusion():
    """The period starts at the landmark and lasts the horizon; the sample has its own date."""
    resource = fhir.risk_assessment(explained(), "relapse", "key", "2026-01-01")
    assert resource["occurrenceDateTime"] == "2026-01-29"
    for prediction, days in zip(resource["prediction"], (90, 180, 365), strict=True):
        start, end = (date.fromisoformat(prediction["whenPeriod"][x]) for x in ("start", "end"))
        assert start == date(2026, 1, 29) and (end - start).days == days


def test_abstention_has_no_prediction():
    """Without a number there is a cancelled assessment that says why."""
    answer = explained()
    answer["endpoints"]["relapse"] |= {
        "abstained": {"code": "unlike_training", "reason": "No risk is given: far."},
        "horizons": [],
    }
    resource = fhir.risk_assessment(answer, "relapse", "key")
    assert without_gaps(resource) and resource["status"] == "cancelled"
    assert "prediction" not in resource
    assert resource["note"][-1]["text"] == "No risk is given: far."


def test_ids_are_stable_and_distinct():
    """The same answer has the same id; endpoints and patients differ."""
    one, two = explained(), explained()
    ids = [fhir.risk_assessment(a, e, k)["id"] for a, e, k in (
        (one, "relapse", "a"), (two, "relapse", "a"), (one, "fatal_infection", "a"),
        (one, "relapse", "b"),
    )]  # fmt: skip
    assert ids[0] == ids[1] and len(set(ids)) == 3 and all(len(i) <= 64 for i in ids)


def test_bundle_counts_its_entries():
    """A search answers a searchset whose total is right, also when nothing is found."""
    resources = [fhir.risk_assessment(explained(), "relapse", "key")]
    found = fhir.bundle(resources)
    assert without_gaps(found) and found["total"] == len(found["entry"]) == 1
    assert "entry" not in fhir.bundle([])


def test_capabilities_name_what_is_there():
    """The statement has R4's required fields."""
    found = fhir.capabilities(date(2026, 1, 1))
    assert without_gaps(found)
    assert {"status", "date", "kind", "fhirVersion", "format"} <= set(found)
