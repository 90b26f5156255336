"""Cross-validation of the joint fit: nobody is scored by a fit that saw them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.endpoints import ENDPOINTS, Endpoint, Onset
from tests.training.evaluation.joint.conftest import FEATURES, HORIZONS, PANEL, joint_data_of
from training.cohort.cohort import Cohort
from training.cohort.labels import label
from training.evaluation.design import Design, design_for
from training.evaluation.folds import FoldPlan, patient_fold_plan
from training.evaluation.joint.fit import JointData, JointModel, fit_joint, joint_data
from training.evaluation.joint.resampling import cross_validate_joint, out_of_fold
from training.evaluation.joint.rows import joint_rows

VIRAL = Endpoint("viral", "viral", "viral", (), Onset(3, "viral"), excludes_earlier=True)


def plan_of(data: JointData, repeats: int = 2, folds: int = 3) -> FoldPlan:
    """Folds of the patients at the judged landmark."""
    first = data.rows.visits[0]
    outcome = np.where(first.time <= 180, first.code, 0)
    return patient_fold_plan(outcome, data.rows.site[first.patient], repeats, folds, 5)


def design_of(cohort: Cohort, endpoint: Endpoint, horizon: int = 180) -> Design:
    """The endpoint's labels."""
    labels = label(cohort.at_risk_of(endpoint), endpoint, horizon)
    return design_for(labels, cohort.samples, FEATURES, PANEL)


def test_no_patient_is_scored_by_a_fit_that_saw_them(data: JointData) -> None:
    """Each fold's training patients are all others, those of later landmarks alone included."""
    plan, calls = plan_of(data), []

    def fit(joint: JointData, patients: np.ndarray) -> JointModel:
        calls.append(patients)
        return fit_joint(joint, patients)

    scores = cross_validate_joint(data, plan, fit)
    everybody, first = set(range(len(data.rows.patients))), data.rows.visits[0].patient
    for (r, k), trained in zip(((r, k) for r in range(2) for k in range(3)), calls, strict=True):
        assert set(trained) == everybody - set(first[plan.fold[r] == k])
    assert np.isfinite(scores.exclusive).all()
    assert all(np.isfinite(risks).all() for risks in scores.risks.values())


def test_scores_are_those_of_separate_fits(data: JointData) -> None:
    """One fold by hand: fit to the others, risks of this fold's patients."""
    plan = plan_of(data)
    scores = cross_validate_joint(data, plan, fit_joint)
    first, test = data.rows.visits[0], plan.fold[1] == 2
    model = fit_joint(data, np.setdiff1d(np.arange(len(data.rows.patients)), first.patient[test]))
    day = np.full(test.sum(), 28.0)
    expected = model.exclusive_risks(first.X[test], day)
    np.testing.assert_allclose(scores.exclusive[1, test], expected, atol=1e-10)
    for endpoint in data.endpoints:
        expected = model.risks(data, endpoint, first.X[test], day)
        np.testing.assert_allclose(scores.risks[endpoint.name][1, test], expected, atol=1e-10)


def test_a_test_patients_outcome_does_not_matter(serial: Callable[..., Cohort]) -> None:
    """A fold's own days, codes and later visits leave its scores as they are."""
    data = joint_data_of(serial(70, 6))
    plan = plan_of(data)
    in_test = data.rows.visits[0].patient[plan.fold[0] == 1]

    def changed(rows):
        visits = []
        for one in rows.visits:
            mine = np.isin(one.patient, in_test)
            X = np.where(mine[:, None] & (one.landmark > 28), -5.0, one.X)
            code = np.where(mine, 1, one.code)
            visits.append(replace(one, X=X, time=np.where(mine, 3.0, one.time), code=code))
        return replace(rows, visits=tuple(visits))

    other = replace(
        data,
        rows=changed(data.rows),
        onset_rows={name: changed(rows) for name, rows in data.onset_rows.items()},
    )
    one, two = (cross_validate_joint(each, plan, fit_joint) for each in (data, other))
    test = plan.fold[0] == 1
    np.testing.assert_array_equal(one.exclusive[0, test], two.exclusive[0, test])
    for name in one.risks:
        np.testing.assert_array_equal(one.risks[name][0, test], two.risks[name][0, test])
    assert np.any(one.exclusive[0, ~test] != two.exclusive[0, ~test])


def test_processes_do_not_change_the_answer(data: JointData) -> None:
    """One or two; progress says when all folds are done."""
    plan, calls = plan_of(data), []
    one = cross_validate_joint(data, plan, fit_joint, progress=lambda *call: calls.append(call))
    two = cross_validate_joint(data, plan, fit_joint, n_jobs=2)
    np.testing.assert_array_equal(one.exclusive, two.exclusive)
    for name in one.risks:
        np.testing.assert_array_equal(one.risks[name], two.risks[name])
    assert calls[0] == ("cross-validation", 1, 6) and calls[-1] == ("cross-validation", 6, 6)


def test_weights_and_prevalence_come_from_the_training_part(
    serial: Callable[..., Cohort],
) -> None:
    """Loop over folds: share of events among the others, censoring weights with their curve."""
    cohort = serial(70, 6)
    data = joint_data_of(cohort)
    plan = plan_of(data)
    for endpoint in ENDPOINTS.values():
        design = design_of(cohort, endpoint)
        scores = cross_validate_joint(data, plan, fit_joint)
        oof = out_of_fold(scores, endpoint, design, 1)
        for r in range(2):
            for i in range(len(design.y)):
                train = plan.fold[r] != plan.fold[r, i]
                weight = design.weights(train)
                learn = train & ~np.isnan(design.y)
                share = np.sum((weight * design.y)[learn]) / np.sum(weight[learn])
                np.testing.assert_allclose(oof.prevalence[r, i], share)
                expected = 0.0 if np.isnan(design.y[i]) else weight[i]
                assert oof.weight[r, i] == expected
        np.testing.assert_allclose(oof.risk, scores.risks[endpoint.name][:, :, 1], atol=1e-12)


def test_an_endpoint_that_excludes_patients_has_scores_of_the_others(
    serial: Callable[..., Cohort],
) -> None:
    """Folds, strata and risks of its patients, in the order of its design."""
    cohort = serial(80, 2)
    rows = joint_rows(cohort, (28, 60), HORIZONS, features=FEATURES, core_panel=PANEL)
    data = joint_data(cohort, rows, (VIRAL,))
    plan, design = plan_of(data), design_of(cohort, VIRAL)
    scores = cross_validate_joint(data, plan, fit_joint)
    oof = out_of_fold(scores, VIRAL, design, 1)
    at = [list(cohort.at_risk.patient_id).index(p) for p in cohort.at_risk_of(VIRAL).patient_id]
    assert 0 < len(at) < len(plan.fold[0])
    np.testing.assert_array_equal(oof.plan.fold, plan.fold[:, at])
    np.testing.assert_array_equal(oof.plan.stratum, plan.stratum[:, at])
    np.testing.assert_allclose(oof.risk, scores.risks["viral"][:, at, 1], atol=1e-12)
    assert oof.weight.shape == oof.prevalence.shape == (2, len(design.y))
