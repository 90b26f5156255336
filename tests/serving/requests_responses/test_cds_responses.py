"""The types of CDS Hooks' answers fit what is sent, and nothing else."""

import copy

import pytest
from pydantic import TypeAdapter, ValidationError

from serving.assessment.assess import explain
from serving.interop import cds_hooks
from serving.requests_responses.cds_responses import Card, Cards, CdsServices
from tests.serving.fitted import fitted_models, two_samples

URL = "https://cd7watch.example/patients/key"


@pytest.fixture
def answer():
    """An explained answer, free to be changed."""
    return copy.deepcopy(explain(two_samples(), fitted_models(), "r"))


def test_cards_and_discovery_fit(answer):
    """Every field that is sent is described, under the specification's names."""
    TypeAdapter(Cards).validate_python(cds_hooks.cards(answer, fitted_models(), URL))
    TypeAdapter(Cards).validate_python({"cards": []})
    TypeAdapter(CdsServices).validate_python(cds_hooks.discovery(fitted_models()))


def test_a_card_is_described_strictly(answer):
    """A field more or less, a longer summary, an indicator of no such name: none fits."""
    card = cds_hooks.cards(answer, fitted_models(), URL)["cards"][0]
    for wrong in ({"more": 1}, {"summary": "x" * 140}, {"indicator": "critical"}):
        with pytest.raises(ValidationError):
            TypeAdapter(Card).validate_python(card | wrong)
    with pytest.raises(ValidationError):
        TypeAdapter(Card).validate_python({n: v for n, v in card.items() if n != "overrideReasons"})


def test_without_reasons_the_detail_says_so(answer):
    """A model that gives everybody the cohort's risk has nothing that drives it."""
    for horizon in answer["endpoints"]["relapse"]["horizons"]:
        horizon["reasons"] = []
    detail = cds_hooks.cards(answer, fitted_models(), URL)["cards"][0]["detail"]
    assert "What drives it" not in detail and "every patient gets the cohort's risk" in detail
