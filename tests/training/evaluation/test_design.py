"""The design of one endpoint at one horizon."""

import numpy as np

from training.cohort.at_risk import patients_at_risk
from training.cohort.labels import label
from training.cohort.samples import samples_from
from training.evaluation.design import design_for


def test_design_takes_the_rows_of_the_patients_at_risk(cohort) -> None:
    """Features line up with labels although the table is in another order."""
    table, outcomes = cohort(30)
    shuffled = samples_from(table.sample(frac=1, random_state=0))
    labels = label(patients_at_risk(outcomes, shuffled, 28), "relapse", 180)
    design = design_for(labels, shuffled, ("monocyte_fraction",), ("nk_fraction",))
    expected = table.set_index("patient_id").loc[list(labels.at_risk.patient_id)]
    np.testing.assert_array_equal(design.X["monocyte_fraction"], expected["monocyte_fraction"])
    assert design.panel is None


def test_censoring_rule_brings_its_panel(cohort) -> None:
    """Under the rule "censoring" the weights know the core panel."""
    table, outcomes = cohort(30)
    samples = samples_from(table)
    labels = label(patients_at_risk(outcomes, samples, 28, "censoring"), "relapse", 180)
    design = design_for(labels, samples, ("monocyte_fraction",), ("nk_fraction",))
    assert design.panel is not None
    assert design.panel.shape == (labels.at_risk.n, 1)
    assert np.isfinite(design.weights()).all()


def test_patients_without_a_label_have_no_weight(cohort) -> None:
    """`label_weights` are the censoring weights where the label is known, 0 elsewhere."""
    table, outcomes = cohort(60)
    samples = samples_from(table)
    labels = label(patients_at_risk(outcomes, samples, 28), "relapse", 365)
    design = design_for(labels, samples, ("monocyte_fraction",), ("nk_fraction",))
    assert 0 < np.sum(~design.has_label) < 60
    np.testing.assert_array_equal(design.label_weights()[~design.has_label], 0.0)
    np.testing.assert_array_equal(
        design.label_weights()[design.has_label], design.weights()[design.has_label]
    )
