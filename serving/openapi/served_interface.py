"""What the OpenAPI document takes from the models in service: endpoints and declared columns."""

from collections.abc import Mapping
from dataclasses import dataclass

from features.schema import Feature
from serving.assessment.covariates import covariates_in_service
from serving.assessment.served_model import ServedModel


@dataclass(frozen=True)
class ServedInterface:
    """Endpoints, each by name and words in the order shown, and columns that samples may have."""

    endpoints: tuple[tuple[str, str], ...] = ()
    covariates: tuple[Feature, ...] = ()


WITHOUT_MODELS = ServedInterface()


def served_interface(models: Mapping[str, ServedModel]) -> ServedInterface:
    """Endpoints and declared columns of these models.

    >>> served_interface({})
    ServedInterface(endpoints=(), covariates=())
    """
    endpoints = tuple((name, one.model.words) for name, one in models.items())
    return ServedInterface(endpoints, covariates_in_service(models))
