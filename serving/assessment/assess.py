"""Risk assessment: one patient's samples and the models in service to an answer.

Framework-free: the service, the pages, CDS Hooks and FHIR all call `assess` or `explain` and differ
only in how they write the answer down. Neither scikit-learn nor pandas is imported here.
"""

from collections.abc import Mapping, Sequence

from features.errors import InputError
from features.measures.history import latest_with_history
from features.notices import RESEARCH_USE_ONLY
from features.schema import SCHEMA_VERSION
from features.table.row import Row
from serving.assessment.answer import (
    AnswerHead,
    ExplainAnswer,
    PredictAnswer,
    SampleAnswer,
)
from serving.assessment.endpoint_answer import endpoint_answer, explained_endpoint
from serving.assessment.flags import number, sample_flags
from serving.assessment.reasons import ValueTexts
from serving.assessment.sample_warnings import stated_codes, warning_sentence
from serving.assessment.served_model import ServedModel


def assess(
    rows: Sequence[Row], models: Mapping[str, ServedModel], request_id: str
) -> PredictAnswer:
    """Risks of every endpoint in service at every horizon, with what limits them.

    `rows` are one patient's samples (keys SAMPLE_COLUMNS, missing numbers NaN) in any order; the
    latest day is assessed and the earlier ones give its history. `models` maps an endpoint to the
    model in service; the answer's endpoints are these, in this order. Far outside the training
    data the answer holds the reason instead of numbers. Raises InputError when there are no rows.
    """
    current = _current_sample(rows)
    return {
        **_answer_head(rows, current, request_id),
        "endpoints": {
            name: endpoint_answer(current, served_model) for name, served_model in models.items()
        },
    }


def explain(
    rows: Sequence[Row], models: Mapping[str, ServedModel], request_id: str
) -> ExplainAnswer:
    """As `assess`, and per horizon the reasons, which add up to the risk.

    baseline_logit + sum of the reasons' contributions = logit, and risk = 1 / (1 + exp(-logit)),
    both to 1e-9. `groups` sums the contributions of features that are entangled with each other.
    """
    current, texts = _current_sample(rows), ValueTexts()
    return {
        **_answer_head(rows, current, request_id),
        "endpoints": {
            name: explained_endpoint(current, served_model, texts)
            for name, served_model in models.items()
        },
    }


def _current_sample(rows: Sequence[Row]) -> Row:
    if not rows:
        raise InputError(
            "A request needs at least one sample, and none came; send the current one."
        )
    return latest_with_history(rows)


def _answer_head(rows: Sequence[Row], current: Row, request_id: str) -> AnswerHead:
    synthetic = any(row.get("provenance") == "synthetic" for row in rows)
    return {
        "request_id": request_id,
        "research_use_only": RESEARCH_USE_ONLY,
        "schema_version": SCHEMA_VERSION,
        "sample": _sample(current, len(rows), synthetic=synthetic),
        "flags": sample_flags(current, synthetic=synthetic),
    }


def _sample(current: Row, n_samples: int, *, synthetic: bool) -> SampleAnswer:
    """Which sample was assessed, and where it came from."""
    sample_id = current.get("sample_id")
    warnings = stated_codes(current)
    return {
        "sample_id": None if sample_id is None else str(sample_id),
        "day": int(number(current, "day")),
        "n_samples": n_samples,
        "provenance": "synthetic" if synthetic else "real",
        "warnings": warnings,
        "warning_texts": [warning_sentence(code) for code in warnings],
    }
