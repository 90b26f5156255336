"""The card of a cohort states all its endpoints side by side."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from tests.training.one_fit import QUICK
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.infections import check_infections
from training.evaluation.fit_cohort import FittedEndpoint, fit_cohort
from training.model_card.cohort_card import ROWS, cohort_card

PROTOCOL = replace(QUICK, refits=2)


def with_infections(tables: tuple) -> Cohort:
    """Every third patient has a severe infection 40 days after the landmark."""
    table, outcomes = tables
    rows = pd.DataFrame({"patient_id": table["patient_id"][::3], "day": "68", "grade": "3"})
    infections = check_infections(rows.assign(organism="", group=""))
    return cohort_of(table, outcomes, PROTOCOL, infections)


@pytest.fixture(scope="module")
def fits(cohort: Callable) -> list[FittedEndpoint]:
    """Relapse, fatal infection (too rare for a model) and severe infection in 90 patients."""
    whole = with_infections(cohort(90, seed=2, beta=1.2, infection=1e-6))
    return list(fit_cohort(whole, PROTOCOL, [e.name for e in PROTOCOL.endpoints]))


def test_each_endpoint_is_a_column_with_its_own_numbers(fits: list[FittedEndpoint]) -> None:
    """Three columns, every row, states and events as in the evaluations."""
    card = cohort_card([fit.evaluation for fit in fits], "demo")
    assert "|  | relapse | fatal infection | severe infection |" in card
    for name in ROWS:
        assert f"| {name} | " in card
    events = " | ".join(str(fit.evaluation["counts"]["events"]) for fit in fits)
    assert f"| Events | {events} |" in card
    assert fits[1].model is None and card.count("no model") >= len(ROWS) - 6
    for fit in fits:
        assert f"**{fit.evaluation['endpoint_words']['singular']}: " in card


def test_the_joint_fit_is_stated_once_with_its_sum(fits: list[FittedEndpoint]) -> None:
    """One table of all events, with severe infection beside them and the largest sum."""
    card = cohort_card([fit.evaluation for fit in fits], "demo")
    assert card.count("## All endpoints together") == 1
    joint = fits[0].evaluation["joint"]
    assert f"| any of these | {100 * joint['any_event']['observed'][0]:.1f} % / " in card
    assert "largest sum of one patient" in card
    severe = {one["name"]: one for one in joint["endpoints"]}["severe_infection"]
    fatal = {one["name"]: one for one in joint["events"]}["fatal_infection"]
    for key in ("observed", "mean_risk"):
        assert all(a >= b for a, b in zip(severe[key], fatal[key], strict=True))


def test_tables_of_the_card_are_complete(fits: list[FittedEndpoint]) -> None:
    """Every row of a markdown table has as many cells as its head."""
    width = 0
    for line in cohort_card([fit.evaluation for fit in fits], "demo").splitlines():
        width = (width or line.count("|")) if line.startswith("|") else 0
        assert not line.startswith("|") or line.count("|") == width
