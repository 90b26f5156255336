"""The evaluation's parts fit together and say what they are."""

import numpy as np
import pandas as pd

from training.cohort.at_risk import patients_at_risk
from training.cohort.labels import label
from training.cohort.samples import samples_from
from training.evaluation.cross_validation import OutOfFold
from training.evaluation.folds import FoldPlan
from training.evaluation.internal_validation import (
    design_for,
    mean_risk,
    out_of_fold_frame,
    selection_shares,
    subgroups,
)
from training.statistics.logistic import sigmoid


def scored(n: int, seed: int = 0) -> OutOfFold:
    """Two repeats of random scores."""
    rng = np.random.default_rng(seed)
    fold = np.tile(np.arange(n) % 5, (2, 1))
    names = (("biomarker",) * 5, ("biomarker",) * 3 + ("core_panel",) * 2)
    plan = FoldPlan(fold, fold, "patient", "")
    return OutOfFold(rng.normal(size=(2, n)), np.full((2, n), 0.4), np.ones((2, n)), plan, names)


def test_design_takes_the_rows_of_the_patients_at_risk(cohort) -> None:
    """Features line up with labels although the table is in another order."""
    table, outcomes = cohort(30)
    shuffled = samples_from(table.sample(frac=1, random_state=0))
    labelled = label(patients_at_risk(outcomes, shuffled, 28), "relapse", 180)
    design = design_for(labelled, shuffled, ("monocyte_fraction",), ("nk_fraction",))
    expected = table.set_index("patient_id").loc[list(labelled.at_risk.patient_id)]
    np.testing.assert_array_equal(design.X["monocyte_fraction"], expected["monocyte_fraction"])
    assert design.panel is None


def test_censoring_rule_brings_its_panel(cohort) -> None:
    """Under the rule "censoring" the weights know the core panel."""
    table, outcomes = cohort(30)
    samples = samples_from(table)
    labelled = label(patients_at_risk(outcomes, samples, 28, "censoring"), "relapse", 180)
    design = design_for(labelled, samples, ("monocyte_fraction",), ("nk_fraction",))
    assert design.panel is not None
    assert design.panel.shape == (labelled.at_risk.n, 1)
    assert np.isfinite(design.weights()).all()


def test_out_of_fold_frame_has_a_row_per_patient_and_repeat(cohort) -> None:
    """Rows keep patient, fold, risk and label together."""
    table, outcomes = cohort(30)
    labelled = label(patients_at_risk(outcomes, samples_from(table), 28), "relapse", 180)
    n = labelled.at_risk.n
    oof = scored(n)
    frame = out_of_fold_frame(oof, labelled.at_risk, labelled.y)
    assert len(frame) == 2 * n
    row = frame.iloc[n + 3]
    assert (row["repeat"], row["patient_id"]) == (1, labelled.at_risk.patient_id[3])
    np.testing.assert_allclose(row["risk"], sigmoid(oof.logit[1, 3:4])[0])
    np.testing.assert_allclose(
        mean_risk(oof)[3], frame[frame.patient_id == row.patient_id].risk.mean()
    )


def test_years_are_whole_numbers(cohort) -> None:
    """A year that pandas holds as 2021.0 is shown as 2021."""
    table, outcomes = cohort(30)
    labelled = label(patients_at_risk(outcomes, samples_from(table), 28), "relapse", 180)
    about = outcomes.frame.loc[list(labelled.at_risk.patient_id)].assign(infusion_year=2021.0)
    rows = subgroups(scored(labelled.at_risk.n), labelled.at_risk, labelled.y, about)
    assert [row["value"] for row in rows if row["by"] == "infusion_year"] == ["2021"]


def test_selection_shares_add_up() -> None:
    """Eight of ten folds chose the biomarker."""
    assert selection_shares(scored(10)) == {"biomarker": 0.8, "core_panel": 0.2}


def test_subgroups_count_and_withhold(cohort) -> None:
    """Groups of one variable hold everyone; a group with under five events shows counts only."""
    table, outcomes = cohort(80, sites=2)
    labelled = label(patients_at_risk(outcomes, samples_from(table), 28), "relapse", 180)
    n = labelled.at_risk.n
    about = outcomes.frame.loc[list(labelled.at_risk.patient_id)]
    rows = pd.DataFrame(subgroups(scored(n), labelled.at_risk, labelled.y, about))
    assert set(rows["by"]) == {"sex", "site", "age"}
    assert rows.groupby("by")["n"].sum().tolist() == [n] * 3
    assert rows.groupby("by")["events"].sum().tolist() == [labelled.n_events] * 3
    assert rows.loc[rows["events"] < 5, "auc"].isna().all()
    assert rows.loc[rows["events"] >= 5, "auc"].notna().any()
