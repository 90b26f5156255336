"""Censoring weights against lifelines and against their purpose."""

import numpy as np
from lifelines import CoxPHFitter, KaplanMeierFitter

from training.statistics.censoring import censoring_weights, cox_weights, kaplan_meier, step_value


def draw(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Whole-day times with ties and all four codes."""
    rng = np.random.default_rng(seed)
    return rng.integers(1, 40, n).astype(float), rng.integers(0, 4, n)


def test_kaplan_meier_equals_lifelines() -> None:
    """Survival at every time, ties included, and its left limit."""
    for seed in range(5):
        time, code = draw(seed)
        fitter = KaplanMeierFitter().fit(time, code == 0)
        times, survival = kaplan_meier(time, code == 0)
        at = np.arange(1.0, 45.0)
        expected = fitter.survival_function_at_times(at).to_numpy()
        np.testing.assert_allclose(step_value(times, survival, at), expected, atol=1e-12)
        before = fitter.survival_function_at_times(at - 1e-6).to_numpy()
        np.testing.assert_allclose(
            step_value(times, survival, at, left_limit=True), before, atol=1e-12
        )


def test_weights_equal_the_slow_definition() -> None:
    """Patient by patient: 1/G(T-) in the window, 1/G(h) beyond, 0 when censored; G on training."""
    time, code = draw(1)
    train = np.arange(60) % 3 != 0
    fitter = KaplanMeierFitter().fit(time[train], code[train] == 0)
    horizon = 25.0
    for weight, t, c in zip(censoring_weights(time, code, horizon, train), time, code, strict=True):
        if t <= horizon and c == 0:
            assert weight == 0
        else:
            g = fitter.predict(t - 1e-6 if t <= horizon else horizon)
            assert abs(weight - 1 / max(g, 0.05)) < 1e-9


def test_no_censoring_means_no_weighting() -> None:
    """With everyone followed, every weight is 1."""
    time = np.array([5.0, 200.0, 30.0])
    assert censoring_weights(time, np.array([1, 0, 2]), 100).tolist() == [1.0, 1.0, 1.0]


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
    """G at a patient's own time is what lifelines predicts for that patient just before it."""
    time, code = draw(5, 200)
    panel = np.random.default_rng(6).normal(size=(200, 2))
    everyone = np.ones(200, dtype=bool)
    weight = cox_weights(time, code, 20, panel, everyone)
    import pandas as pd

    scaled = (panel - panel.mean(axis=0)) / panel.std(axis=0)
    data = pd.DataFrame(scaled, columns=["a", "b"]).assign(t=time, e=code == 0)
    fitter = CoxPHFitter(penalizer=0.1).fit(data, "t", "e")
    patient = int(np.flatnonzero((time <= 20) & (code > 0) & (time > 5))[0])
    curve = fitter.predict_survival_function(data.iloc[[patient]])
    g = float(curve.loc[curve.index < time[patient]].iloc[-1, 0])
    assert abs(weight[patient] - 1 / max(g, 0.05)) < 1e-6


def test_few_transplants_share_one_curve() -> None:
    """With under five censored a Cox model is not tried."""
    time, code = np.arange(1.0, 21.0), np.ones(20, dtype=int)
    code[:3] = 0
    panel = np.ones((20, 1))
    everyone = np.ones(20, dtype=bool)
    np.testing.assert_array_equal(
        cox_weights(time, code, 10, panel, everyone), censoring_weights(time, code, 10, everyone)
    )
