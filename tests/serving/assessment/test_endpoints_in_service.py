"""Endpoints of the models in service: their order and their words."""

from itertools import permutations

from models.endpoints import ENDPOINTS
from serving.assessment.endpoints_in_service import in_order, listed_words, words_of
from tests.serving.fitted import fitted_models


def test_the_order_does_not_depend_on_the_models(models):
    """Standard endpoints first, then declared ones by name, however they come."""
    named = {**models, "b": models["relapse"], "a": models["relapse"]}
    for names in permutations(named):
        assert list(in_order({name: named[name] for name in names})) == [*ENDPOINTS, "a", "b"]


def test_words_are_the_models_own():
    """Of an endpoint that left service the name is read, without its underscores."""
    models = fitted_models()
    assert words_of("severe_infection", models) == "severe infection"
    assert words_of("death_without_relapse", models) == "death without relapse"
    assert listed_words(models) == "relapse, fatal infection, severe infection"
