"""The checklist: 27 items in order, answered by the evaluation's own numbers."""

import pytest

from tests.training.one_fit import fit_one
from training.model_card.model_card import model_card
from training.model_card.tripod import checklist


@pytest.fixture(scope="module")
def evaluation(cohort) -> dict:
    """Relapse in 60 patients of two hospitals; age and sex known, year not."""
    return fit_one(cohort(60, seed=2, sites=2)).evaluation


def test_all_items_in_order(evaluation: dict) -> None:
    """Numbers 1 to 27, each answered or named as missing, none empty."""
    items = checklist(evaluation)
    assert [item.number for item in items] == list(range(1, 28))
    assert all(item.answer.strip() for item in items)
    unknown = {item.topic for item in items if not item.has_answer}
    assert unknown == {
        "Ethical approval", "Patient and public involvement", "Usability in current care"
    }  # fmt: skip


def test_answers_carry_the_numbers(evaluation: dict) -> None:
    """Sample size, events, sites and missing dates are those of the evaluation."""
    answer = {item.topic: item.answer for item in checklist(evaluation)}
    counts, size = evaluation["counts"], evaluation["sample_size"]
    assert f"{size['required']['patients']} patients" in answer["Sample size"]
    assert f"{counts['events']} events" in answer["Model development"]
    assert "2 sites" in answer["Participants"]
    assert "missing: dates of infusion" in answer["Data"]
    assert answer["Interpretation"] in "; ".join(evaluation["verdict"]["sentences"])


def test_the_protocol_answers_what_it_states(evaluation: dict) -> None:
    """Ethics, funding, registration, sharing and involvement are the protocol's own words."""
    texts = {
        "date": "2026-01-02", "ethics": "approved by board 7", "funding": "grant 12",
        "registration": "NCT1", "data_sharing": "on request", "patient_involvement": "two patients",
    }  # fmt: skip
    stated = checklist({**evaluation, "protocol": {**evaluation["protocol"], **texts}})
    answers = [stated[number - 1] for number in (17, 18, 19)]
    for text in texts.values():
        assert any(text in item.answer for item in answers)
    assert all(item.has_answer and not item.in_part for item in answers)
    empty = checklist(evaluation)[17].answer
    assert empty.count("not stated in the protocol") == 3 and "date of the protocol" in empty


def test_years_of_infusion_are_listed(evaluation: dict) -> None:
    """With the year known, first and last stand under data."""
    rows = [{"by": "infusion_year", "value": year} for year in ("2021", "2024")]
    told = checklist({**evaluation, "subgroups": rows})
    assert "infused 2021 to 2024" in told[4].answer


def test_the_card_holds_checklist_subgroups_and_misuse(evaluation: dict) -> None:
    """Each item is a row; each subgroup too; absent groupings and forbidden uses are named."""
    card = model_card(evaluation, "cd7watch-relapse")
    for item in checklist(evaluation):
        assert f"| {item.number} | {item.topic} | " in card
    for row in evaluation["subgroups"]:
        assert f"| {row['by']} | {row['value']} | {row['n']} | {row['events']} |" in card
    assert "Not given for this cohort: year of infusion." in card
    assert "It must not be used" in card
