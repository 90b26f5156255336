"""Every address of the interface: what it takes, what it answers, how it may fail."""

from dataclasses import dataclass

from pydantic import BaseModel

from serving.api.acknowledgements import Acknowledgement
from serving.api.patient_routes import NewPatient
from serving.assessment import answer
from serving.interop import cds_hooks
from serving.openapi import parameters
from serving.openapi.parameters import Parameter
from serving.requests_responses import (
    cds_responses,
    fhir_responses,
    requests,
    resource_responses,
)

_JSON = "application/json"
_COUNTS = ("application/octet-stream", "multipart/form-data")


@dataclass(frozen=True)
class Operation:
    """One method on one address; `role` None is open to everyone."""

    method: str
    path: str
    name: str
    summary: str
    answer: type | None = None
    body: type[BaseModel] | None = None
    takes: tuple[str, ...] = (_JSON,)
    gives: str = _JSON
    success: int = 200
    other: tuple[tuple[int, type | None], ...] = ()
    errors: tuple[int, ...] = ()
    role: str | None = "service"
    parameters: tuple[Parameter, ...] = ()
    # Operations that a good answer leads to, by the part of it that names their `key`.
    leads_to: tuple[tuple[str, str], ...] = ()


_READ = (400, 413, 415, 422)
_OF_A_PATIENT = ("readPatient", "putSample", "acknowledge", "listAcknowledgements")
_HOOK = f"/cds-services/{cds_hooks.SERVICE_ID}"

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "post", "/v1/predict", "predict", "One patient's risks of every endpoint in service.",
        answer.PredictAnswer, requests.PatientRequest, errors=(*_READ, 503),
    ),
    Operation(
        "post", "/v1/explain", "explain",
        "One patient's risks of every endpoint in service, with reasons.",
        answer.ExplainAnswer, requests.PatientRequest, errors=(*_READ, 503),
    ),
    Operation(
        "post", "/v1/predict_batch", "predictBatch", "Risks of several patients.",
        resource_responses.BatchAnswer, requests.BatchRequest, errors=(*_READ, 503),
    ),
    Operation(
        "post", "/v1/summarise", "summarise",
        "A count file (10x .h5 or .h5ad) to features and, with a day, risks and reasons.",
        resource_responses.SummariseAnswer, takes=_COUNTS,
        other=((202, resource_responses.JobAnswer),),
        errors=(404, 408, *_READ, 503), parameters=(
            parameters.DAY, parameters.PATIENT_KEY, parameters.PREFER,
            *parameters.context_parameters(),
        ),
    ),
    Operation(
        "get", "/v1/jobs/{key}", "job", "The answer of a job, or 202 while it runs.",
        resource_responses.SummariseAnswer, other=((202, resource_responses.JobAnswer),),
        errors=(404,), parameters=(parameters.JOB,),
    ),
    Operation(
        "post", "/v1/patients", "makePatient", "Store a patient and get the key.",
        resource_responses.PatientMade, NewPatient, success=201, errors=_READ,
        leads_to=tuple(("/key", name) for name in _OF_A_PATIENT),
    ),
    Operation(
        "get", "/v1/patients", "listPatients", "Stored patients, in the order they were added.",
        resource_responses.PatientList, errors=(422,), parameters=parameters.listing_parameters(),
        leads_to=(("/patients/0/key", "readPatient"),),
    ),
    Operation(
        "get", "/v1/patients/{key}", "readPatient", "One patient with all samples.",
        resource_responses.PatientShown, errors=(404,), parameters=(parameters.KEY,),
    ),
    Operation(
        "put", "/v1/patients/{key}/samples/{sample_id}", "putSample", "Store one sample.",
        resource_responses.SampleKept, requests.Sample,
        other=((201, resource_responses.SampleKept),),
        errors=(*_READ, 404), parameters=(parameters.KEY, parameters.SAMPLE),
    ),
    Operation(
        "post", "/v1/patients/{key}/acknowledgements", "acknowledge",
        "Take note of a patient's risk, or set it aside, with the reason.",
        resource_responses.AcknowledgementKept, Acknowledgement, success=201,
        errors=(*_READ, 404, 409), role="clinician", parameters=(parameters.KEY,),
    ),
    Operation(
        "get", "/v1/patients/{key}/acknowledgements", "listAcknowledgements",
        "A patient's acknowledgements and overrides, oldest first.",
        resource_responses.AcknowledgementList, errors=(404,), role="clinician",
        parameters=(parameters.KEY,),
    ),
    Operation(
        "get", "/v1/model", "model", "Versions, state of validation, gate results and card.",
        resource_responses.ModelsAnswer,
    ),
    Operation("get", "/v1/openapi.json", "openapi", "This document.", role=None),
    Operation(
        "get", "/cds-services", "cdsDiscovery", "CDS Hooks 2.0: the services on offer.",
        cds_responses.CdsServices,
    ),
    Operation(
        "post", _HOOK, "cdsPatientView", "CDS Hooks 2.0: cards for an opened record.",
        cds_responses.Cards, cds_hooks.HookRequest, errors=(*_READ, 412),
    ),
    Operation(
        "post", f"{_HOOK}/feedback", "cdsFeedback", "CDS Hooks 2.0: feedback on cards.",
        cds_responses.FeedbackTaken, cds_hooks.FeedbackRequest, errors=_READ,
    ),
    Operation(
        "get", "/fhir/metadata", "fhirMetadata", "FHIR R4 CapabilityStatement.",
        fhir_responses.FhirCapabilities, gives="application/fhir+json",
    ),
    Operation(
        "get", "/fhir/RiskAssessment", "fhirRiskAssessment",
        "FHIR R4 Bundle of RiskAssessments; probabilityDecimal is a percentage.",
        fhir_responses.FhirBundle, gives="application/fhir+json", errors=(400,),
        parameters=(parameters.SUBJECT,),
    ),
)  # fmt: skip
