"""Counts and performance by subgroup."""

import pandas as pd

from tests.training.evaluation.random_scores import random_scores
from training.cohort.at_risk import patients_at_risk
from training.cohort.labels import label
from training.cohort.samples import samples_from
from training.evaluation.subgroups import subgroups


def test_years_are_whole_numbers(cohort) -> None:
    """A year that pandas holds as 2021.0 is shown as 2021."""
    table, outcomes = cohort(30)
    labels = label(patients_at_risk(outcomes, samples_from(table), 28), "relapse", 180)
    outcome_rows = outcomes.frame.loc[list(labels.at_risk.patient_id)].assign(infusion_year=2021.0)
    rows = subgroups(random_scores(labels.at_risk.n), labels.at_risk, labels.y, outcome_rows)
    assert [row["value"] for row in rows if row["by"] == "infusion_year"] == ["2021"]


def test_subgroups_count_and_withhold(cohort) -> None:
    """Groups of one variable hold everyone; a group with under five events shows counts only."""
    table, outcomes = cohort(80, sites=2)
    labels = label(patients_at_risk(outcomes, samples_from(table), 28), "relapse", 180)
    n = labels.at_risk.n
    outcome_rows = outcomes.frame.loc[list(labels.at_risk.patient_id)]
    rows = pd.DataFrame(subgroups(random_scores(n), labels.at_risk, labels.y, outcome_rows))
    assert set(rows["by"]) == {"sex", "site", "age"}
    assert rows.groupby("by")["n"].sum().tolist() == [n] * 3
    assert rows.groupby("by")["events"].sum().tolist() == [labels.n_events] * 3
    assert rows.loc[rows["events"] < 5, "auc"].isna().all()
    assert rows.loc[rows["events"] >= 5, "auc"].notna().any()
