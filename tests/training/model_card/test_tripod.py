"""The checklist: 27 items in order, answered by the evaluation's own numbers."""

import pytest
from training.evaluation.fit_endpoint import fit_endpoint

from features.schema import CORE
from training.cohort.cohort import cohort_of
from training.cohort.protocol import Protocol
from training.model_card.model_card import model_card
from training.model_card.tripod import checklist

QUICK = Protocol(
    features=CORE, repeats=1, refits=2, permutations=20, bootstraps=20,
    candidates=("prevalence", "biomarker"),
)  # fmt: skip


@pytest.fixture(scope="module")
def evaluation(cohort) -> dict:
    """Relapse in 60 patients of two hospitals; age and sex known, year not."""
    return fit_endpoint(cohort_of(*cohort(60, seed=2, sites=2)), QUICK, "relapse").evaluation


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
