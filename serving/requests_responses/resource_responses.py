"""Answers about what is kept, uploaded or in service, as models for the OpenAPI document."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.requests_responses.responses import FORM, EndpointName, ExplainAnswer, PredictAnswer


class BatchAnswer(BaseModel):
    """Several patients' answers, in the order asked."""

    model_config = FORM
    request_id: str
    answers: list[PredictAnswer]


class SummariseAnswer(BaseModel):
    """A count file's features, and with a day its risks and reasons."""

    model_config = FORM
    request_id: str
    research_use_only: str
    schema_version: str
    provenance: Literal["real", "synthetic"]
    features: dict[str, Any] = Field(description="Every column of the sample; null = missing.")
    assessment: ExplainAnswer | None
    no_assessment: str | None = Field(description="Why there is no risk.")


class JobAnswer(BaseModel):
    """A job that still runs; ask `href` again."""

    model_config = FORM
    job: str
    state: Literal["running"]
    href: str


class PatientMade(BaseModel):
    """The key under which a patient is kept."""

    model_config = FORM
    key: str
    href: str


class SampleKept(BaseModel):
    """A stored sample; `new` is false when it took the place of an earlier one."""

    model_config = FORM
    key: str
    sample_id: str
    new: bool


class PatientBrief(BaseModel):
    """One line of the list."""

    model_config = FORM
    key: str
    href: str
    n_samples: int
    latest_day: int | None
    provenance: Literal["real", "synthetic"]


class PatientShown(PatientBrief):
    """A patient with all samples, ordered by day."""

    identifier: str | None
    infusion_date: str | None
    samples: list[dict[str, Any]]


class PatientList(BaseModel):
    """One page of patients; `after` asks for the next one, null on the last."""

    model_config = FORM
    patients: list[PatientBrief]
    after: str | None


class AcknowledgementKept(BaseModel):
    """What one clinician said of one endpoint's risk, and which risk it was."""

    model_config = FORM
    at: str = Field(description="Time, ISO 8601 in UTC.")
    by: str = Field(description="The token's name.")
    endpoint: EndpointName
    outcome: Literal["acknowledged", "override"]
    reason: str
    comment: str | None
    sample_id: str | None
    version: str | None = Field(description="The model's version; null when none was in service.")
    risks: dict[str, float] = Field(description="Risk by horizon in days; empty when abstained.")
    primary_horizon: int | None = Field(
        description="The horizon whose risk was shown first; null when abstained.", examples=[180]
    )


class AcknowledgementList(BaseModel):
    """What clinicians said of a patient's risks, oldest first."""

    model_config = FORM
    acknowledgements: list[AcknowledgementKept]


class GateAnswer(BaseModel):
    """What the gate asked of the model, each as a sentence."""

    model_config = ConfigDict(extra="allow")
    passed: list[str] = []
    failed: list[str] = []


class ModelShown(BaseModel):
    """One endpoint's model in service."""

    model_config = FORM
    version: str = Field(description="Version in the registry.")
    landmark: int = Field(description="Day at which it was trained.")
    horizons: list[int] = Field(description="Days after the landmark.")
    state: str = Field(examples=["candidate", "champion", "validated"])
    provenance: Literal["real", "synthetic"]
    candidate: dict[str, str] = Field(description="Kind of model by horizon.")
    gate: GateAnswer
    training: dict[str, Any] | None = Field(description="Patients, events, data, code, time.")
    features: list[str]
    format_version: str
    schema_version: str
    files: dict[str, str] = Field(description="SHA-256 of each file of the model's folder.")
    card: str | None = Field(description="The model card, in Markdown.")


class ModelsAnswer(BaseModel):
    """What is in service; null for an endpoint without a model."""

    model_config = FORM
    research_use_only: str
    schema_version: str
    models: dict[EndpointName, ModelShown | None]
