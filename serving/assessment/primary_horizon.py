"""The primary horizon of an answer: the one at which its model was judged."""

from serving.assessment.assess import Answer, ServedModel


def primary_horizon(endpoint: Answer, served_model: ServedModel | None) -> Answer | None:
    """An endpoint's answer at its model's primary horizon; None when it gives no risk.

    `served_model` is the model that gave the answer, None where there is none. Lists, cards and
    figures show this risk first, since the gate judged the model at this horizon.
    """
    if served_model is None:
        return None
    primary = served_model.model.primary_horizon
    return next((risk for risk in endpoint["horizons"] if risk["horizon"] == primary), None)
