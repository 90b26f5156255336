"""A declared LightGBM from the cohort to the answer: fitted, stored, explained, coherent."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features.arrays import Floats
from models.frozen import FrozenModel
from models.persistence import load, save
from tests.training.evaluation.joint.simulated_rows import simulated_cohort
from training.cohort.protocol import Protocol
from training.evaluation.documents.evaluation_document import FIT_ORDER
from training.evaluation.fit_cohort import FittedEndpoint, fit_cohort

QUICK = replace(Protocol(), model="lightgbm", repeats=1, refits=6, permutations=100, bootstraps=40)
NAMES = ("relapse", "fatal_infection", "severe_infection")


@pytest.fixture(scope="module")
def fitted() -> dict[str, FittedEndpoint]:
    """All three endpoints of 120 simulated patients."""
    return {one.endpoint: one for one in fit_cohort(simulated_cohort(), QUICK, NAMES)}


@pytest.fixture(scope="module")
def models(
    fitted: dict[str, FittedEndpoint], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, FrozenModel]:
    """The models as their folders give them back."""
    folder, loaded = tmp_path_factory.mktemp("models"), {}
    for name, one in fitted.items():
        assert one.model is not None
        save(one.model, folder / name)
        loaded[name] = load(folder / name)
    return loaded


@pytest.fixture(scope="module")
def patients(models: dict[str, FrozenModel]) -> Floats:
    """The 120 patients' values, and 3,000 strangers with gaps anywhere."""
    cohort, rng = simulated_cohort(), np.random.default_rng(0)
    features = list(models["relapse"].features)
    X = cohort.samples.frame.iloc[cohort.at_risk.row][features].to_numpy(dtype=np.float64)
    far = np.nanmean(X, axis=0) + 3 * np.nanstd(X, axis=0) * rng.normal(size=(3000, X.shape[1]))
    return np.concatenate([X, np.where(rng.random(far.shape) < 0.3, np.nan, far)])


def test_documents_say_that_lightgbm_was_declared(fitted: dict[str, FittedEndpoint]) -> None:
    """In the model's section and the challenger's, in the document's order."""
    for one in fitted.values():
        document = one.evaluation
        assert list(document) == [key for key in FIT_ORDER if key in document]
        assert document["model"]["kind"] == "lightgbm" and document["model"]["prior_sd"] == []
        section = document["challenger"]
        assert section["sentence"] == "The protocol declares LightGBM."
        assert section["taken"] and not section["compared"]
        rivals = [row["name"] for row in section["rivals"]]
        assert rivals == ["lightgbm", "prevalence", "biomarker"]
        assert section["rivals"][0]["brier"] == pytest.approx(document["metrics"]["brier"]["value"])


def test_stored_models_are_trees_of_one_fit(models: dict[str, FrozenModel]) -> None:
    """The manifests name LightGBM and one joint fit; each has the model and six refits."""
    assert {model.manifest["model"] for model in models.values()} == {"lightgbm"}
    assert len({model.manifest["joint_fit"] for model in models.values()}) == 1
    assert {len(model.members.intercepts) for model in models.values()} == {7}


def test_stored_models_give_the_fitted_risks(
    fitted: dict[str, FittedEndpoint], models: dict[str, FrozenModel], patients: Floats
) -> None:
    """To the last bit, the refits' too."""
    for name, model in models.items():
        draft = fitted[name].model
        assert draft is not None
        np.testing.assert_array_equal(model.risks(patients), draft.risks(patients))
        np.testing.assert_array_equal(model.refit_risks(patients), draft.refit_risks(patients))


@pytest.mark.parametrize("day", [28, 90])
def test_risks_never_fall_and_never_add_up_to_more_than_one(
    models: dict[str, FrozenModel], patients: Floats, day: int
) -> None:
    """Relapse and fatal infection exclude each other; severe infection is never below the fatal."""
    risks = {name: model.risks(patients, day) for name, model in models.items()}
    assert all((np.diff(risk, axis=1) >= 0).all() for risk in risks.values())
    assert (risks["relapse"] + risks["fatal_infection"]).max() <= 1 + 1e-12
    assert (risks["severe_infection"] - risks["fatal_infection"]).min() > -1e-12


def test_refits_keep_severe_above_fatal(models: dict[str, FrozenModel], patients: Floats) -> None:
    """Each refit is coherent by itself."""
    severe, fatal = (
        models[n].refit_risks(patients) for n in ("severe_infection", "fatal_infection")
    )
    assert (severe - fatal).min() > -1e-12


def test_reasons_add_up_and_name_what_lightgbm_used(
    models: dict[str, FrozenModel], patients: Floats
) -> None:
    """Baseline and contributions give the logit to 1e-9; a feature of no split has no part."""
    for model in models.values():
        first = model.members.first()
        columns = set(first.trees.feature[first.trees.node_count > 0].tolist())
        absent = [j for j in range(len(model.features)) if j not in columns]
        for x in patients[100:140]:
            for h in model.assess(x).horizons:
                assert h.contributions.sum() + h.baseline_logit == pytest.approx(h.logit, abs=1e-9)
                assert np.abs(h.contributions[absent]).max(initial=0.0) < 1e-9
                assert h.low <= h.high and np.abs(h.contributions).max() > 1e-3


def test_folders_hold_no_pickle(models: dict[str, FrozenModel], tmp_path: Path) -> None:
    """Two files: JSON and plain arrays."""
    save(models["relapse"], tmp_path / "model")
    assert sorted(p.name for p in (tmp_path / "model").iterdir()) == ["arrays.npz", "manifest.json"]
    with np.load(tmp_path / "model" / "arrays.npz", allow_pickle=False) as archive:
        assert {archive[name].dtype.kind for name in archive.files} <= set("fiub")
