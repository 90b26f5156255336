"""Censoring weights against lifelines, a plain loop over days, and their purpose."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import CoxPHFitter, KaplanMeierFitter

from features.arrays import Floats, Ints
from training.cohort.labels import labels
from training.statistics.accuracy.brier import brier
from training.statistics.survival.censoring import (
    SMALLEST_G,
    censoring_curve,
    censoring_model,
    censoring_weights,
    cox_weights,
    step_value,
)
from training.statistics.survival.incidence import cumulative_incidence


def draw(seed: int, n: int = 60) -> tuple[Floats, Ints]:
    """Whole-day times with ties and all four codes."""
    rng = np.random.default_rng(seed)
    return rng.integers(1, 40, n).astype(float), rng.integers(0, 4, n)


def naive_followed_before(time: Floats, code: Ints, day: float) -> float:
    """G(day-): day by day, the share censored among those still there after the day's events."""
    g = 1.0
    for d in sorted(set(time.tolist())):
        if d >= day:
            break
        there = sum(t > d or (t == d and c == 0) for t, c in zip(time, code, strict=True))
        censored = sum(t == d and c == 0 for t, c in zip(time, code, strict=True))
        g *= 1 - censored / there if there else 1.0
    return g


def naive_weight(t: float, c: int, horizon: float, cohort: tuple[Floats, Ints]) -> float:
    """One patient's weight, from the definition."""
    if c == 0 and t < horizon:
        return 0.0
    return 1 / max(naive_followed_before(*cohort, min(t, horizon)), SMALLEST_G)


def test_the_curve_equals_lifelines_with_events_before_censorings() -> None:
    """Censorings moved half a day later make the order plain to any Kaplan-Meier curve."""
    for seed in range(5):
        time, code = draw(seed)
        fitter = KaplanMeierFitter().fit(time + 0.5 * (code == 0), code == 0)
        curve = censoring_curve(time, code)
        at = np.arange(1.0, 45.0)
        after = fitter.survival_function_at_times(at + 0.5).to_numpy()
        np.testing.assert_allclose(step_value(*curve, at), after, atol=1e-12)
        before = fitter.survival_function_at_times(at).to_numpy()
        np.testing.assert_allclose(step_value(*curve, at, left_limit=True), before, atol=1e-12)


def test_at_a_tie_the_event_comes_first() -> None:
    """Ten events and ten censorings on one day: ten of the other thirty are censored, not forty."""
    time = np.repeat([5.0, 9.0], [20, 20])
    code = np.repeat([1, 0, 1], [10, 10, 20])
    assert censoring_curve(time, code)[1].tolist() == [1 - 10 / 30] * 2


def test_weights_equal_the_slow_definition() -> None:
    """Patient by patient, horizons on days with ties; G on the training patients."""
    time, code = draw(1)
    train = np.arange(60) % 3 != 0
    assert np.any((time == 38) & (code == 0))
    for horizon in (12.0, 25.5, 38.0):
        expected = [
            naive_weight(t, c, horizon, (time[train], code[train]))
            for t, c in zip(time, code, strict=True)
        ]
        np.testing.assert_allclose(censoring_weights(time, code, horizon, train), expected)


def test_no_censoring_means_no_weighting() -> None:
    """With everyone followed, every weight is 1."""
    time = np.array([5.0, 200.0, 30.0])
    assert censoring_weights(time, np.array([1, 0, 2]), 100).tolist() == [1.0, 1.0, 1.0]


def test_follow_up_that_ends_on_the_horizon_is_complete() -> None:
    """All followed for exactly the horizon: every label is known and every patient counts once."""
    time, code = np.array([180.0, 180.0, 180.0, 40.0]), np.array([0, 0, 1, 1])
    assert labels(time, code, 1, 180).tolist() == [0.0, 0.0, 1.0, 1.0]
    assert censoring_weights(time, code, 180).tolist() == [1.0] * 4


@given(
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 2)), min_size=2, max_size=40),
    st.integers(1, 12),
)
def test_weighted_events_are_the_cumulative_incidence(
    patients: list[tuple[int, int]], horizon: int
) -> None:
    """Whatever the ties, IPCW and Aalen-Johansen agree, and known labels stand for everybody.

    Only a cohort of which nobody is followed to the horizon, or a weight at its bound, is exempt.
    """
    time = np.array([float(t) for t, _ in patients])
    code = np.array([c for _, c in patients])
    weight = censoring_weights(time, code, horizon)
    if time.max() < horizon or weight.max() >= 1 / SMALLEST_G:
        return
    y = labels(time, code, 1, horizon)
    assert ((weight > 0) == ~np.isnan(y)).all()
    assert weight.sum() == pytest.approx(len(time))
    incidence, _ = cumulative_incidence(time, code, 1).at(horizon)
    assert np.nansum(weight * y) / len(time) == pytest.approx(incidence)


def test_monthly_follow_up_by_hand() -> None:
    """Six patients in whole months: G is 1, 4/5, 8/15, and the Brier score that of these weights.

    At ties counted the other way, and with the third month's patients taken for lost, the score
    would be 0.3537.
    """
    time, code = np.array([1.0, 1, 2, 2, 3, 3]), np.array([1, 0, 1, 0, 0, 0])
    risk = np.array([0.9, 0.5, 0.2, 0.5, 0.1, 0.6])
    weight = censoring_weights(time, code, 3)
    np.testing.assert_allclose(weight, [1, 0, 5 / 4, 0, 15 / 8, 15 / 8])
    score = brier(risk, labels(time, code, 1, 3), weight)
    expected = (0.1**2 + 5 / 4 * 0.8**2 + 15 / 8 * (0.1**2 + 0.6**2)) / 6
    assert score == pytest.approx(expected)
    assert score == pytest.approx(0.2507, abs=1e-4)
    old_weight, old_y = swapped_ties(time, code, 3)
    np.testing.assert_allclose(old_weight, [1, 0, 6 / 5, 0, 0, 0])
    assert brier(risk, old_y, old_weight) == pytest.approx(0.3537, abs=1e-4)


def swapped_ties(time: Floats, code: Ints, horizon: float) -> tuple[Floats, Floats]:
    """Weights and labels as they must not be: patients with an event at risk of censoring that
    day, and those followed through the last day lost."""
    fitter = KaplanMeierFitter().fit(time, code == 0)
    until = np.where(time <= horizon, time - 1e-6, horizon)
    g = fitter.survival_function_at_times(until).to_numpy()
    is_lost = (code == 0) & (time <= horizon)
    y = np.where(is_lost, np.nan, ((code == 1) & (time <= horizon)).astype(float))
    return np.where(is_lost, 0.0, 1 / np.maximum(g, SMALLEST_G)), y


def test_monthly_data_give_the_score_of_complete_follow_up() -> None:
    """4,000 patients seen monthly, risks ten times too low: the score is that without censoring
    (0.437); counted the other way it is 0.458."""
    rng = np.random.default_rng(7)
    n, horizon = 4000, 6.0
    risk = rng.uniform(0.05, 0.95, n)
    event = np.ceil(rng.exponential(-horizon / np.log(1 - risk)))
    lost = rng.integers(2, 9, n).astype(float)
    time, code = np.minimum(event, lost), np.where(event <= lost, 1, 0)
    low = 0.1 * risk
    true = float(np.mean(((event <= horizon) - low) ** 2))
    score = brier(low, labels(time, code, 1, horizon), censoring_weights(time, code, horizon))
    old_weight, old_y = swapped_ties(time, code, horizon)
    assert abs(score - true) < 0.006
    assert abs(brier(low, old_y, old_weight) - true) > 0.015


def test_weighted_share_recovers_the_truth() -> None:
    """Half the patients lost at random: the weighted share of events is still the true one."""
    rng = np.random.default_rng(3)
    event, censoring = rng.exponential(100, 20_000), rng.exponential(150, 20_000)
    time, code = np.minimum(event, censoring), np.where(event <= censoring, 1, 0)
    weight = censoring_weights(time, code, 80)
    share = np.sum(weight * ((code == 1) & (time <= 80))) / weight.sum()
    assert abs(share - (1 - np.exp(-0.8))) < 0.01
    naive = np.mean(event[(time > 80) | (code == 1)] <= 80)
    assert abs(naive - (1 - np.exp(-0.8))) > 0.03


def test_cox_weights_undo_selection_that_kaplan_meier_cannot() -> None:
    """Transplant prefers high-risk patients: only G given the panel gives the untreated risk."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=8000)
    event = rng.exponential(200 * np.exp(-0.8 * x))
    graft = rng.exponential(200 * np.exp(-0.8 * x))
    time, code = np.minimum(event, graft), np.where(event <= graft, 1, 0)
    everyone = np.ones(len(x), dtype=bool)
    true = np.mean(event <= 90)
    shares = []
    panel = np.column_stack([x, np.full(len(x), np.nan)])  # an empty column is left out
    for weight in (
        cox_weights(time, code, 90, panel, everyone),
        censoring_weights(time, code, 90, everyone),
    ):
        shares.append(np.sum(weight * ((code == 1) & (time <= 90))) / weight.sum())
    assert abs(shares[0] - true) < 0.015 < abs(shares[1] - true)


def test_cox_weights_equal_lifelines_prediction() -> None:
    """G is what lifelines predicts for the patient just before the day, censorings moved later."""
    time, code = draw(5, 200)
    panel = np.random.default_rng(6).normal(size=(200, 2))
    weight = cox_weights(time, code, 20, panel, np.ones(200, dtype=bool))
    scaled = (panel - panel.mean(axis=0)) / panel.std(axis=0)
    data = pd.DataFrame(scaled, columns=["a", "b"])
    data = data.assign(t=time + 0.5 * (code == 0), e=code == 0)
    fitter = CoxPHFitter(penalizer=0.1).fit(data, "t", "e")
    for patient in range(0, 200, 7):
        if code[patient] == 0 and time[patient] < 20:
            assert weight[patient] == 0
            continue
        curve = fitter.predict_survival_function(data.iloc[[patient]]).iloc[:, 0]
        g = np.append(1.0, curve[curve.index < min(time[patient], 20)])[-1]
        assert weight[patient] == pytest.approx(1 / max(g, SMALLEST_G), rel=1e-6)


def test_few_transplants_or_a_panel_without_spread_share_one_curve() -> None:
    """With under five censored, or nothing that differs, a Cox model is not tried."""
    time, code = np.arange(1.0, 21.0), np.ones(20, dtype=int)
    everyone = np.ones(20, dtype=bool)
    for n_censored, panel in ((3, np.arange(20.0)[:, None]), (8, np.ones((20, 1)))):
        code[:n_censored] = 0
        np.testing.assert_array_equal(
            cox_weights(time, code, 10, panel, everyone),
            censoring_weights(time, code, 10, everyone),
        )


def test_a_model_knows_before_and_after_a_day() -> None:
    """One of three is censored on day 20: not yet before it, already after it."""
    model = censoring_model(np.array([10.0, 20, 30, 40]), np.array([1, 0, 1, 1]))
    assert model.before(np.full(4, 20.0)).tolist() == [1.0] * 4
    np.testing.assert_allclose(model.after(20), 2 / 3)
