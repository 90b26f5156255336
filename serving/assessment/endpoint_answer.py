"""One endpoint's answer for one sample: risks at every horizon, with or without their reasons."""

import numpy as np

from features.arrays import Floats
from features.table.row import Row
from models.frozen import Assessment, FrozenModel, HorizonRisk
from serving.assessment import sentences
from serving.assessment.answer import (
    Abstention,
    EndpointAnswer,
    EndpointHead,
    ExplainedEndpoint,
    HorizonAnswer,
    ModelAnswer,
)
from serving.assessment.flags import model_flags, number
from serving.assessment.reasons import ValueTexts, horizon_reasons
from serving.assessment.served_model import ServedModel


def endpoint_answer(current: Row, served_model: ServedModel) -> EndpointAnswer:
    """Risks at every horizon; none, with the reason, far from the model's patients."""
    assessment = served_model.model.assess(model_input(served_model.model, current), explain=False)
    head = _endpoint_head(current, served_model, assessment)
    risks = () if head["abstained"] else assessment.horizons
    return {
        **head,
        "horizons": [horizon_answer(risk) for risk in risks],
    }


def explained_endpoint(
    current: Row, served_model: ServedModel, texts: ValueTexts
) -> ExplainedEndpoint:
    """As `endpoint_answer`, with reasons; `texts` collects the texts of the sample's values."""
    model, x = served_model.model, model_input(served_model.model, current)
    assessment, values = model.assess(x), x.tolist()
    features = [model.inputs[name] for name in model.features]
    head = _endpoint_head(current, served_model, assessment)
    risks = () if head["abstained"] else assessment.horizons
    return {
        **head,
        "horizons": [
            {**horizon_answer(risk), **horizon_reasons(features, values, risk, texts)}
            for risk in risks
        ],
    }


def model_input(model: FrozenModel, current: Row) -> Floats:
    """A sample's values (p,) in the order of the model's features, NaN where missing."""
    # NumPy turns None into NaN, as it turns a whole number into a float.
    return np.array([current.get(name) for name in model.features], dtype=np.float64)


def _endpoint_head(current: Row, served_model: ServedModel, assessment: Assessment) -> EndpointHead:
    return {
        "endpoint": served_model.model.endpoint,
        "words": served_model.model.words,
        "landmark": served_model.model.landmark,
        "model": model_answer(served_model),
        "abstained": _abstention(current, served_model, assessment),
        "flags": model_flags(served_model.model, assessment, int(number(current, "day"))),
        "stability_interval_means": sentences.STABILITY,
    }


def _abstention(
    current: Row, served_model: ServedModel, assessment: Assessment
) -> Abstention | None:
    """Why there is no number: measured in another way than in training, or unlike its patients."""
    difference = served_model.model.other_source(current)
    if difference is not None:
        return {
            "code": "other_source",
            "reason": sentences.OTHER_SOURCE.format(difference=difference),
        }
    reason = assessment.abstained
    return {"code": "unlike_training", "reason": reason} if reason else None


def model_answer(served_model: ServedModel) -> ModelAnswer:
    """Which model answered: version, state of validation, and the patients it was fitted to."""
    manifest = served_model.manifest
    return {
        "version": served_model.version,
        "state": manifest.get("state"),
        "provenance": manifest.get("provenance"),
        "kind": manifest["model"],
        "joint_fit": manifest["joint_fit"],
    }


def horizon_answer(risk: HorizonRisk) -> HorizonAnswer:
    """One horizon's risk with its stability interval, and the training cohort beside it."""
    return {
        "horizon": int(risk.horizon),
        "risk": float(risk.risk),
        "stability_interval": {"low": float(risk.low), "high": float(risk.high)},
        "prevalence": float(risk.prevalence),
        "cohort_quantile": float(risk.quantile),
    }
