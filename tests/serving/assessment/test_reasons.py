"""Reasons keep every contribution; groups sum them."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features import schema
from models.frozen import HorizonRisk
from serving.assessment.reasons import MODEL_GROUPS, group_sums, horizon_reasons

FEATURES = [schema.ALL_FEATURES[name] for name in schema.MODEL_FEATURES]
N = len(FEATURES)


@given(st.lists(st.floats(-3, 3) | st.just(0.0), min_size=N, max_size=N))
def test_nothing_is_lost_between_contributions_reasons_and_groups(contributions):
    """Every non-zero contribution is one reason; groups hold each once and sum to the same."""
    risk = HorizonRisk(
        horizon=180, risk=0.5, low=0.4, high=0.6, prevalence=0.5, quantile=0.5, raised=False,
        baseline_logit=0.0, logit=sum(contributions), contributions=np.array(contributions),
    )  # fmt: skip
    found = horizon_reasons(FEATURES, [math.nan] * N, risk, {})
    kept = {reason["feature"]: reason["contribution"] for reason in found["reasons"]}
    pairs = zip(schema.MODEL_FEATURES, contributions, strict=True)
    assert kept == {name: value for name, value in pairs if value != 0}
    assert all(reason["value_text"] == "not measured" for reason in found["reasons"])
    assert abs(sum(g["contribution"] for g in found["groups"]) - sum(contributions)) < 1e-9
    assert sorted(f for g in found["groups"] for f in g["features"]) == sorted(kept)


def test_the_shown_groups_cover_the_models_features():
    """Every feature a model may look at belongs to one of the five groups."""
    groups = {schema.ALL_FEATURES[name].group for name in schema.MODEL_FEATURES}
    assert groups <= set(MODEL_GROUPS)
    assert [group["group"] for group in group_sums([])] == list(MODEL_GROUPS)
