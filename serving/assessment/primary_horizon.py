"""Primary horizon: of an endpoint's horizons the one whose risk is shown first."""

from typing import overload

from serving.assessment.answer import (
    AnyEndpoint,
    EndpointAnswer,
    ExplainedEndpoint,
    ExplainedHorizon,
    HorizonAnswer,
)

# The gate is judged at this horizon, so this is the one a list shows.
PRIMARY_HORIZON = 180


@overload
def primary_horizon(endpoint: ExplainedEndpoint) -> ExplainedHorizon | None: ...


@overload
def primary_horizon(endpoint: EndpointAnswer) -> HorizonAnswer | None: ...


def primary_horizon(endpoint: AnyEndpoint) -> HorizonAnswer | None:
    """The horizon of 180 days, or the middle one; None when abstained.

    >>> primary_horizon({"horizons": [{"horizon": 90}, {"horizon": 180}]})
    {'horizon': 180}
    """
    horizons = endpoint["horizons"]
    if not horizons:
        return None
    primary = [horizon for horizon in horizons if horizon["horizon"] == PRIMARY_HORIZON]
    return primary[0] if primary else horizons[len(horizons) // 2]
