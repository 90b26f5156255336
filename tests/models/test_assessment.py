"""One patient's answers over the horizons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.assessment import Horizon, answers, join_horizons, stability_interval
from models.explain import Background
from models.log_odds import logit_of, risk_of
from models.logit_stack import concatenate, linear_member


def part(logits: list[float], coef: float = 0.0) -> Horizon:
    """A horizon whose first logit is the model's intercept and the others its refits'."""
    members = [linear_member(logit, np.array([coef]), np.zeros(1), np.zeros(1)) for logit in logits]
    return Horizon(
        stack=members[0],
        background=Background(np.zeros(1), np.zeros(1)),
        refits=concatenate(members[1:]),
        prevalence=0.3,
        training_risks=np.array([0.1, 0.2, 0.5, 0.9]),
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_interval_is_numpy_s_quantiles(risks: list[float]) -> None:
    """The ends are the 5 % and 95 % quantiles as numpy computes them."""
    ours = stability_interval(np.array(risks))
    np.testing.assert_allclose(ours, np.quantile(risks, [0.05, 0.95]), atol=1e-12)


def test_longer_horizon_takes_the_shorter_ones_answer() -> None:
    """A lower risk at a longer horizon is replaced by the whole earlier answer, and marked."""
    first, second, third = answers(
        (90, 180, 365),
        join_horizons([part([0.5, 0.4, 0.6]), part([-1.0, -2, 0]), part([1.0, 0, 2])]),
        np.ones(1),
    )
    assert (first.raised, second.raised, third.raised) == (False, True, False)
    assert second.horizon == 180
    assert (second.risk, second.low, second.high) == (first.risk, first.low, first.high)
    assert second.logit == first.logit == 0.5
    assert third.risk > second.risk


def test_raised_answer_travels_on() -> None:
    """Two longer horizons that fall short both take the shortest one's answer."""
    parts = [part([2.0, 2]), part([0.0, 0]), part([1.0, 1])]
    given_ = answers((90, 180, 365), join_horizons(parts), np.ones(1))
    assert [a.risk for a in given_] == [risk_of(np.array(2.0))] * 3
    assert [a.raised for a in given_] == [False, True, True]


@pytest.mark.parametrize(("risk", "quantile"), [(0.05, 0.0), (0.2, 0.25), (0.21, 0.5), (0.95, 1.0)])
def test_quantile_is_the_share_with_a_lower_risk(risk: float, quantile: float) -> None:
    """Standing counts training patients with a risk strictly below."""
    model = part([0.0, 0.0])
    logit = logit_of(risk)
    exact = risk_of(np.array([logit]))[0]
    known = np.where(np.isclose(model.training_risks, exact), exact, model.training_risks)
    horizon = Horizon(
        stack=linear_member(logit, np.zeros(1), np.zeros(1), np.zeros(1)),
        background=model.background,
        refits=model.refits,
        prevalence=0.3,
        training_risks=known,
    )
    assert answers((90,), join_horizons([horizon]), np.ones(1))[0].quantile == quantile
