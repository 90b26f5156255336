"""Answers about what is kept, uploaded or in service, as models for the OpenAPI document."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from serving.answers import FORM, ExplainAnswer, PredictAnswer


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


class ModelsAnswer(BaseModel):
    """What is in service; null for an endpoint without a model."""

    model_config = FORM
    research_use_only: str
    schema_version: str
    models: dict[str, dict[str, Any] | None]
