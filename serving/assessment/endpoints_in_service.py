"""Endpoints in service: those of the models that the service holds, in the order shown."""

from collections.abc import Mapping

from models.endpoints import ENDPOINTS
from serving.assessment.served_model import ServedModel


def in_order(models: Mapping[str, ServedModel]) -> dict[str, ServedModel]:
    """The models in the order in which every answer and page names their endpoints.

    Relapse, fatal infection and severe infection first, then those that a group declared, by name.

    >>> list(in_order({"death": 1, "severe_infection": 2, "relapse": 3}))
    ['relapse', 'severe_infection', 'death']
    """
    names = [*(name for name in ENDPOINTS if name in models), *sorted(set(models) - set(ENDPOINTS))]
    return {name: models[name] for name in names}


def words_of(endpoint: str, models: Mapping[str, ServedModel]) -> str:
    """An endpoint in words; of one that is no longer in service, its name without underscores.

    >>> words_of("fatal_infection", {})
    'fatal infection'
    """
    served_model = models.get(endpoint)
    return endpoint.replace("_", " ") if served_model is None else served_model.model.words


def listed_words(models: Mapping[str, ServedModel]) -> str:
    """The endpoints in service in words, separated by commas; "" without a model."""
    return ", ".join(served_model.model.words for served_model in models.values())
