"""The checklist of an evaluation: 27 items in order, answered by its own numbers."""

import pytest

from tests.training.one_fit import QUICK, fit_one
from training.cohort.cohort import cohort_of
from training.evaluation.external_validation import evaluate_model
from training.model_card.evaluation_card import evaluation_card
from training.model_card.tripod import TOPICS
from training.model_card.tripod_evaluation import evaluation_checklist


@pytest.fixture(scope="module")
def evaluation(cohort) -> dict:
    """A model of relapse in 80 patients, evaluated on 90 others of two hospitals."""
    model = fit_one(cohort(80, seed=2)).model
    return evaluate_model(model, cohort_of(*cohort(90, seed=3, sites=2)), QUICK)[0]


def test_all_items_in_order(evaluation: dict) -> None:
    """Each is answered or named as missing, none empty."""
    items = evaluation_checklist(evaluation)
    assert [(item.number, item.topic) for item in items] == list(enumerate(TOPICS, 1))
    assert all(item.answer.strip() for item in items)
    assert [item.number for item in items if not item.has_answer] == [17, 19, 27]
    assert [item.number for item in items if item.has_answer and item.in_part] == [5, 8, 18]


def test_answers_carry_the_numbers(evaluation: dict) -> None:
    """Events, sites, whether patients are shared and whether it is the first look."""
    answer = {item.topic: item.answer for item in evaluation_checklist(evaluation)}
    assert f"there were {evaluation['counts']['events']}" in answer["Sample size"]
    assert "2 sites" in answer["Participants"]
    assert "shares no known patients" in answer["Training versus evaluation"]
    again = {**evaluation, "shared_patients": True, "seen_before": True}
    answer = {item.topic: item.answer for item in evaluation_checklist(again)}
    assert "which shares patients" in answer["Training versus evaluation"]
    assert "evaluated before" in answer["Objectives"]


def test_tables_of_the_report_are_complete(evaluation: dict) -> None:
    """Every row of a markdown table has as many cells as its head; each subgroup has a row."""
    card, width = evaluation_card(evaluation, "a folder"), 0
    for line in card.splitlines():
        width = (width or line.count("|")) if line.startswith("|") else 0
        assert line.count("|") == width or not line.startswith("|")
    for row in evaluation["subgroups"]:
        assert f"| {row['by'].replace('_', ' ')} | {row['value']} | {row['n']} |" in card
    assert "It must not be used" in card
