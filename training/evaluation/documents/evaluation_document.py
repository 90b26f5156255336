"""Evaluation document: the typed content of evaluation.json.

There are three kinds: the cohort alone where events are too few for a model (`CohortEvaluation`), a
fit with its internal validation (`ModelEvaluation`), and a stored model on another cohort
(`ExternalEvaluation`).
"""

from collections.abc import Sequence
from typing import NotRequired, TypedDict, cast, final

from models.manifest import GateVerdict
from training.evaluation.documents.cohort_sections import (
    CohortSections,
    ProtocolContent,
    ProtocolSections,
)
from training.evaluation.documents.model_sections import (
    PerformanceSections,
    ResamplingSections,
)
from training.json_values import Document, plain


@final
class CohortEvaluation(CohortSections, ProtocolSections):
    """A fit without a model: too few events or too short a follow-up."""


@final
class ModelEvaluation(CohortSections, ProtocolSections, PerformanceSections, ResamplingSections):
    """A fit with a model, by internal validation."""


class ExternalSections(TypedDict):
    """What only external validation has; the gate adds `verdict`.

    `state` is the model's before this evaluation. `outside_training_population` counts the
    patients whom the model flags; it is added when the evaluation is logged.
    """

    protocol: ProtocolContent
    protocol_sha256: str
    state: str
    seen_before: bool
    shared_patients: bool
    verdict: NotRequired[GateVerdict]
    outside_training_population: NotRequired[int]


@final
class ExternalEvaluation(CohortSections, PerformanceSections, ExternalSections):
    """A stored model on another cohort."""


class PerformanceDocument(CohortSections, PerformanceSections):
    """What internal and external validation share: either document can be read as this."""

    verdict: NotRequired[GateVerdict]


FitEvaluation = CohortEvaluation | ModelEvaluation
# Spelt out, because mypy does not narrow a union within a union.
Evaluation = CohortEvaluation | ModelEvaluation | ExternalEvaluation

FIT_ORDER = (
    "research_use_only", "provenance", "endpoint", "endpoint_words", "landmark", "horizon",
    "transplant", "question",
    "protocol", "protocol_sha256", "outcomes_sha256", "features_sha256", "infections_sha256",
    "schema_version", "covariates", "participant_flow", "sample_flow", "counts", "earlier_onsets",
    "horizons",
    "transplant_rules", "missingness", "refused_by_outcome", "sample_size", "folds",
    "metrics", "calibration_error", "calibration_curve", "smooth_calibration", "decision_curve",
    "net_benefit", "roc", "comparators", "characteristics",
    "look", "score_test", "challenger", "learning_curve", "incidence_by_third", "subgroups",
    "sites", "instability", "joint", "sensitivity", "refused_samples", "model", "verdict",
)  # fmt: skip
EXTERNAL_ORDER = (
    "research_use_only", "provenance", "endpoint", "endpoint_words", "landmark", "horizon",
    "transplant", "question",
    "protocol", "protocol_sha256", "outcomes_sha256", "features_sha256", "infections_sha256",
    "schema_version", "covariates", "state", "seen_before", "shared_patients", "participant_flow",
    "sample_flow", "counts", "earlier_onsets", "characteristics", "metrics", "calibration_error",
    "calibration_curve", "smooth_calibration", "decision_curve", "net_benefit", "roc",
    "comparators", "subgroups", "sites", "incidence_by_third", "instability", "missingness",
    "refused_by_outcome", "refused_samples", "verdict", "outside_training_population",
)  # fmt: skip


def as_json(document: Document, order: Sequence[str]) -> Document:
    """The document without numpy and NaN, its keys in the order in which it is read.

    Keys that the document lacks are passed over.

    >>> list(as_json({"verdict": {}, "endpoint": "relapse"}, FIT_ORDER))
    ['endpoint', 'verdict']
    """
    return plain(cast(Document, {key: document[key] for key in order if key in document}))
