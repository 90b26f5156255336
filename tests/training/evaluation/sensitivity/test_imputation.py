"""Multiple imputation as a sensitivity analysis: what is drawn, and what is pooled."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models.endpoints import ENDPOINTS
from tests.training.one_fit import QUICK
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.labels import label
from training.evaluation.design import design_for
from training.evaluation.folds import FoldPlan, patient_fold_plan
from training.evaluation.joint.fit import JointData, fit_joint, joint_data
from training.evaluation.joint.rows import joint_rows
from training.evaluation.sensitivity.imputation import (
    IMPUTATIONS,
    completed_tables,
    imputed_scores,
    sensitivity_section,
    with_inputs,
)
from training.statistics.bootstrap import bootstrap_copies

RELAPSE = ENDPOINTS["relapse"]
Case = tuple[Cohort, JointData, FoldPlan]


def a_case(cohort: Callable, share: float) -> Case:
    """120 patients with a share of two correlated columns missing at random."""
    table, outcomes = cohort(120, seed=4, beta=1.2)
    rng = np.random.default_rng(0)
    table["s100a8a9_monocyte"] = table["s100a8a9_leukocyte"] + 0.3 * rng.normal(size=120)
    hidden = rng.random(120) < share
    table.loc[hidden, "s100a8a9_leukocyte"] = np.nan
    whole = cohort_of(table, outcomes)
    rows = joint_rows(
        whole, (28,), QUICK.horizons, features=QUICK.features, core_panel=QUICK.core_panel
    )
    data = joint_data(whole, rows, [RELAPSE])
    code = np.where(whole.at_risk.time <= 180, whole.at_risk.code, 0)
    return whole, data, patient_fold_plan(code, whole.at_risk.site, 2, 5, 0)


def test_draws_fill_what_is_missing_and_nothing_else(cohort: Callable) -> None:
    """Measured values stay; draws differ and follow the column that predicts them."""
    _, data, _ = a_case(cohort, 0.2)
    X = data.rows.visits[0].X
    tables = completed_tables(data.rows, seed=1)
    assert len(tables) == IMPUTATIONS
    missing = np.isnan(X)
    column = data.rows.features.index("s100a8a9_leukocyte")
    other = data.rows.features.index("s100a8a9_monocyte")
    for (table,) in tables:
        assert not np.isnan(table).any()
        np.testing.assert_array_equal(table[~missing], X[~missing])
        rows = missing[:, column]
        assert np.corrcoef(table[rows, column], X[rows, other])[0, 1] > 0.5
    assert np.std([table[missing] for (table,) in tables], axis=0).min() > 0


def test_patients_keep_their_inputs_where_an_endpoint_excludes_some(
    cohort: Callable,
) -> None:
    """An endpoint that excludes earlier onsets has fewer visits: each gets its own patient's."""
    endpoint = replace(ENDPOINTS["severe_infection"], excludes_earlier=True)
    table, outcomes = cohort(120, seed=4, beta=1.2)
    infected = table["patient_id"][::7]
    infections = pd.DataFrame({"patient_id": infected, "day": 10.0, "grade": 3, "organism": ""})
    whole = cohort_of(table, outcomes, infections=infections)
    rows = joint_rows(
        whole, (28,), QUICK.horizons, features=QUICK.features, core_panel=QUICK.core_panel
    )
    patient = rows.visits[0].patient
    data = with_inputs(joint_data(whole, rows, [endpoint]), [patient[:, None] + 0.5])
    (some,), (everybody,) = data.onset_rows[endpoint.name].visits, data.rows.visits
    assert 0 < len(some.patient) < len(everybody.patient)
    for visits in (some, everybody):
        np.testing.assert_array_equal(visits.X[:, 0], visits.patient + 0.5)


def test_missing_information_rises_with_what_is_missing(cohort: Callable) -> None:
    """With 5 % missing the pooled AUC is the served one; with 60 % its interval is wider."""
    pooled = []
    for share in (0.05, 0.6):
        whole, data, plan = a_case(cohort, share)
        scores = imputed_scores(data, fit_joint, plan, seed=3)
        design = design_for(
            label(whole.at_risk, RELAPSE, 180), whole.samples, QUICK.features, QUICK.core_panel
        )
        copies = bootstrap_copies(len(design.y), 200, 0)
        section = sensitivity_section(scores, RELAPSE, design, 1, copies=copies)
        assert section["imputations"] == IMPUTATIONS and section["reason"] is None
        assert section["missing_share"] == pytest.approx(np.isnan(data.rows.visits[0].X).mean())
        auc = section["auc"]
        assert auc["imputed"]["low"] < auc["imputed"]["value"] < auc["imputed"]["high"]
        assert abs(auc["imputed"]["value"] - auc["served"]["value"]) < 0.06
        pooled.append(auc["missing_information"])
    assert pooled[0] < pooled[1]


def test_nothing_missing_needs_no_imputation(cohort: Callable) -> None:
    """The section says so and holds no figure."""
    whole, data, plan = a_case(cohort, 0.0)
    scores = imputed_scores(data, fit_joint, plan, seed=3)
    assert scores.missing_share == 0.0 and scores.imputed == []
    y = label(whole.at_risk, RELAPSE, 180)
    design = design_for(y, whole.samples, QUICK.features, QUICK.core_panel)
    copies = bootstrap_copies(len(design.y), 20, 0)
    section = sensitivity_section(scores, RELAPSE, design, 1, copies=copies)
    assert section["auc"] is None and section["reason"] == "no input is missing at the landmark"


def test_the_answer_does_not_depend_on_processes(cohort: Callable) -> None:
    """One process and two give the same scores."""
    _, data, plan = a_case(cohort, 0.3)
    short = replace(plan, fold=plan.fold % 2, stratum=plan.fold % 2)
    one, two = (imputed_scores(data, fit_joint, short, seed=3, n_jobs=n) for n in (1, 2))
    for a, b in zip(one.imputed, two.imputed, strict=True):
        np.testing.assert_array_equal(a.exclusive, b.exclusive)
