"""Types of what /v1 answers about stored patients, uploads and the models in service.

Plain dicts at run time, as in `serving.assessment.answer`: the handlers write them, mypy checks
their keys, and the OpenAPI schemas are made from them.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from models.manifest import Provenance
from serving.assessment.answer import (
    EXACT_KEYS,
    STATES,
    EndpointName,
    ExplainAnswer,
    KindOfModel,
    PredictAnswer,
)


@with_config(EXACT_KEYS)
class BatchAnswer(TypedDict):
    """Several patients' answers, in the order of the request."""

    request_id: str
    answers: list[PredictAnswer]


@with_config(EXACT_KEYS)
class SummariseAnswer(TypedDict):
    """A count file's features, and with a day its risks and reasons."""

    request_id: str
    research_use_only: str
    schema_version: str
    provenance: Provenance
    features: Annotated[
        Mapping[str, object], Field(description="Every column of the sample; null = missing.")
    ]
    assessment: ExplainAnswer | None
    no_assessment: Annotated[str | None, Field(description="Why there is no risk.")]


@with_config(EXACT_KEYS)
class JobAnswer(TypedDict):
    """A job that still runs; poll `href`."""

    job: str
    state: Literal["running"]
    href: str


@with_config(EXACT_KEYS)
class PatientMade(TypedDict):
    """The key under which a patient is stored."""

    key: str
    href: str


@with_config(EXACT_KEYS)
class SampleKept(TypedDict):
    """A stored sample; `new` is false when it replaced an earlier one."""

    key: str
    sample_id: str
    new: bool


@with_config(EXACT_KEYS)
class PatientBrief(TypedDict):
    """One line of the list."""

    key: str
    href: str
    n_samples: int
    latest_day: int | None
    provenance: Provenance


@with_config(EXACT_KEYS)
class PatientShown(PatientBrief):
    """A patient with all samples, ordered by day."""

    identifier: str | None
    infusion_date: str | None
    samples: list[Mapping[str, object]]
    samples_of_other_schema: Annotated[
        list[str],
        Field(description="Names of samples of another feature schema: not read; send them again."),
    ]


@with_config(EXACT_KEYS)
class PatientList(TypedDict):
    """One page of patients; `after` asks for the next one, null on the last."""

    patients: list[PatientBrief]
    after: str | None


@with_config(EXACT_KEYS)
class AcknowledgementKept(TypedDict):
    """One clinician's decision on one endpoint's risk, and which risk it was."""

    at: Annotated[str, Field(description="Time, ISO 8601 in UTC.")]
    by: Annotated[str, Field(description="The token's name.")]
    endpoint: EndpointName
    outcome: Literal["acknowledged", "override"]
    reason: str
    comment: str | None
    sample_id: str | None
    version: Annotated[
        str | None, Field(description="The model's version; null when none was in service.")
    ]
    risks: Annotated[
        dict[str, float], Field(description="Risk by horizon in days; empty when abstained.")
    ]
    primary_horizon: Annotated[
        int | None,
        Field(
            description="The horizon whose risk was shown first; null when abstained.",
            examples=[180],
        ),
    ]


@with_config(EXACT_KEYS)
class AcknowledgementList(TypedDict):
    """A patient's acknowledgements and overrides, oldest first."""

    acknowledgements: list[AcknowledgementKept]


@with_config(ConfigDict(extra="allow"))
class GateAnswer(TypedDict):
    """The checks of the gate, each as a sentence."""

    passed: NotRequired[Annotated[list[str], Field(default=[])]]
    failed: NotRequired[Annotated[list[str], Field(default=[])]]


@with_config(EXACT_KEYS)
class ModelShown(TypedDict):
    """One endpoint's model in service."""

    words: Annotated[str, Field(description="The endpoint in words.", examples=["relapse"])]
    version: Annotated[str, Field(description="Version in the registry.")]
    landmark: Annotated[int, Field(description="Day at which it was trained.")]
    horizons: Annotated[list[int], Field(description="Days after the landmark.")]
    state: Annotated[str, Field(examples=STATES)]
    provenance: Provenance
    kind: KindOfModel
    joint_fit: Annotated[
        str, Field(description="Identifier of the fit that all endpoints of one landmark share.")
    ]
    events: Annotated[list[str], Field(description="Competing events that the model tells apart.")]
    endpoint_events: Annotated[
        list[str], Field(description="Those of `events` that the endpoint consists of.")
    ]
    gate: GateAnswer
    training: Annotated[
        Mapping[str, object] | None, Field(description="Patients, events, data, code, time.")
    ]
    features: list[str]
    covariates: Annotated[
        list[dict[str, object]],
        Field(description="Features that the training group declared: label, unit and range."),
    ]
    format_version: str
    schema_version: str
    files: Annotated[
        dict[str, str], Field(description="SHA-256 of each file of the model's folder.")
    ]
    card: Annotated[str | None, Field(description="The model card, in Markdown.")]


@with_config(EXACT_KEYS)
class ModelsAnswer(TypedDict):
    """The models in service by endpoint."""

    research_use_only: str
    schema_version: str
    models: dict[EndpointName, ModelShown]
