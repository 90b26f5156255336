"""Cumulative incidence against lifelines, under each transplant rule; the flow adds up."""

import warnings

import numpy as np
import pytest
from lifelines import AalenJohansenFitter

from training.charts.counts_svg import outcome_steps
from training.cohort.at_risk import TRANSPLANT_RULES
from training.cohort.labels import label
from training.study.clinical_course.event_incidence import incidence_section


@pytest.fixture(scope="module")
def section(seeded):
    """Section 6 of a simulated cohort."""
    return incidence_section(seeded)


@pytest.mark.parametrize("rule", TRANSPLANT_RULES)
def test_numbers_are_lifelines(section, seeded, rule: str) -> None:
    """At each horizon the incidence is Aalen-Johansen's for both endpoints."""
    table = section.tables[1].frame
    at_risk = seeded.cohort.at(transplant=rule).at_risk
    for endpoint, code in (("relapse", 1), ("fatal_infection", 2)):
        fitter = AalenJohansenFitter(calculate_variance=True, seed=0, jitter_level=1e-9)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitter.fit(at_risk.time, at_risk.code, event_of_interest=code)
        rows = table[(table["endpoint"] == endpoint) & (table["transplant"] == rule)]
        for _, row in rows.iterrows():
            expected = float(fitter.predict(row["days_after_landmark"] + 1e-3))
            # lifelines breaks ties of event and censoring at random; we count events first.
            assert row["incidence"] == pytest.approx(expected, abs=2e-3)
            assert row["low"] < row["incidence"] < row["high"]


def test_the_declared_rule_is_marked(section) -> None:
    """Exactly the protocol's rule is marked as declared; each row names its question."""
    table = section.tables[1].frame
    assert set(table.loc[table["declared"], "transplant"]) == {"ignored"}
    assert table["question"].map({q: r for r, q in TRANSPLANT_RULES.items()}).tolist() == (
        table["transplant"].tolist()
    )


def test_flow_adds_up(seeded) -> None:
    """Exclusions and patients at risk add up to all patients; their outcomes to all at risk."""
    flow = seeded.at_risk.flow
    assert sum(step.n for step in flow[1:]) == flow[0].n
    relapse = label(seeded.at_risk, "relapse", 180)
    counts = {step.reason: step.n for step in outcome_steps(relapse)}
    assert sum(counts.values()) == seeded.at_risk.n
    assert counts["relapse"] == relapse.n_events
    assert counts["lost to follow-up"] == np.isnan(relapse.y).sum()
