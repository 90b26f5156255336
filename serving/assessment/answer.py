"""Types of an assessment's answer: plain dicts at run time, and the source of OpenAPI schemas.

`assess` and `explain` write these dicts, mypy checks their keys, and pydantic reads names, bounds,
descriptions and examples from here for the document. Validating every answer as it leaves would
cost more than computing it, so tests validate instead.
"""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypeAliasType, TypedDict  # pydantic needs these before Python 3.12

from models.manifest import Provenance

EXACT_KEYS = ConfigDict(extra="forbid", allow_inf_nan=False)

# A type of its own, so that the document can list the endpoints of the models in service.
EndpointName = TypeAliasType(
    "EndpointName", Annotated[str, Field(min_length=2, max_length=40, examples=["relapse"])]
)
Direction = Literal["raises", "lowers", "none"]

KindOfModel = Annotated[str, Field(description="`ridge` or `lightgbm`.", examples=["ridge"])]
_IN_0_1: Any = Field(ge=0.0, le=1.0)
STATES = ["candidate", "champion", "validated"]


@with_config(EXACT_KEYS)
class Flag(TypedDict):
    """What limits an answer: a code for programs and a sentence for people."""

    code: Annotated[str, Field(examples=["not_validated"])]
    sentence: str
    features: NotRequired[
        Annotated[list[str] | None, Field(default=None, description="Features that a flag names.")]
    ]


@with_config(EXACT_KEYS)
class StabilityInterval(TypedDict):
    """Where 90 % of the refits put this risk; not a confidence interval."""

    low: Annotated[float, _IN_0_1]
    high: Annotated[float, _IN_0_1]


@with_config(EXACT_KEYS)
class HorizonAnswer(TypedDict):
    """The risk that the event falls within `horizon` days after the landmark."""

    horizon: Annotated[int, Field(description="Days after the landmark.", examples=[180])]
    risk: Annotated[float, _IN_0_1]
    stability_interval: StabilityInterval
    prevalence: Annotated[
        float,
        _IN_0_1,
        Field(description="Share of the training cohort with the event by this horizon."),
    ]
    cohort_quantile: Annotated[
        float,
        _IN_0_1,
        Field(description="Share of the training cohort with a lower risk."),
    ]


@with_config(EXACT_KEYS)
class Reason(TypedDict):
    """What one feature contributed to the risk."""

    feature: str
    label: str
    group: str
    value: Annotated[float | None, Field(description="null = not measured.")]
    value_text: Annotated[str, Field(examples=["2.0 %", "not measured"])]
    unit: str
    healthy: Annotated[
        tuple[float, float] | None, Field(description="Usual in healthy adults; for display.")
    ]
    contribution: Annotated[
        float, Field(description="Log-odds added to the baseline: a Shapley (SHAP) value.")
    ]
    risk_if_average: Annotated[
        float,
        _IN_0_1,
        Field(description="The risk were this feature the cohort's average, all others the same."),
    ]
    direction: Direction
    sentence: str


@with_config(EXACT_KEYS)
class ReasonGroup(TypedDict):
    """Summed contributions of features that are entangled with each other."""

    group: str
    label: str
    contribution: float
    features: list[str]


@with_config(EXACT_KEYS)
class HorizonReasons(TypedDict):
    """Reasons of one horizon: baseline_logit + sum of contributions = logit of the risk."""

    baseline_logit: Annotated[
        float, Field(description="Log-odds of the training cohort's average patient.")
    ]
    logit: float
    reasons: Annotated[
        list[Reason], Field(description="Largest first; features that add 0 are left out.")
    ]
    groups: list[ReasonGroup]
    reasons_mean: str


@with_config(EXACT_KEYS)
class ExplainedHorizon(HorizonAnswer, HorizonReasons):
    """A risk and its reasons: baseline_logit + sum of contributions = logit of the risk."""


@with_config(EXACT_KEYS)
class ModelAnswer(TypedDict):
    """Which model answered."""

    version: str
    state: Annotated[str | None, Field(examples=STATES)]
    provenance: Provenance | None
    kind: KindOfModel
    joint_fit: Annotated[
        str, Field(description="Identifier of the fit that all endpoints of one landmark share.")
    ]


@with_config(EXACT_KEYS)
class Abstention(TypedDict):
    """Why there is no number."""

    code: Literal["unlike_training", "other_source"]
    reason: str


class EndpointHead(TypedDict):
    """One endpoint's answer without its horizons."""

    endpoint: EndpointName
    words: Annotated[str, Field(description="The endpoint in words.", examples=["relapse"])]
    landmark: Annotated[
        int, Field(description="Day at which the model was trained.", examples=[28])
    ]
    model: ModelAnswer
    abstained: Abstention | None
    flags: list[Flag]
    stability_interval_means: str


@with_config(EXACT_KEYS)
class EndpointAnswer(EndpointHead):
    """One endpoint at every horizon, or the reason why there is no number."""

    horizons: Annotated[list[HorizonAnswer], Field(description="Empty when abstained.")]


@with_config(EXACT_KEYS)
class ExplainedEndpoint(EndpointHead):
    """As EndpointAnswer, with reasons."""

    horizons: list[ExplainedHorizon]


@with_config(EXACT_KEYS)
class SampleAnswer(TypedDict):
    """Which sample was assessed."""

    sample_id: str | None
    day: int
    n_samples: int
    provenance: Provenance
    warnings: Annotated[list[str], Field(description="Codes, as in the feature table.")]
    warning_texts: Annotated[list[str], Field(description="The same warnings as sentences.")]


class AnswerHead(TypedDict):
    """An answer without its endpoints."""

    request_id: str
    research_use_only: str
    schema_version: str
    sample: SampleAnswer
    flags: Annotated[list[Flag], Field(description="What limits the sample, whatever the model.")]


@with_config(EXACT_KEYS)
class PredictAnswer(AnswerHead):
    """The risks of every endpoint in service for the patient's latest sample."""

    endpoints: dict[EndpointName, EndpointAnswer]


@with_config(EXACT_KEYS)
class ExplainAnswer(AnswerHead):
    """The risks of every endpoint in service, and their reasons."""

    endpoints: dict[EndpointName, ExplainedEndpoint]


# For code that reads the risks of either kind of answer.
AnyEndpoint = EndpointAnswer | ExplainedEndpoint
Answer = PredictAnswer | ExplainAnswer
