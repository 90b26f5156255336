"""Updated models: right on average at the new site, coherent, and with their parent named."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.update import performance
from models import persistence
from training.cohort.protocol import Protocol
from training.evaluation.update.endpoint_tests import UpdateChoice, choose_update
from training.evaluation.update.updated_model import new_patients, updated_models

PROTOCOL = Protocol()


@pytest.fixture(scope="module")
def updated(stored, half):
    """The three models with new intercepts."""
    return updated_models(stored, choose_update(stored, half, PROTOCOL), half, PROTOCOL)


def test_further_patients_are_right_on_average(stored, updated, further_half) -> None:
    """Observed over expected goes from about a half to about 1 on patients of another seed."""
    for before, after in zip(stored, updated, strict=True):
        (oe_before, brier_before), (oe_after, brier_after) = (
            performance(model, further_half) for model in (before, after)
        )
        assert oe_before < 0.7, before.endpoint
        assert 0.75 < oe_after < 1.3, before.endpoint
        assert brier_after < brier_before
    relapse = updated[0]
    assert performance(relapse, further_half)[0] == pytest.approx(1.0, abs=0.12)


def test_mean_risks_are_the_observed_incidences(updated, half) -> None:
    """At the primary horizon, for events seen at least 5 times and for the onset."""
    for model in updated:
        patients = new_patients(model, half, PROTOCOL)
        risks = model.risks(patients.X)[:, patients.column]
        expected = model.cohort.prevalence[patients.column]
        seen = {"relapse": 0, "fatal_infection": 1}.get(model.endpoint)
        if seen is None or patients.is_own[seen]:
            assert risks.mean() == pytest.approx(expected, abs=1e-6)


def test_patients_whom_an_endpoint_excludes_do_not_move_it(stored, half) -> None:
    """Mean risk, comparison and count are of the patients without an earlier onset."""
    severe = replace(PROTOCOL.endpoint("severe_infection"), excludes_earlier=True)
    protocol = replace(PROTOCOL, endpoints=(*PROTOCOL.endpoints[:2], severe))
    update = choose_update(stored, half, protocol)
    assert update.choice in ("intercept", "intercept_and_slope")
    model = updated_models(stored, update, half, protocol)[2]
    at_risk = half.at_risk_of(severe)
    assert at_risk.n < half.at_risk.n
    frame = half.samples.frame.iloc[at_risk.row]
    risks = model.risks(frame[list(model.features)].to_numpy(float))
    np.testing.assert_allclose(np.sort(risks.T, axis=1), model.cohort.training_risks)
    assert risks[:, 1].mean() == pytest.approx(model.cohort.prevalence[1], abs=1e-6)
    assert model.manifest["parent"]["patients"] == at_risk.n


def test_risks_stay_coherent(updated, further_half) -> None:
    """Severe is at least fatal infection, none falls, exclusive ones add up to at most 1."""
    X = new_patients(updated[0], further_half, PROTOCOL).X
    relapse, fatal, severe = (model.risks(X) for model in updated)
    assert (severe >= fatal).all()
    assert (relapse + fatal <= 1).all()
    for risks in (relapse, fatal, severe):
        assert (np.diff(risks, axis=1) >= 0).all()
    fits = {model.manifest["joint_fit"] for model in updated}
    assert len(fits) == 1


def test_a_slope_scales_the_effects_of_its_event_alone(stored, half) -> None:
    """Relapse's slope multiplies its effects in all three models, refits included."""
    tests = choose_update(stored, half, PROTOCOL).tests
    sloped = {**tests, "relapse": replace(tests["relapse"], choice="intercept_and_slope",
                                          line=(0.0, 0.6))}  # fmt: skip
    changed = updated_models(stored, UpdateChoice("intercept_and_slope", sloped), half, PROTOCOL)
    for before, after in zip(stored, changed, strict=True):
        np.testing.assert_allclose(
            after.members.effects[:, :, 0], 0.6 * before.members.effects[:, :, 0]
        )
        np.testing.assert_array_equal(
            after.members.effects[:, :, 1:], before.members.effects[:, :, 1:]
        )
    patients = new_patients(changed[0], half, PROTOCOL)
    mean = changed[0].risks(patients.X)[:, patients.column].mean()
    assert mean == pytest.approx(patients.target[0], abs=1e-6)


def test_refits_move_with_the_model(stored, updated) -> None:
    """All members get the same shift, so the stability interval keeps its width in log-odds."""
    for before, after in zip(stored, updated, strict=True):
        shift = after.members.intercepts - before.members.intercepts
        np.testing.assert_allclose(shift, np.broadcast_to(shift[:1, :1], shift.shape), atol=1e-12)


def test_the_parent_is_named_and_comes_back(stored, updated, tmp_path) -> None:
    """Parent, change and patients are in the saved manifest; the state is candidate."""
    persistence.save(updated[0], tmp_path / "model")
    model = persistence.load(tmp_path / "model")
    parent = model.manifest["parent"]
    assert parent["joint_fit"] == stored[0].manifest["joint_fit"] != model.manifest["joint_fit"]
    assert parent["update"] == "intercept"
    assert parent["patients"] == model.cohort.training_risks.shape[1]
    assert model.manifest["state"] == "candidate"
    assert "evaluate it on further patients" in model.manifest["gate"]["sentences"][0]
    assert "cohort" not in model.manifest
