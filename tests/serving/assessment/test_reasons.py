"""Reasons keep every contribution; groups sum them."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import schema
from models.frozen import HorizonRisk
from serving.assessment.assess import explain
from serving.assessment.endpoint_answer import model_input
from serving.assessment.reasons import MODEL_GROUPS, group_sums, horizon_reasons
from serving.assessment.risk_wording import if_average, of_hundred
from tests.serving.fitted import CMV, fitted_models, two_samples, with_covariates

FEATURES = [schema.ALL_FEATURES[name] for name in schema.MODEL_FEATURES]
N = len(FEATURES)


@given(st.lists(st.floats(-3, 3) | st.just(0.0), min_size=N, max_size=N))
def test_nothing_is_lost_between_contributions_reasons_and_groups(contributions):
    """Every non-zero contribution is one reason; groups hold each once and sum to the same."""
    risk = HorizonRisk(
        horizon=180, risk=0.5, low=0.4, high=0.6, prevalence=0.5, quantile=0.5,
        baseline_logit=0.0, logit=sum(contributions), contributions=np.array(contributions),
        risk_if_average=np.linspace(0.1, 0.9, N),
    )  # fmt: skip
    found = horizon_reasons(FEATURES, [math.nan] * N, risk, {})
    kept = {reason["feature"]: reason["contribution"] for reason in found["reasons"]}
    pairs = zip(schema.MODEL_FEATURES, contributions, strict=True)
    assert kept == {name: value for name, value in pairs if value != 0}
    averages = dict(zip(schema.MODEL_FEATURES, risk.risk_if_average, strict=True))
    for reason in found["reasons"]:
        assert reason["risk_if_average"] == averages[reason["feature"]]
    assert all(reason["value_text"] == "not measured" for reason in found["reasons"])
    assert abs(sum(g["contribution"] for g in found["groups"]) - sum(contributions)) < 1e-9
    assert sorted(f for g in found["groups"] for f in g["features"]) == sorted(kept)


def test_were_it_average_is_the_model_s_risk_of_that_patient(models, samples):
    """Setting one measured value to the model's mean by hand and assessing gives the same risk."""
    samples[1]["s100a8a9_monocyte"], samples[1]["no_monocytes"] = 3.0, 0.0  # nothing is missing
    for name, served_model in models.items():
        model = served_model.model
        values = model_input(model, samples[1])
        horizon = explain(samples, models, "r")["endpoints"][name]["horizons"][1]
        for reason in horizon["reasons"]:
            column = model.features.index(reason["feature"])
            average = values.copy()
            average[column] = model.members.centre[0, column]
            risk = model.risks(average[None])[0, 1]
            assert reason["risk_if_average"] == pytest.approx(risk, abs=1e-12)
            words = if_average(of_hundred(horizon["risk"]), risk)
            assert reason["sentence"].endswith(f"; {words}.")


def test_the_shown_groups_cover_the_models_features():
    """Every feature a model may look at belongs to one of these groups."""
    groups = {schema.ALL_FEATURES[name].group for name in schema.MODEL_FEATURES}
    assert groups <= set(MODEL_GROUPS)
    assert [group["group"] for group in group_sums([])] == list(MODEL_GROUPS)


def test_each_endpoint_words_a_declared_column_as_its_model_does():
    """Two models may label one column differently; each answer keeps its own words."""
    models, rows = fitted_models(), two_samples()
    served = {
        "relapse": with_covariates(models["relapse"], CMV),
        "fatal_infection": with_covariates(models["fatal_infection"], replace(CMV, label="CMV")),
    }
    answer = explain([rows[0], rows[1] | {"adv_load": 0.25}], served, "r")
    for endpoint, label in (("relapse", "Adenovirus load"), ("fatal_infection", "CMV")):
        reasons = answer["endpoints"][endpoint]["horizons"][1]["reasons"]
        (reason,) = (one for one in reasons if one["feature"] == "adv_load")
        assert reason["label"] == label and reason["sentence"].startswith(f"{label}: 0.25 log10")
