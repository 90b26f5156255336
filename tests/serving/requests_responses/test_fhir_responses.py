"""The types of FHIR's answers fit what is sent, and nothing else."""

import copy
from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from serving.assessment.assess import explain
from serving.interop import fhir
from serving.requests_responses.fhir_responses import (
    FhirBundle,
    FhirCapabilities,
    FhirRiskAssessment,
)
from tests.serving.fitted import fitted_models, two_samples


@pytest.fixture
def answer():
    """An explained answer, free to be changed."""
    return copy.deepcopy(explain(two_samples(), fitted_models(), "r"))


@pytest.mark.parametrize("infusion", [None, "2026-01-01"])
def test_what_is_sent_fits(answer, infusion):
    """A bundle with and without dates, an abstention, an empty one, and the statement."""
    answer["endpoints"]["fatal_infection"] |= {
        "abstained": {"code": "unlike_training", "reason": "No risk is given: far."},
        "horizons": [],
    }
    found = [fhir.risk_assessment(answer, name, "key", infusion) for name in answer["endpoints"]]
    TypeAdapter(FhirBundle).validate_python(fhir.bundle(found))
    TypeAdapter(FhirBundle).validate_python(fhir.bundle([]))
    TypeAdapter(FhirCapabilities).validate_python(fhir.capabilities(date(2026, 1, 1)))


def test_a_resource_is_described_strictly(answer):
    """A field more, a missing status, a fraction over a hundred percent: none fits."""
    resource = fhir.risk_assessment(answer, "relapse", "key")
    TypeAdapter(FhirRiskAssessment).validate_python(resource)
    over = copy.deepcopy(resource)
    over["prediction"][0]["probabilityDecimal"] = 100.1
    for wrong in (resource | {"more": 1}, resource | {"status": "maybe"}, over):
        with pytest.raises(ValidationError):
            TypeAdapter(FhirRiskAssessment).validate_python(wrong)
