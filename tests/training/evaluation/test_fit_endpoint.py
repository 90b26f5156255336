"""A fit from table and outcomes to verdict: signal, noise, too few, and bad input."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.schema import CORE
from training.cohort.cohort import cohort_of
from training.cohort.protocol import Protocol
from training.evaluation.fit_endpoint import FittedEndpoint, fit_endpoint

NAMES = (*CORE, "nk_fraction", "b_fraction")
# Small in everything but the structure: the full protocol takes minutes.
QUICK = replace(
    Protocol(), features=NAMES, repeats=2, refits=8, permutations=20, bootstraps=40,
    candidates=("prevalence", "biomarker", "core_panel"),
)  # fmt: skip


@pytest.fixture(scope="module")
def fitted(cohort: Callable) -> FittedEndpoint:
    """Relapse in 140 patients with a strong effect."""
    return fit_endpoint(cohort_of(*cohort(140, seed=1, beta=1.2)), QUICK, "relapse")


def test_signal_becomes_champion(fitted: FittedEndpoint) -> None:
    """A strong effect passes every check, and the model carries the verdict."""
    assert fitted.verdict.state == "champion", fitted.verdict.sentences
    assert fitted.model is not None
    assert fitted.model.manifest["state"] == "champion"
    assert fitted.model.manifest["provenance"] == "synthetic"
    assert fitted.model.horizons == (90, 180, 365)


def test_evaluation_is_complete_json(fitted: FittedEndpoint) -> None:
    """It survives JSON unchanged, without NaN, and has every part that the design names."""
    text = json.dumps(fitted.evaluation, allow_nan=False)
    assert json.loads(text) == fitted.evaluation
    parts = {
        "participant_flow", "sample_flow", "counts", "horizons", "folds", "selection", "metrics",
        "calibration_curve", "decision_curve", "roc", "comparators", "permutation", "instability",
        "missingness", "refused_by_outcome", "sample_size", "subgroups", "incidence_by_third",
        "models", "learning_curve", "verdict", "protocol", "protocol_sha256",
        "research_use_only", "question",
    }  # fmt: skip
    assert parts <= set(fitted.evaluation)
    for name, interval in fitted.evaluation["metrics"].items():
        assert interval["low"] <= interval["value"] <= interval["high"], name
    assert fitted.evaluation["calibration_curve"]["suppressed"]


def test_metrics_follow_from_the_out_of_fold_frame(fitted: FittedEndpoint) -> None:
    """Anyone with the frame can recompute Brier score, skill and AUC."""
    frame = fitted.out_of_fold[fitted.out_of_fold["label"].notna()]
    metrics = fitted.evaluation["metrics"]
    brier = np.average((frame.label - frame.risk) ** 2, weights=frame.weight)
    reference = np.average((frame.label - frame.prevalence) ** 2, weights=frame.weight)
    np.testing.assert_allclose(metrics["brier"]["value"], brier)
    np.testing.assert_allclose(metrics["brier_skill"]["value"], 1 - brier / reference)
    won = total = 0.0
    for _, fold in frame.groupby(["repeat", "fold"]):
        cases, controls = fold[fold.label == 1], fold[fold.label == 0]
        weight = np.outer(cases.weight, controls.weight)
        above = cases.logit.to_numpy()[:, None] > controls.logit.to_numpy()[None, :]
        won, total = won + (weight * above).sum(), total + weight.sum()
    np.testing.assert_allclose(metrics["auc"]["value"], won / total)


def test_the_served_risks_are_the_evaluated_models(fitted: FittedEndpoint, cohort) -> None:
    """The frozen model gives the risks whose instability was reported."""
    table, _ = cohort(140, seed=1, beta=1.2)
    used = table.set_index("patient_id").loc[fitted.out_of_fold.patient_id.unique()]
    assert fitted.model is not None
    part = fitted.model.parts[1]
    own = 1 / (1 + np.exp(-part.stack.logits(used[list(NAMES)].to_numpy(float))[:, 0]))
    reported = [p["risk"] for p in fitted.evaluation["instability"]["patients"]]
    np.testing.assert_allclose(own, reported)


def test_noise_does_not_become_champion(cohort) -> None:
    """Four cohorts without signal: at most one is promoted, the others' verdicts say why."""
    protocol = replace(QUICK, refits=1, horizons=(180,))
    results = [
        fit_endpoint(cohort_of(*cohort(90, seed=100 + seed, beta=0.0)), protocol, "relapse").verdict
        for seed in range(4)
    ]
    kept = [verdict for verdict in results if verdict.state == "candidate"]
    assert len(kept) >= 3
    assert all(verdict.sentences[0].startswith("no champion: ") for verdict in kept)


def test_few_events_are_not_assessable(cohort) -> None:
    """5 to 9 events: a candidate without permutation test; under 5: prevalence only."""
    for rate, state in ((0.0004, "candidate"), (0.0001, "no_model")):
        data = cohort(60, seed=2, infection=rate)
        result = fit_endpoint(cohort_of(*data), QUICK, "fatal_infection")
        events = result.evaluation["counts"]["events"]
        assert result.verdict.state == state, events
        assert result.verdict.sentences[0].startswith(f"not assessable: {events} fatal infection")
        assert (result.model is None) == (state == "no_model")
        assert result.evaluation.get("permutation") is None


def test_a_horizon_nobody_reaches_is_refused(cohort) -> None:
    """The far horizon has under ten at risk at its end: named, and not in the model."""
    protocol = replace(QUICK, horizons=(90, 180, 900))
    result = fit_endpoint(cohort_of(*cohort(90, seed=1)), protocol, "relapse")
    assert "at risk at its end; at least 10" in result.evaluation["horizons"]["900"]["refused"]
    assert result.model is not None
    assert result.model.horizons == (90, 180)


def test_the_second_fit_is_tested_at_half_the_level(cohort, tmp_path) -> None:
    """Another protocol on the same outcomes is tested at 0.05/2; the first again at 0.05."""
    data, path = cohort(60, seed=3), tmp_path / "fits.json"
    small = replace(QUICK, repeats=1, refits=1, folds=2, bootstraps=10, horizons=(180,))
    levels = []
    for seed in (1, 2, 1):
        result = fit_endpoint(
            cohort_of(*data), replace(small, seed=seed), "relapse", fit_counter=path
        )
        levels.append((result.evaluation["fit_number"], result.evaluation["alpha"]))
    assert levels == [(1, 0.05), (2, 0.025), (1, 0.05)]


def test_results_do_not_depend_on_processes_or_row_order(cohort) -> None:
    """Two processes, or a shuffled table, give the same evaluation."""
    table, outcomes = cohort(60, seed=4)
    small = replace(QUICK, repeats=1, refits=2, folds=2, bootstraps=10, horizons=(180,))
    one = fit_endpoint(cohort_of(table, outcomes), small, "relapse")
    two = fit_endpoint(cohort_of(table, outcomes), small, "relapse", n_jobs=2)
    mixed = fit_endpoint(
        cohort_of(table.sample(frac=1, random_state=1), outcomes), small, "relapse"
    )
    assert one.evaluation == two.evaluation
    assert one.evaluation["metrics"] == mixed.evaluation["metrics"]
    pd.testing.assert_frame_equal(one.out_of_fold, two.out_of_fold)


def test_bad_input(cohort) -> None:
    """Wrong endpoint, absent feature, nobody at risk, mixed typing: one sentence each."""
    table, outcomes = cohort(20)
    with pytest.raises(InputError, match="An endpoint is one of"):
        fit_endpoint(cohort_of(table, outcomes), QUICK, "death")
    with pytest.raises(InputError, match="lacks monocyte_fraction"):
        fit_endpoint(cohort_of(table.drop(columns="monocyte_fraction"), outcomes), QUICK, "relapse")
    with pytest.raises(InputError, match=r"there are none .*no sample from day 15 to 28: "):
        fit_endpoint(cohort_of(table.assign(day=3), outcomes), QUICK, "relapse")
    mixed = table.assign(typing_source=["labels", "rate_table"] * 10)
    with pytest.raises(InputError, match="mixes labels and rate_table"):
        fit_endpoint(cohort_of(mixed, outcomes), QUICK, "relapse")
    mixed = table.assign(cd7_source=["protein", "rna"] * 10)
    with pytest.raises(InputError, match="mixes protein and rna"):
        fit_endpoint(cohort_of(mixed, outcomes), QUICK, "relapse")
    with pytest.raises(InputError, match="breaks a rule"):
        fit_endpoint(cohort_of(table, outcomes), replace(QUICK, folds=1), "relapse")
