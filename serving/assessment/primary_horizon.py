"""The primary horizon of an answer: the one at which its model was judged."""

from typing import overload

from serving.assessment.answer import (
    AnyEndpoint,
    EndpointAnswer,
    ExplainedEndpoint,
    ExplainedHorizon,
    HorizonAnswer,
)
from serving.assessment.served_model import ServedModel


@overload
def primary_horizon(
    endpoint: ExplainedEndpoint, served_model: ServedModel
) -> ExplainedHorizon | None: ...


@overload
def primary_horizon(
    endpoint: EndpointAnswer, served_model: ServedModel
) -> HorizonAnswer | None: ...


def primary_horizon(endpoint: AnyEndpoint, served_model: ServedModel) -> HorizonAnswer | None:
    """An endpoint's answer at its model's primary horizon; None when it gives no risk.

    `served_model` is the model that gave the answer. Lists, cards and figures show this risk
    first, because the gate judged the model at this horizon.
    """
    primary = served_model.model.primary_horizon
    return next((risk for risk in endpoint["horizons"] if risk["horizon"] == primary), None)
