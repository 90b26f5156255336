"""A fit from tables to verdicts: signal, noise, too few, landmarks of its own, and bad input."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.schema import CORE
from models.endpoints import ENDPOINTS
from tests.training.cohort.cohort_by_hand import infections_of
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.labels import EndpointLabels, label
from training.cohort.protocol import Protocol
from training.evaluation.fit_cohort import FittedEndpoint, fit_cohort
from training.evaluation.looks import Look

NAMES = (*CORE, "nk_fraction", "b_fraction")
# Small in everything but the structure: the full protocol takes minutes.
QUICK = replace(
    Protocol(), features=NAMES, repeats=2, folds=3, refits=6, permutations=199, bootstraps=40,
    later_landmarks=(), model="ridge", looks=1,
)  # fmt: skip


def fit_one(cohort: Cohort, protocol: Protocol, endpoint: str, **options: int) -> FittedEndpoint:
    """The fit of one endpoint."""
    (fitted,) = fit_cohort(cohort, protocol, [endpoint], **options)
    return fitted


@pytest.fixture(scope="module")
def fitted(cohort: Callable) -> FittedEndpoint:
    """Relapse in 140 patients with a strong effect."""
    return fit_one(cohort_of(*cohort(140, seed=1, beta=1.2)), QUICK, "relapse")


def test_signal_becomes_champion(fitted: FittedEndpoint) -> None:
    """A strong effect passes every check, and the model carries the verdict."""
    assert fitted.verdict.state == "champion", fitted.verdict.sentences
    assert fitted.model is not None
    manifest = fitted.model.manifest
    assert (manifest["state"], manifest["provenance"]) == ("champion", "synthetic")
    assert fitted.model.horizons == (90, 180, 365)
    assert manifest["joint_fit"] == fitted.evaluation["model"]["joint_fit"]
    assert manifest["declaration"]["events"] == ["relapse"]
    assert manifest["training"]["protocol_sha256"] == QUICK.sha256
    assert manifest["training"]["infections_sha256"] is None


def test_evaluation_is_complete_json(fitted: FittedEndpoint) -> None:
    """It survives JSON unchanged, without NaN; intervals hold their values."""
    text = json.dumps(fitted.evaluation, allow_nan=False)
    assert json.loads(text) == fitted.evaluation
    for name, interval in fitted.evaluation["metrics"].items():
        assert interval["low"] <= interval["value"] <= interval["high"], name
    refused = {h: counts["refused"] for h, counts in fitted.evaluation["horizons"].items()}
    assert refused == {"90": None, "180": None, "365": None}


def test_metrics_follow_from_the_out_of_fold_frame(fitted: FittedEndpoint) -> None:
    """Anyone with the frame can recompute Brier score, skill and AUC."""
    frame = fitted.out_of_fold[fitted.out_of_fold["label"].notna()]
    metrics = fitted.evaluation["metrics"]
    brier = np.average((frame.label - frame.risk) ** 2, weights=frame.weight)
    reference = np.average((frame.label - frame.prevalence) ** 2, weights=frame.weight)
    np.testing.assert_allclose(metrics["brier"]["value"], brier)
    np.testing.assert_allclose(metrics["brier_skill"]["value"], 1 - brier / reference)
    n_won = n_pairs = 0.0
    for _, fold in frame.groupby(["repeat", "fold"]):
        cases, controls = fold[fold.label == 1], fold[fold.label == 0]
        weight = np.outer(cases.weight, controls.weight)
        above = cases.logit.to_numpy()[:, None] > controls.logit.to_numpy()[None, :]
        n_won, n_pairs = n_won + (weight * above).sum(), n_pairs + weight.sum()
    np.testing.assert_allclose(metrics["auc"]["value"], n_won / n_pairs)


def test_the_served_risks_are_the_evaluated_models(fitted: FittedEndpoint, cohort) -> None:
    """The frozen model gives the risks whose instability was reported; on average the incidence."""
    table, _ = cohort(140, seed=1, beta=1.2)
    patients = fitted.out_of_fold.patient_id.unique()
    X = table.set_index("patient_id").loc[patients][list(NAMES)].to_numpy(float)
    assert fitted.model is not None
    risks = fitted.model.risks(X)
    reported = [p["risk"] for p in fitted.evaluation["instability"]["patients"]]
    np.testing.assert_allclose(risks[:, 1], reported, atol=1e-9)
    incidence = fitted.evaluation["counts"]["incidence"]["value"]
    np.testing.assert_allclose(risks[:, 1].mean(), incidence, atol=1e-6)


def test_noise_does_not_become_champion(cohort) -> None:
    """Four cohorts without signal: at most one is promoted, the others' verdicts say why."""
    protocol = replace(QUICK, refits=1, horizons=(180,))
    results = [
        fit_one(cohort_of(*cohort(90, seed=100 + seed, beta=0.0)), protocol, "relapse").verdict
        for seed in range(4)
    ]
    candidates = [verdict for verdict in results if verdict.state == "candidate"]
    assert len(candidates) >= 3
    assert all(verdict.sentences[0].startswith("no champion: ") for verdict in candidates)


def test_under_five_events_there_is_no_model(cohort) -> None:
    """From 5 events on a model; under 5 the prevalence, and each horizon says why."""
    protocol = replace(QUICK, horizons=(90, 180))
    for rate, has_model in ((0.0006, True), (0.0001, False)):
        result = fit_one(
            cohort_of(*cohort(60, seed=2, infection=rate)), protocol, "fatal_infection"
        )
        events = result.evaluation["counts"]["events"]
        assert (events >= 5) == has_model == (result.model is not None), events
        assert (result.verdict.state == "no_model") != has_model
        assert ("metrics" in result.evaluation) == has_model
        refused = [counts["refused"] for counts in result.evaluation["horizons"].values()]
        assert all((text is None) == has_model for text in refused), refused
    assert result.verdict.sentences[0].startswith(f"not assessable: {events} fatal infection")


def test_a_horizon_nobody_reaches_is_refused(cohort) -> None:
    """The far horizon has under ten at risk at its end: named, and not in the model."""
    protocol = replace(QUICK, horizons=(90, 180, 900))
    result = fit_one(cohort_of(*cohort(90, seed=1)), protocol, "relapse")
    assert "at risk at its end; at least 10" in result.evaluation["horizons"]["900"]["refused"]
    assert result.model is not None
    assert result.model.horizons == (90, 180)


def test_a_horizon_with_few_events_has_a_risk_and_is_not_refused(cohort) -> None:
    """The model gives a risk wherever patients are followed; the document says just that."""
    protocol = replace(QUICK, horizons=(10, 180))
    result = fit_one(cohort_of(*cohort(90, seed=1)), protocol, "relapse")
    assert result.evaluation["horizons"]["10"]["events"] < 5
    assert result.evaluation["horizons"]["10"]["refused"] is None
    assert result.model is not None and result.model.horizons == (10, 180)


def test_each_model_is_one_look_of_its_fit(cohort) -> None:
    """`count_look` is asked once an endpoint with a model, with the fit's id; its level counts."""
    calls: list[tuple[str, str]] = []

    def count(labels: EndpointLabels, fit: str) -> Look:
        calls.append((labels.endpoint, fit))
        return Look(labels.endpoint, fit, frozenset("x"), None, 3, 0.0, 1)

    patients = cohort_of(*cohort(90, seed=1, infection=0.0001))
    results = list(fit_cohort(patients, QUICK, ["relapse", "fatal_infection"], count_look=count))
    assert [name for name, _ in calls] == ["relapse"]
    relapse = results[0].evaluation
    assert calls[0][1] == relapse["model"]["joint_fit"]
    assert (relapse["look"]["number"], relapse["look"]["alpha"]) == (3, 0.0)
    assert results[0].verdict.state == "candidate"


def test_without_a_counter_it_is_the_first_look(cohort) -> None:
    """Declared the only one it is tested at 0.05, else at half of it."""
    for looks, alpha in ((1, 0.05), (None, 0.025), (4, 0.025)):
        protocol = replace(QUICK, looks=looks, refits=1, repeats=1, horizons=(180,))
        result = fit_one(cohort_of(*cohort(60, seed=3)), protocol, "relapse")
        assert result.evaluation["look"]["alpha"] == alpha


def test_endpoints_of_one_fit_do_not_depend_on_each_other(cohort) -> None:
    """Relapse alone, or with fatal infection: the same model, and both share the fit's id."""
    patients = cohort_of(*cohort(120, seed=1))
    (alone,) = fit_cohort(patients, QUICK, ["relapse"])
    both = list(fit_cohort(patients, QUICK, ["relapse", "fatal_infection", "relapse"]))
    assert [result.endpoint for result in both] == ["relapse", "fatal_infection"]
    X = np.random.default_rng(0).normal(size=(50, len(NAMES)))
    models = [result.model for result in (alone, *both)]
    np.testing.assert_allclose(models[0].risks(X), models[1].risks(X), atol=1e-10)
    assert len({model.manifest["joint_fit"] for model in models}) == 1
    assert np.all(models[1].risks(X) + models[2].risks(X) <= 1)


def test_results_do_not_depend_on_processes_or_row_order(cohort) -> None:
    """Two processes, or a shuffled table, give the same evaluation."""
    table, outcomes = cohort(60, seed=4)
    small = replace(QUICK, repeats=1, refits=2, folds=2, bootstraps=10, horizons=(180,))
    one = fit_one(cohort_of(table, outcomes), small, "relapse")
    two = fit_one(cohort_of(table, outcomes), small, "relapse", n_jobs=2)
    mixed = fit_one(cohort_of(table.sample(frac=1, random_state=1), outcomes), small, "relapse")
    assert one.evaluation == two.evaluation
    assert one.evaluation["metrics"] == mixed.evaluation["metrics"]
    pd.testing.assert_frame_equal(one.out_of_fold, two.out_of_fold)


def early_cohort(cohort: Callable, n: int = 90) -> Cohort:
    """Samples on days 5, 12 and 25; severe infections from day 8 that follow the monocytes."""
    table, outcomes = cohort(n, seed=5)
    rng = np.random.default_rng(5)
    onset = np.ceil(7 + rng.exponential(200 * np.exp(-table["monocyte_fraction"])))
    end = outcomes.frame["followup_day"].to_numpy(float)
    infections = infections_of(
        *[(p, day, 3, "CMV") for p, day, last in zip(outcomes.patients, onset, end, strict=True)
          if day < last]
    )  # fmt: skip
    visits = pd.concat([table.assign(day=day) for day in (5, 12, 25)])
    return cohort_of(visits, outcomes, None, infections)


def test_landmarks_of_its_own_are_fitted_apart(cohort: Callable) -> None:
    """Severe infection at days 7 and 14, relapse at 28: two fits, each with its own patients."""
    early = replace(ENDPOINTS["severe_infection"], landmarks=(7, 14))
    protocol = replace(QUICK, endpoints=(ENDPOINTS["relapse"], early), model="ridge")
    patients = early_cohort(cohort)
    relapse, severe = fit_cohort(patients, protocol, ["relapse", "severe_infection"])
    assert severe.model is not None and relapse.model is not None
    assert (relapse.model.landmark, severe.model.landmark) == (28, 7)
    assert severe.evaluation["model"]["landmarks"] == [7, 14]
    assert severe.evaluation["landmark"] == 7
    assert severe.model.manifest["joint_fit"] != relapse.model.manifest["joint_fit"]
    assert severe.evaluation["earlier_onsets"] == 0
    labels = label(patients.at(7).at_risk_of(early), early, 180)
    assert severe.evaluation["counts"]["events"] == labels.n_events
    n = len(patients.outcomes.patients)
    assert severe.evaluation["counts"]["at_risk"] == labels.at_risk.n == n
    assert severe.verdict.state == "champion", severe.verdict.sentences
    at_day_5 = patients.samples.frame.query("day == 5")[list(NAMES)].to_numpy(float)
    prevalence = severe.evaluation["counts"]["incidence"]["value"]
    # Anchored over both landmarks' rows, so that day 7 alone is near its incidence.
    np.testing.assert_allclose(severe.model.risks(at_day_5)[:, 1].mean(), prevalence, atol=0.05)


def test_nothing_is_fitted_before_every_endpoint_can_be(cohort) -> None:
    """A landmark without samples, or an onset without infections, is refused ahead of relapse."""
    late = replace(ENDPOINTS["fatal_infection"], landmarks=(300,))
    for other, sentence in ((late, "there are none"), (ENDPOINTS["severe_infection"], "counted")):
        protocol = replace(QUICK, endpoints=(ENDPOINTS["relapse"], other), model="ridge")
        fits = fit_cohort(cohort_of(*cohort(20)), protocol, ["relapse", other.name])
        with pytest.raises(InputError, match=sentence):
            next(fits)


def test_bad_input(cohort) -> None:
    """Wrong endpoint, absent feature, nobody at risk, mixed typing: one sentence each."""
    table, outcomes = cohort(20)
    with pytest.raises(InputError, match=r"The protocol's endpoints are .*; got 'death'"):
        fit_one(cohort_of(table, outcomes), QUICK, "death")
    with pytest.raises(InputError, match=r"severe_infection is counted .*--infections"):
        fit_one(cohort_of(table, outcomes), QUICK, "severe_infection")
    with pytest.raises(InputError, match="lacks monocyte_fraction"):
        fit_one(cohort_of(table.drop(columns="monocyte_fraction"), outcomes), QUICK, "relapse")
    with pytest.raises(InputError, match=r"there are none .*no sample from day 15 to 28: "):
        fit_one(cohort_of(table.assign(day=3), outcomes), QUICK, "relapse")
    mixed = table.assign(typing_source=["labels", "rate_table"] * 10)
    with pytest.raises(InputError, match="mixes labels and rate_table"):
        fit_one(cohort_of(mixed, outcomes), QUICK, "relapse")
    mixed = table.assign(cd7_source=["protein", "rna"] * 10)
    with pytest.raises(InputError, match="mixes protein and rna"):
        fit_one(cohort_of(mixed, outcomes), QUICK, "relapse")
    with pytest.raises(InputError, match="breaks a rule"):
        fit_one(cohort_of(table, outcomes), replace(QUICK, folds=1), "relapse")
