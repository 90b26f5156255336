"""Choice between ridge and LightGBM: what is taken, what is not tried, and why."""

import sys
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]  # no stubs

from features.errors import InputError
from models.hazard_model import HazardModel
from models.tree_members import TreeMembers
from tests.training.evaluation.joint.visit_data import fold_plan, visit_data
from training.evaluation.joint.challenger import Challenge, challenge
from training.evaluation.joint.fit import JointData, fit_joint
from training.evaluation.joint.interval_loss import patient_losses
from training.evaluation.joint.tree_fit import fit_trees


def chosen(data: JointData, model: str = "choose", *, repeats: int = 2) -> Challenge:
    """The choice on these folds."""
    return challenge(data, fold_plan(data, repeats), model)


@pytest.fixture(scope="module")
def interaction() -> JointData:
    """400 patients whose relapse follows the product of two features."""
    return visit_data(400, 11, effect="interaction")


@pytest.fixture(scope="module")
def taken(interaction: JointData) -> Challenge:
    """The choice on them, on three repeats of five folds."""
    return chosen(interaction, repeats=3)


@pytest.mark.parametrize("seed", range(11, 16))
def test_noise_does_not_take_lightgbm(seed: int) -> None:
    """300 patients whose features tell nothing keep the ridge; the sentence says by how much."""
    outcome = chosen(visit_data(300, seed, effect="none"))
    assert outcome.kind == "ridge" and outcome.difference is not None
    assert outcome.difference.mean > -2 * outcome.difference.standard_error
    assert outcome.sentence.startswith("The ridge stays: LightGBM's out-of-fold loss per patient")
    assert f"{abs(outcome.difference.mean):.4f}" in outcome.sentence


def test_a_strong_interaction_takes_lightgbm(taken: Challenge) -> None:
    """No linear effect tells who relapses; the trees find it, and all their repeats are scored."""
    assert taken.kind == "lightgbm" and taken.difference is not None
    assert taken.difference.mean < -2 * taken.difference.standard_error
    assert taken.sentence.startswith("LightGBM is taken") and " lower than " in taken.sentence
    assert taken.fit is fit_trees
    assert taken.by_patient.exclusive.shape == (3, 400, 3, 3)
    assert np.isfinite(taken.by_patient.exclusive).all()


def test_both_are_compared_on_the_same_folds(interaction: JointData, taken: Challenge) -> None:
    """The difference is that of losses of fits to the same training patients, fitted here anew."""
    visits, plan = interaction.rows.visits[0], fold_plan(interaction, 2)
    ends, day = np.array([90.0, 180.0, 365.0]), np.full(400, 28.0)
    losses = []
    for fit in (fit_trees, fit_joint):
        risks = np.empty((2, 400, 3, 3))
        for r in range(2):
            for k in range(5):
                test = plan.fold[r] == k
                with threadpool_limits(1):
                    model = fit(interaction, np.flatnonzero(~test))
                risks[r, test] = model.exclusive_risks(visits.X[test], day[test])
        losses.append(patient_losses(risks, visits, ends))
    difference = losses[0] - losses[1]
    assert taken.difference is not None
    assert taken.difference.mean == pytest.approx(difference.mean(), abs=1e-9)
    error = np.sqrt(difference.var(ddof=1) / 400)
    assert taken.difference.standard_error == pytest.approx(error, abs=1e-9)


@pytest.mark.parametrize(("n", "rate"), [(79, 1 / 400), (90, 1 / 5000)])
def test_small_cohorts_do_not_try_lightgbm(n: int, rate: float) -> None:
    """With under 80 patients or 20 events the ridge is taken, and the sentence counts them."""
    outcome = chosen(visit_data(n, 3, effect="none", rate=rate, competing=rate))
    assert outcome.kind == "ridge" and outcome.difference is None
    assert f"{n} patients with" in outcome.sentence and "at least 80" in outcome.sentence
    assert list(outcome.compared) == ["ridge"]


def test_a_declared_ridge_needs_no_lightgbm(
    monkeypatch: pytest.MonkeyPatch, interaction: JointData
) -> None:
    """Where it is not installed, a protocol with the ridge is fitted all the same."""
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    outcome = chosen(interaction, "ridge")
    assert outcome.sentence == "LightGBM was not tried: the protocol declares the ridge."
    everybody = np.arange(400)
    assert isinstance(outcome.fit(interaction, everybody).exclusive, HazardModel)  # type: ignore[attr-defined]


def test_a_declared_lightgbm_is_fitted_on_any_cohort() -> None:
    """Nothing is compared, and it is taken on noise."""
    data = visit_data(60, 4, effect="none")
    outcome = chosen(data, "lightgbm")
    assert (outcome.kind, outcome.difference) == ("lightgbm", None)
    assert outcome.sentence == "The protocol declares LightGBM."
    assert isinstance(outcome.fit(data, np.arange(60)).exclusive, TreeMembers)  # type: ignore[attr-defined]


@pytest.fixture
def no_openmp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without libgomp1, on which importing LightGBM fails as it does there."""
    (tmp_path / "lightgbm.py").write_text("raise OSError('libgomp.so.1: cannot open')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "lightgbm")


@pytest.mark.usefixtures("no_openmp")
def test_without_openmp_the_choice_is_the_ridge(interaction: JointData) -> None:
    """The sentence says what is missing; the fit does not fail."""
    outcome = chosen(interaction)
    assert outcome.kind == "ridge" and outcome.difference is None
    assert outcome.sentence.startswith("LightGBM was not tried: LightGBM needs the system's OpenMP")


@pytest.mark.usefixtures("no_openmp")
def test_without_openmp_a_declared_lightgbm_is_refused(interaction: JointData) -> None:
    """Who declared it learns what is missing, before anything is fitted."""
    with pytest.raises(InputError, match="libgomp1"):
        chosen(interaction, "lightgbm")
