"""What the service answers, as models: the OpenAPI document is made from them, tests check them.

The request path itself writes plain dicts (`serving.assessment.assess`); validating every answer
again would cost more than computing it.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

FORM = ConfigDict(extra="forbid", allow_inf_nan=False)
# Of CDS Hooks and FHIR: names are the specification's, in camel case.
THEIRS = ConfigDict(extra="forbid", alias_generator=to_camel)

EndpointName = Literal["relapse", "fatal_infection"]
Risk = Field(ge=0.0, le=1.0)


class Flag(BaseModel):
    """What limits an answer: a code for programs and a sentence for people."""

    model_config = FORM
    code: str = Field(examples=["not_validated"])
    sentence: str
    features: list[str] | None = Field(default=None, description="Features that a flag names.")


class StabilityInterval(BaseModel):
    """Where 90 % of the refits put this risk; not a confidence interval."""

    model_config = FORM
    low: float | None = Field(ge=0.0, le=1.0)
    high: float | None = Field(ge=0.0, le=1.0)


class HorizonAnswer(BaseModel):
    """The risk that the event falls within `horizon` days after the landmark."""

    model_config = FORM
    horizon: int = Field(description="Days after the landmark.", examples=[180])
    risk: float = Risk
    stability_interval: StabilityInterval
    prevalence: float = Field(
        ge=0.0, le=1.0, description="Share of the training cohort with the event by this horizon."
    )
    cohort_quantile: float | None = Field(
        ge=0.0, le=1.0, description="Share of the training cohort with a lower risk."
    )
    raised: bool = Field(
        description="Raised to an earlier horizon's risk, which it cannot undercut."
    )


class Reason(BaseModel):
    """What one feature contributed to the risk."""

    model_config = FORM
    feature: str
    label: str
    group: str
    value: float | None = Field(description="null = not measured.")
    value_text: str = Field(examples=["2.0 %", "not measured"])
    unit: str
    healthy: tuple[float, float] | None = Field(description="Usual in healthy adults; for display.")
    contribution: float = Field(description="Log-odds added to the baseline.")
    direction: Literal["raises", "lowers", "none"]
    sentence: str


class ReasonGroup(BaseModel):
    """Summed contributions of features that are entangled with each other."""

    model_config = FORM
    group: str
    label: str
    contribution: float
    features: list[str]


class ExplainedHorizon(HorizonAnswer):
    """A risk and its reasons: baseline_logit + sum of contributions = logit of the risk."""

    baseline_logit: float
    logit: float
    reasons: list[Reason] = Field(description="Largest first; features that add 0 are left out.")
    groups: list[ReasonGroup]
    reasons_mean: str


class ModelAnswer(BaseModel):
    """Which model answered."""

    model_config = FORM
    version: str
    state: str | None = Field(examples=["candidate", "champion", "validated"])
    provenance: Literal["real", "synthetic"] | None
    candidate: dict[str, str] | str | None = Field(description="Kind of model by horizon.")


class Abstention(BaseModel):
    """Why there is no number."""

    model_config = FORM
    code: Literal["no_model", "unlike_training"]
    reason: str


class EndpointAnswer(BaseModel):
    """One endpoint at every horizon, or the reason why there is no number."""

    model_config = FORM
    endpoint: EndpointName
    landmark: int | None = Field(description="Day at which the model was trained.", examples=[28])
    model: ModelAnswer | None
    abstained: Abstention | None
    flags: list[Flag]
    stability_interval_means: str
    horizons: list[HorizonAnswer] = Field(description="Empty when abstained.")


class ExplainedEndpoint(EndpointAnswer):
    """As EndpointAnswer, with reasons."""

    horizons: list[ExplainedHorizon]  # type: ignore[assignment]  # a list of the narrower answer


class SampleAnswer(BaseModel):
    """Which sample was assessed."""

    model_config = FORM
    sample_id: str | None
    day: int
    n_samples: int
    provenance: Literal["real", "synthetic"]
    warnings: list[str]


class _Common(BaseModel):
    model_config = FORM
    request_id: str
    research_use_only: str
    schema_version: str
    sample: SampleAnswer
    flags: list[Flag] = Field(description="What limits the sample, whatever the model.")


class PredictAnswer(_Common):
    """Both endpoints' risks for the patient's latest sample."""

    endpoints: dict[EndpointName, EndpointAnswer]


class ExplainAnswer(_Common):
    """Both endpoints' risks and their reasons."""

    endpoints: dict[EndpointName, ExplainedEndpoint]


class FieldError(BaseModel):
    """A field and the rule it breaks; never the value."""

    field: str = Field(examples=["samples[0].monocyte_fraction"])
    rule: str = Field(examples=["must be at most 1.0"])


class ProblemAnswer(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None
    request_id: str | None = None
