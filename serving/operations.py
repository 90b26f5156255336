"""Every address of the interface: what it takes, what it answers, how it may fail."""

from dataclasses import dataclass

from pydantic import BaseModel

from serving import (
    answers,
    cds_answers,
    cds_hooks,
    contracts,
    fhir_answers,
    parameters,
    stored_answers,
)
from serving.acknowledgements import Acknowledgement
from serving.parameters import Parameter
from serving.patients import NewPatient

_JSON = "application/json"
_COUNTS = ("application/octet-stream", "multipart/form-data")


@dataclass(frozen=True)
class Operation:
    """One method on one address; `role` None is open to everyone."""

    method: str
    path: str
    name: str
    summary: str
    answer: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    takes: tuple[str, ...] = (_JSON,)
    gives: str = _JSON
    success: int = 200
    other: tuple[tuple[int, type[BaseModel] | None], ...] = ()
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
        "post", "/v1/predict", "predict", "Both endpoints' risks of one patient.",
        answers.PredictAnswer, contracts.PatientRequest, errors=(*_READ, 503),
    ),
    Operation(
        "post", "/v1/explain", "explain", "Both endpoints' risks of one patient, with reasons.",
        answers.ExplainAnswer, contracts.PatientRequest, errors=(*_READ, 503),
    ),
    Operation(
        "post", "/v1/predict_batch", "predictBatch", "Risks of several patients.",
        stored_answers.BatchAnswer, contracts.BatchRequest, errors=(*_READ, 503),
    ),
    Operation(
        "post", "/v1/summarise", "summarise",
        "A count file (10x .h5 or .h5ad) to features and, with a day, risks and reasons.",
        stored_answers.SummariseAnswer, takes=_COUNTS, other=((202, stored_answers.JobAnswer),),
        errors=(404, 408, *_READ, 503), parameters=(
            parameters.DAY, parameters.PATIENT_KEY, parameters.PREFER,
            *parameters.context_parameters(),
        ),
    ),
    Operation(
        "get", "/v1/jobs/{key}", "job", "The answer of a job, or 202 while it runs.",
        stored_answers.SummariseAnswer, other=((202, stored_answers.JobAnswer),),
        errors=(404,), parameters=(parameters.JOB,),
    ),
    Operation(
        "post", "/v1/patients", "makePatient", "Keep a patient and get the key.",
        stored_answers.PatientMade, NewPatient, success=201, errors=_READ,
        leads_to=tuple(("/key", name) for name in _OF_A_PATIENT),
    ),
    Operation(
        "get", "/v1/patients", "listPatients", "Stored patients, in the order they were added.",
        stored_answers.PatientList, errors=(422,), parameters=parameters.listing_parameters(),
        leads_to=(("/patients/0/key", "readPatient"),),
    ),
    Operation(
        "get", "/v1/patients/{key}", "readPatient", "One patient with all samples.",
        stored_answers.PatientShown, errors=(404,), parameters=(parameters.KEY,),
    ),
    Operation(
        "put", "/v1/patients/{key}/samples/{sample_id}", "putSample", "Keep one sample.",
        stored_answers.SampleKept, contracts.Sample, other=((201, stored_answers.SampleKept),),
        errors=(*_READ, 404), parameters=(parameters.KEY, parameters.SAMPLE),
    ),
    Operation(
        "post", "/v1/patients/{key}/acknowledgements", "acknowledge",
        "Take note of a patient's risk, or set it aside, with the reason.",
        stored_answers.AcknowledgementKept, Acknowledgement, success=201,
        errors=(*_READ, 404, 409), role="clinician", parameters=(parameters.KEY,),
    ),
    Operation(
        "get", "/v1/patients/{key}/acknowledgements", "listAcknowledgements",
        "What clinicians said of a patient's risks, oldest first.",
        stored_answers.AcknowledgementList, errors=(404,), role="clinician",
        parameters=(parameters.KEY,),
    ),
    Operation(
        "get", "/v1/model", "model", "Versions, state of validation, gate results and card.",
        stored_answers.ModelsAnswer,
    ),
    Operation("get", "/v1/openapi.json", "openapi", "This document.", role=None),
    Operation(
        "get", "/cds-services", "cdsDiscovery", "CDS Hooks 2.0: the services on offer.",
        cds_answers.CdsServices,
    ),
    Operation(
        "post", _HOOK, "cdsPatientView", "CDS Hooks 2.0: cards for an opened record.",
        cds_answers.Cards, cds_hooks.HookRequest, errors=(*_READ, 412),
    ),
    Operation(
        "post", f"{_HOOK}/feedback", "cdsFeedback", "CDS Hooks 2.0: what became of the cards.",
        cds_answers.FeedbackTaken, cds_hooks.FeedbackRequest, errors=_READ,
    ),
    Operation(
        "get", "/fhir/metadata", "fhirMetadata", "FHIR R4 CapabilityStatement.",
        fhir_answers.FhirCapabilities, gives="application/fhir+json",
    ),
    Operation(
        "get", "/fhir/RiskAssessment", "fhirRiskAssessment",
        "FHIR R4 Bundle of RiskAssessments; probabilityDecimal is a percentage.",
        fhir_answers.FhirBundle, gives="application/fhir+json", errors=(400,),
        parameters=(parameters.SUBJECT,),
    ),
)  # fmt: skip
