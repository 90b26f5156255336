"""The answer says what the frozen model says, completely and in plain JSON."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from pydantic import TypeAdapter

from features import schema
from features.errors import InputError
from features.measures.history import add_history
from serving.assessment.answer import ExplainAnswer, PredictAnswer
from serving.assessment.assess import assess, explain
from tests.serving.fitted import one_visit


def values_of(model, samples):
    """The model's input, written out slowly: the row with history that has the largest day."""
    current = max(add_history(samples), key=lambda row: row["day"])
    return np.array([float(current[name]) for name in model.features])


@pytest.mark.parametrize("endpoint", ["relapse", "fatal_infection", "severe_infection"])
def test_risks_are_the_frozen_models(models, samples, endpoint):
    """Risk, interval, prevalence and quantile are FrozenModel's, horizon by horizon."""
    answer = assess(samples, models, "r1")["endpoints"][endpoint]
    direct = models[endpoint].model.assess(values_of(models[endpoint].model, samples))
    assert [h["horizon"] for h in answer["horizons"]] == [90, 180, 365]
    for horizon, expected in zip(answer["horizons"], direct.horizons, strict=True):
        assert horizon["risk"] == expected.risk
        assert horizon["stability_interval"] == {"low": expected.low, "high": expected.high}
        assert (horizon["prevalence"], horizon["cohort_quantile"]) == (
            expected.prevalence,
            expected.quantile,
        )


def test_order_of_samples_does_not_matter(models, samples):
    """The latest day is assessed whatever the order in which samples came."""
    assert explain(samples, models, "r") == explain(samples[::-1], models, "r")


def test_reasons_add_up_to_the_risk(models, samples):
    """Baseline + reasons = logit = logit of the risk, and so do the groups, to 1e-9."""
    for endpoint in explain(samples, models, "r1")["endpoints"].values():
        for horizon in endpoint["horizons"]:
            logit = math.log(horizon["risk"] / (1 - horizon["risk"]))
            for parts in (horizon["reasons"], horizon["groups"]):
                summed = horizon["baseline_logit"] + sum(p["contribution"] for p in parts)
                assert summed == pytest.approx(horizon["logit"], abs=1e-9)
                assert summed == pytest.approx(logit, abs=1e-9)


def test_reasons_carry_value_unit_and_words(models, samples):
    """Each reason names its feature as the schema does and says what was not measured."""
    horizon = explain(samples, models, "r1")["endpoints"]["relapse"]["horizons"][1]
    sizes = [abs(reason["contribution"]) for reason in horizon["reasons"]]
    assert sizes == sorted(sizes, reverse=True) and len(sizes) > 3
    by_name = {reason["feature"]: reason for reason in horizon["reasons"]}
    missing = by_name["s100a8a9_monocyte"]
    assert missing["value"] is None and "not measured" in missing["sentence"]
    present = by_name["monocyte_fraction"]
    assert present["value"] == samples[1]["monocyte_fraction"]
    assert present["unit"] == "fraction" and present["healthy"] == (0.05, 0.3)
    for reason in horizon["reasons"]:
        assert reason["label"] == schema.ALL_FEATURES[reason["feature"]].label
        assert reason["direction"] == ("raises" if reason["contribution"] > 0 else "lowers")
        assert reason["direction"] in reason["sentence"]


def test_answers_fit_their_types_and_json(models, samples):
    """What is documented is what is sent, and no NaN or numpy value is in it."""
    predicted, explained = assess(samples, models, "r1"), explain(samples, models, "r1")
    for kind, answer in ((PredictAnswer, predicted), (ExplainAnswer, explained)):
        text = json.dumps(answer, allow_nan=False)
        TypeAdapter(kind).validate_json(text, strict=True)
    assert "reasons" not in predicted["endpoints"]["relapse"]["horizons"][0]


def test_abstains_with_a_reason_instead_of_numbers(models, samples):
    """Far from every training patient there is a reason and not one number."""
    for name in ("s100a8a9_leukocyte", "cd7neg_t_activation", "cd7neg_t_exhaustion"):
        samples[1][name] = -1.0
    for name in ("t_fraction", "nk_fraction", "b_fraction", "monocyte_fraction"):
        samples[1][name] = 1.0
    endpoint = explain(samples, models, "r1")["endpoints"]["relapse"]
    assert endpoint["horizons"] == []
    assert endpoint["abstained"]["code"] == "unlike_training"
    assert endpoint["abstained"]["reason"].startswith("No risk is given")


def test_a_sample_measured_otherwise_has_no_risk(models, samples):
    """A model of CD7 by RNA gives no number for CD7 by protein, and says why."""
    model = models["relapse"].model
    manifest = {**model.manifest, "sources": {"cd7_source": "rna", "typing_source": "rate_table"}}
    served = {"relapse": replace(models["relapse"], model=replace(model, manifest=manifest))}
    for source, code in (("rna", None), ("protein", "other_source")):
        samples[1]["cd7_source"] = source
        for answer in (assess(samples, served, "r1"), explain(samples, served, "r1")):
            endpoint = answer["endpoints"]["relapse"]
            assert bool(endpoint["horizons"]) is (code is None)
            assert (endpoint["abstained"] or {"code": None})["code"] == code
    TypeAdapter(PredictAnswer).validate_python(assess(samples, served, "r1"), strict=True)
    assert "measured by protein" in endpoint["abstained"]["reason"]


def test_endpoints_are_those_of_the_models(models, samples):
    """One model answers for one endpoint, in its own words; without a model there is none."""
    answer = assess(samples, {"severe_infection": models["severe_infection"]}, "r1")
    TypeAdapter(PredictAnswer).validate_python(answer, strict=True)
    assert list(answer["endpoints"]) == ["severe_infection"]
    assert answer["endpoints"]["severe_infection"]["words"] == "severe infection"
    assert assess(samples, {}, "r1")["endpoints"] == {}


def test_risks_of_one_fit_agree(models):
    """For 300 patients: exclusive risks add up to at most 1, severe is never below fatal infection,
    and no risk falls with the horizon."""
    X = one_visit(np.random.default_rng(5), 300)[list(schema.MODEL_FEATURES)].to_numpy()
    relapse, fatal, severe = (served_model.model.risks(X) for served_model in models.values())
    assert (relapse + fatal).max() <= 1 and (severe >= fatal).all()
    for risks in (relapse, fatal, severe):
        assert (np.diff(risks, axis=1) >= 0).all()


def test_without_samples_there_is_nothing_to_assess(models):
    """No sample is the caller's mistake, answered in a sentence."""
    with pytest.raises(InputError, match="at least one sample"):
        assess([], models, "r1")
