"""Endpoints declared in protocol.json reach labels, gate, document and saved folder without code.

A fourth is a union of two events, a fifth the first viral infection.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import persistence
from models.frozen import FrozenModel
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.infections import read_infections
from training.cohort.outcomes import read_outcomes
from training.cohort.protocol import Protocol, read_protocol
from training.evaluation.external_validation import evaluate_model
from training.evaluation.fit_cohort import FittedEndpoint, fit_cohort
from training.simulation.simulate import simulate_cohort
from training.tracking.registered_model import manifest_protocol

DECLARED = [
    "relapse",
    "fatal_infection",
    "severe_infection",
    {
        "name": "death_without_relapse", "words": "death without relapse",
        "plural": "deaths without relapse", "events": ["fatal_infection", "other_death"],
        "biomarker": "monocyte_fraction",
    },
    {
        "name": "viral_infection", "events": [], "onset": {"min_grade": 3, "group": "viral"},
        "excludes_earlier": True,
    },
]  # fmt: skip
CONTENT = {
    "endpoints": DECLARED, "features": ["standard", "earlier_severe_infections"],
    "later_landmarks": [], "model": "ridge", "repeats": 2, "folds": 3, "refits": 4,
    "permutations": 199, "bootstraps": 20,
}  # fmt: skip


@pytest.fixture(scope="module")
def protocol(tmp_path_factory: pytest.TempPathFactory) -> Protocol:
    """protocol.json as a group would write it."""
    path = tmp_path_factory.mktemp("protocol") / "protocol.json"
    path.write_text(json.dumps(CONTENT))
    return read_protocol(path)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """A simulated cohort of 220 patients, with its infections."""
    from features.table.feature_table import read_table

    folder = tmp_path_factory.mktemp("cohort") / "c"
    simulate_cohort(folder, "seed-optimistic", n=220, seed=3, features_only=True)
    outcomes = read_outcomes(folder / "outcomes.csv")
    infections = read_infections(folder / "infections.csv")
    return cohort_of(read_table(folder / "features.parquet"), outcomes, None, infections)


@pytest.fixture(scope="module")
def fits(tables: Cohort, protocol: Protocol) -> dict[str, FittedEndpoint]:
    """All five endpoints, from one joint fit."""
    names = [endpoint.name for endpoint in protocol.endpoints]
    return {fit.endpoint: fit for fit in fit_cohort(tables, protocol, names)}


@pytest.fixture(scope="module")
def models(fits: dict[str, FittedEndpoint], tmp_path_factory) -> dict[str, FrozenModel]:
    """Each model, saved and loaded again."""
    folder = tmp_path_factory.mktemp("models")
    models = {}
    for name, fit in fits.items():
        assert fit.model is not None
        persistence.save(fit.model, folder / name)
        models[name] = persistence.load(folder / name)
    return models


def values(tables: Cohort, model: FrozenModel) -> np.ndarray:
    """Features of the patients at risk."""
    frame = tables.samples.frame.iloc[tables.at_risk.row]
    return frame[list(model.features)].to_numpy(float)


def test_labels_are_those_of_the_declared_events(
    tables: Cohort, fits: dict[str, FittedEndpoint]
) -> None:
    """Events in 180 days, counted one patient after another from the tables."""
    assert tables.infections is not None
    infections = tables.infections
    n_dead = n_viral = n_earlier = 0
    for patient in tables.at_risk.patient_id:
        row = tables.outcomes.frame.loc[patient]
        died = row["death_day"] <= 208 and np.isnan(row["relapse_day"])
        n_dead += bool(died and row["death_cause"] != "relapse")
        mine = infections[(infections.patient_id == patient) & (infections.organism == "CMV")]
        if (mine.day <= 28).any():
            n_earlier += 1
        else:
            n_viral += bool(((mine.day > 28) & (mine.day <= 208)).any())
    assert fits["death_without_relapse"].evaluation["counts"]["events"] == n_dead > 10
    viral = fits["viral_infection"].evaluation
    assert viral["counts"]["events"] == n_viral > 10
    assert viral["earlier_onsets"] == n_earlier > 0
    assert viral["counts"]["at_risk"] == tables.at_risk.n - n_earlier
    assert {"reason": "had such an infection by day 28", "n": n_earlier} in (
        viral["participant_flow"]
    )


def test_each_is_judged_and_documented_in_its_words(fits: dict[str, FittedEndpoint]) -> None:
    """A verdict with every check; words, plural and protocol as declared."""
    words = {name: fit.evaluation["endpoint_words"] for name, fit in fits.items()}
    assert words["death_without_relapse"] == {
        "singular": "death without relapse", "plural": "deaths without relapse",
    }  # fmt: skip
    assert words["viral_infection"]["plural"] == "viral infections"
    for fit in fits.values():
        assert fit.verdict.state in ("champion", "candidate")
        assert len(fit.verdict.passed_checks + fit.verdict.failed_checks) >= 3
        assert fit.evaluation["score_test"]["p"] <= 1
        assert fit.evaluation["protocol"]["endpoints"][4]["excludes_earlier"] is True
        assert fit.evaluation["infections_sha256"]
        json.dumps(fit.evaluation, allow_nan=False)
    assert len({fit.evaluation["model"]["joint_fit"] for fit in fits.values()}) == 1


def test_risks_stated_together_are_of_each_endpoints_patients(
    fits: dict[str, FittedEndpoint],
) -> None:
    """The mean out-of-fold risk of viral infection is that of those without an earlier one."""
    stated = {row["name"]: row for row in fits["relapse"].evaluation["joint"]["endpoints"]}
    assert list(stated) == list(fits)
    for name, fit in fits.items():
        mean_risk = stated[name]["mean_risk"][1]
        np.testing.assert_allclose(mean_risk, fit.out_of_fold["risk"].mean(), atol=1e-9)
        incidence = fit.evaluation["counts"]["incidence"]["value"]
        np.testing.assert_allclose(stated[name]["observed"][1], incidence)


def test_saved_models_are_coherent(tables: Cohort, models: dict[str, FrozenModel]) -> None:
    """Death without relapse = fatal infection + other death to 1e-12; severe is never below fatal.

    Other death is what the same arrays say with its event alone marked.
    """
    X = values(tables, models["relapse"])
    death, fatal = models["death_without_relapse"], models["fatal_infection"]
    assert death.in_endpoint.tolist() == [0, 1, 1]
    other = replace(death, in_endpoint=np.array([0.0, 0.0, 1.0]))
    for day in (None, 90.0):
        total = fatal.risks(X, day) + other.risks(X, day)
        np.testing.assert_allclose(death.risks(X, day), total, atol=1e-12, rtol=0)
        assert np.all(models["severe_infection"].risks(X, day) >= fatal.risks(X, day))
        assert np.all(death.risks(X, day) + models["relapse"].risks(X, day) <= 1)
    assert death.words == "death without relapse" and death.plural == "deaths without relapse"


def test_a_saved_model_answers_and_declares_itself(
    tables: Cohort, protocol: Protocol, models: dict[str, FrozenModel]
) -> None:
    """Risks with reasons that add up; endpoint and declared input are in the manifest."""
    for endpoint in protocol.endpoints:
        model = models[endpoint.name]
        assessment = model.assess(values(tables, model)[0])
        for horizon in assessment.horizons:
            assert 0 <= horizon.low <= horizon.high <= 1
            gap = horizon.contributions.sum() + horizon.baseline_logit - horizon.logit
            assert abs(gap) < 1e-9
        assert manifest_protocol(model).endpoints == (endpoint,)
        assert [feature.name for feature in model.covariates] == ["earlier_severe_infections"]
        assert model.manifest["training"]["infections_sha256"] == tables.infections_digest


def test_a_saved_model_is_evaluated_on_another_cohort(
    tables: Cohort, models: dict[str, FrozenModel], tmp_path: Path
) -> None:
    """The folder alone says which events of which table count."""
    from features.table.feature_table import read_table

    folder = tmp_path / "c"
    simulate_cohort(folder, "seed-optimistic", n=150, seed=4, features_only=True)
    other = cohort_of(
        read_table(folder / "features.parquet"), read_outcomes(folder / "outcomes.csv"), None,
        read_infections(folder / "infections.csv"),
    )  # fmt: skip
    for name in ("death_without_relapse", "viral_infection"):
        evaluation, _ = evaluate_model(models[name], other, manifest_protocol(models[name]))
        assert evaluation["endpoint"] == name
        assert evaluation["counts"]["events"] > 5


def test_a_cohort_without_infections_leaves_onsets_out(
    cohort: Callable, capsys: pytest.CaptureFixture[str], protocol: Protocol
) -> None:
    """Those that are asked for are refused; by default a note names those left out."""
    from training.commands.arguments import endpoints_to_fit

    names = endpoints_to_fit(protocol, (), has_infections=False)
    assert names == ("relapse", "fatal_infection", "death_without_relapse")
    note = capsys.readouterr().err
    assert "severe_infection, viral_infection" in note and "--infections" in note
    assert len(endpoints_to_fit(protocol, (), has_infections=True)) == 5
