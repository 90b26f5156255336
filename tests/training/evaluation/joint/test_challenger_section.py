"""The challenger in an evaluation document: rivals against scikit-learn and by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models.endpoints import ENDPOINTS
from tests.training.evaluation.joint.simulated_rows import simulated_cohort, three_endpoints
from training.cohort.labels import label
from training.cohort.protocol import Protocol
from training.evaluation.design import Design
from training.evaluation.documents.model_sections import ChallengerSection, RivalScore
from training.evaluation.evaluation_data import EvaluationData
from training.evaluation.folds import FoldPlan, patient_fold_plan
from training.evaluation.joint.challenger import Challenge, challenge
from training.evaluation.joint.challenger_section import challenger_section
from training.evaluation.joint.point_measures import point_measures
from training.evaluation.joint.resampling import out_of_fold

RELAPSE = ENDPOINTS["relapse"]
COLUMN = 1  # of 180 days


@pytest.fixture(scope="module")
def design() -> Design:
    """Relapse by day 180 of the 120 patients."""
    protocol = Protocol()
    labels = label(simulated_cohort().at_risk, "relapse", 180)
    return EvaluationData(simulated_cohort(), protocol, labels, protocol.features).design


@pytest.fixture(scope="module")
def plan(design: Design) -> FoldPlan:
    """Three repeats of five folds."""
    outcome = np.nan_to_num(design.y, nan=-1).astype(np.int64)
    return patient_fold_plan(outcome, design.site, 3, 5, 0)


@pytest.fixture(scope="module")
def outcome(plan: FoldPlan) -> Challenge:
    """The choice on them."""
    return challenge(three_endpoints(), plan, "choose")


@pytest.fixture(scope="module")
def section(outcome: Challenge, design: Design) -> ChallengerSection:
    """Its section for relapse."""
    return challenger_section(outcome, RELAPSE, design, COLUMN)


def rival(section: ChallengerSection, name: str) -> RivalScore:
    """The rival of this name."""
    return next(row for row in section["rivals"] if row["name"] == name)


def test_the_section_says_what_was_compared(section: ChallengerSection, outcome: Challenge) -> None:
    """All of its keys, the difference with its error, and four rivals on two repeats."""
    assert set(section) == set(ChallengerSection.__annotations__)
    assert outcome.difference is not None
    assert section["loss_difference"] == outcome.difference.mean
    assert section["standard_error"] == outcome.difference.standard_error
    assert (section["kind"], section["compared"], section["repeats"]) == ("lightgbm", True, 2)
    assert section["taken"] is (outcome.kind == "lightgbm")
    assert section["sentence"] == outcome.sentence
    assert section["biomarker"] == "s100a8a9_leukocyte"
    names = [row["name"] for row in section["rivals"]]
    assert names == ["ridge", "lightgbm", "prevalence", "biomarker"]


def test_prevalence_is_the_zero_of_skill(section: ChallengerSection) -> None:
    """It orders nobody and is the reference of the skill."""
    row = rival(section, "prevalence")
    assert row["auc"] == 0.5 and row["brier_skill"] == pytest.approx(0.0, abs=1e-12)


def test_models_are_scored_on_the_repeats_that_both_have(
    section: ChallengerSection, outcome: Challenge, design: Design
) -> None:
    """The ridge's figures are those of its first two repeats, not of all three."""
    for kind in ("ridge", "lightgbm"):
        oof = out_of_fold(outcome.compared[kind], RELAPSE, design, COLUMN)
        assert oof.logit.shape == (2, len(design.y))
        row = rival(section, kind)
        assert (row["auc"], row["brier"], row["brier_skill"]) == point_measures(oof, design.y)
    np.testing.assert_array_equal(
        outcome.compared["ridge"].exclusive, outcome.by_patient.exclusive[:2]
    )


def test_biomarker_is_a_logistic_regression_on_the_other_folds(
    section: ChallengerSection, design: Design, plan: FoldPlan
) -> None:
    """Brier score of scikit-learn's unpenalised fits with the same weights."""
    x = design.X[["s100a8a9_leukocyte"]].to_numpy()
    assert not np.isnan(x).any()
    loss, total = 0.0, 0.0
    for fold in plan.fold[:2]:
        for k in range(5):
            weight = design.label_weights(fold != k)
            learn, test = (fold != k) & (weight > 0), (fold == k) & (weight > 0)
            model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
            model.fit(x[learn], design.y[learn], sample_weight=weight[learn])
            risk = model.predict_proba(x[test])[:, 1]
            loss += float(weight[test] @ (design.y[test] - risk) ** 2)
            total += float(weight[test].sum())
    assert rival(section, "biomarker")["brier"] == pytest.approx(loss / total, abs=1e-5)


def test_patients_without_the_biomarker_have_the_prevalence(
    outcome: Challenge, design: Design
) -> None:
    """A biomarker that nobody has is the prevalence; one of a few is scored on everybody."""
    nobody = replace(design, X=design.X.assign(s100a8a9_leukocyte=np.nan))
    section = challenger_section(outcome, RELAPSE, nobody, COLUMN)
    biomarker, prevalence = rival(section, "biomarker"), rival(section, "prevalence")
    assert biomarker["brier"] == pytest.approx(prevalence["brier"], abs=1e-12)
    values = design.X["s100a8a9_leukocyte"].where(np.arange(len(design.y)) % 2 == 0)
    half = replace(design, X=design.X.assign(s100a8a9_leukocyte=values))
    brier = rival(challenger_section(outcome, RELAPSE, half, COLUMN), "biomarker")["brier"]
    assert math.isfinite(brier) and brier != biomarker["brier"]


def test_without_a_biomarker_or_a_comparison_there_are_fewer_rivals(
    plan: FoldPlan, design: Design
) -> None:
    """A declared ridge stands beside the prevalence, on all repeats."""
    outcome = challenge(three_endpoints(), plan, "ridge")
    section = challenger_section(outcome, replace(RELAPSE, biomarker=None), design, COLUMN)
    assert [row["name"] for row in section["rivals"]] == ["ridge", "prevalence"]
    assert (section["compared"], section["taken"], section["repeats"]) == (False, False, 3)
    assert section["loss_difference"] is None and section["standard_error"] is None
