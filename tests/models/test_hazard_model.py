"""The hazard model against the simulator's kind of truth: missing values, visits, means, bounds."""

import numpy as np
import pytest

from features.arrays import Bools, Floats, Ints
from models.accumulated_risk import cumulative_risks, hazards
from models.hazard_model import (
    HazardModel,
    complete_inputs,
    event_power,
    fit_hazard_model,
    learn_scaling,
    standardised,
    visit_time,
)
from tests.models.simulated_visits import draw_patients, exclusive_visits, fit_joint

P = 4
EFFECTS = np.array([[0.8, 0.0, 0.0], [0.0, 0.7, 0.0], [-0.4, 0.0, 0.3], [0.0, 0.0, 0.0]])
INTERCEPTS = np.array([[-2.0, -3.5, -3.5], [-2.0, -3.5, -3.0], [-2.5, -3.5, -3.0]])
IS_CORE = np.array([True, True, True, False])


def patients(n: int, seed: int) -> tuple[Floats, Ints]:
    """Correlated features and events through three intervals."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, P)) + 0.7 * rng.normal(size=(n, 1))
    h = hazards(INTERCEPTS, x @ EFFECTS)
    event, at_risk = np.full((n, 3), -1), np.ones(n, bool)
    for k in range(3):
        limits, u = np.cumsum(h[:, k], axis=1), rng.random(n)[:, None]
        number = np.where(u < limits[:, -1:], (u >= limits).sum(axis=1, keepdims=True) + 1, 0)[:, 0]
        event[at_risk, k] = number[at_risk]
        at_risk &= event[:, k] == 0
    return x, event


def incidence(event: Ints) -> Floats:
    """Share with each event by the end of each interval, complete follow-up."""
    return np.cumsum([[(event[:, k] == c).mean() for c in (1, 2, 3)] for k in range(3)], axis=0)


def fitted(x: Floats, event: Ints, is_core: Bools = IS_CORE) -> HazardModel:
    """Fit at day 28 without weights."""
    return fit_hazard_model(
        x, np.full(len(x), 28.0), event, np.ones(event.shape), is_core=is_core,
        incidence=incidence(event),
    )  # fmt: skip


def test_risks_of_new_patients_come_near_the_true_ones() -> None:
    """400 patients train, 2,000 others are asked: closer than the mean risk by far."""
    model = fitted(*patients(400, 1))
    x, _ = patients(2000, 2)
    true = cumulative_risks(INTERCEPTS, x @ EFFECTS)
    risks = model.risks(x, np.full(2000, 28.0))
    ours = ((risks - true) ** 2).mean(axis=0)[-1]
    constant = true.var(axis=0)[-1]
    assert (ours[:2] < 0.25 * constant[:2]).all()


def test_the_mean_risk_is_the_observed_incidence() -> None:
    """To 1e-6, each event at each horizon."""
    x, event = patients(300, 3)
    risks = fitted(x, event).risks(x, np.full(300, 28.0))
    np.testing.assert_allclose(risks.mean(axis=0), incidence(event), atol=1e-6)


def test_a_missing_feature_is_read_from_the_others() -> None:
    """Where two columns are nearly one, leaving one out hardly moves the risk."""
    x, event = patients(500, 4)
    x[:, 3] = x[:, 0] + 0.05 * np.random.default_rng(5).normal(size=500)
    model = fitted(x, event)
    gaps = x.copy()
    gaps[:, 0] = np.nan
    day = np.full(500, 28.0)
    change = model.risks(gaps, day)[:, -1, 0] - model.risks(x, day)[:, -1, 0]
    blind = x.copy()
    blind[:] = np.nan
    spread = model.risks(x, day)[:, -1, 0].std()
    assert change.std() < 0.35 * spread
    assert np.ptp(model.risks(blind, day)[:, -1, 0]) < 1e-12


def test_an_outlier_counts_as_the_ninety_ninth_percent() -> None:
    """No value makes more of an effect than the training patients' bounds."""
    x, event = patients(300, 7)
    model = fitted(x, event)
    far, edge = x[:1].copy(), x[:1].copy()
    far[0, 0], edge[0, 0] = 1e6, model.scaling.high[0]
    day = np.array([28.0])
    np.testing.assert_array_equal(model.risks(far, day), model.risks(edge, day))


def test_columns_without_values_or_spread_have_no_effect() -> None:
    """Constant and empty columns are zero for all."""
    x, event = patients(200, 8)
    x[:, 2], x[:, 3] = 5.0, np.nan
    scaling = learn_scaling(x)
    z = complete_inputs(x, scaling)
    assert (z[:, 2] == 0).all() and (np.abs(z[:, 3]) < 1e-9).all()
    assert (standardised(x, scaling)[:, 2] == 0).all()
    assert np.isfinite(fitted(x, event).risks(x, np.full(200, 28.0))).all()


def test_an_event_seen_from_three_landmarks_counts_once() -> None:
    """Each patient's row three times, at the power of its events, is the fit of the rows once."""
    x, event = patients(150, 9)
    patient, events = np.tile(np.arange(150), 3), np.tile(event, (3, 1))
    weight = np.full((450, 3), event_power(events, patient))
    assert weight[0, 0] == pytest.approx(1 / 3)
    thrice = fit_hazard_model(
        np.tile(x, (3, 1)), np.full(450, 28.0), events, weight, is_core=IS_CORE,
        incidence=incidence(event), row_weight=np.full(450, 1 / 3),
    )  # fmt: skip
    once = fitted(x, event)
    for name in ("intercepts", "effects", "prior_sd"):
        np.testing.assert_allclose(getattr(thrice, name), getattr(once, name), atol=1e-6)


def test_a_row_of_weight_two_is_the_row_twice() -> None:
    """In bounds, means, SDs, correlation, effects and anchored intercepts; weight 0 is no row."""
    x, event = patients(120, 11)
    x[::5, 1] = np.nan
    times = np.random.default_rng(12).integers(0, 4, 120)
    shares = np.cumsum(
        [[np.average(event[:, k] == c, weights=times) for c in (1, 2, 3)] for k in range(3)], axis=0
    )
    heavy = fit_hazard_model(
        x, np.full(120, 28.0), event, np.tile(times[:, None].astype(float), (1, 3)),
        is_core=IS_CORE, incidence=shares, row_weight=times.astype(float),
    )  # fmt: skip
    rows = np.repeat(np.arange(120), times)
    twice = fitted(x[rows], event[rows])
    for name in ("low", "high"):
        np.testing.assert_array_equal(getattr(heavy.scaling, name), getattr(twice.scaling, name))
    for name in ("centre", "spread", "correlation"):
        one, other = getattr(heavy.scaling, name), getattr(twice.scaling, name)
        np.testing.assert_allclose(one, other, atol=1e-12)
    np.testing.assert_allclose(heavy.effects, twice.effects, atol=1e-8)
    np.testing.assert_allclose(heavy.intercepts, twice.intercepts, atol=1e-7)


def test_bounds_are_quantiles_of_the_values() -> None:
    """1 and 99 % of what was measured: the order statistics that reach them."""
    x = np.random.default_rng(13).permutation(1000.0 + np.arange(1000))[:, None]
    x = np.concatenate([x, np.full((50, 1), np.nan)])
    scaling = learn_scaling(x)
    assert (scaling.low[0], scaling.high[0]) == (1009.0, 1989.0)
    assert scaling.centre[0] == pytest.approx(1499.5, abs=1.0)


def test_stacked_landmarks_are_anchored_over_all_their_rows() -> None:
    """Three landmarks: the mean risk over all rows is the observed incidence, to 1e-6."""
    rows = exclusive_visits(draw_patients(200, seed=5))
    model = fit_joint(draw_patients(200, seed=5)).exclusive
    risks = model.risks(rows.X, rows.day)
    np.testing.assert_allclose(risks.mean(axis=0), rows.incidence, atol=1e-6)
    shifted = model.risks(rows.X, np.full(len(rows.X), 28.0))
    assert np.abs(shifted.mean(axis=0) - rows.incidence).max() > 1e-4  # the day matters


def test_stacked_landmarks_see_hazards_that_fall_with_time() -> None:
    """Relapse that halves every 90 days: the risk at day 118 is well below that at day 28."""
    rng = np.random.default_rng(14)
    day = np.repeat([28.0, 73.0, 118.0], 200)
    share = 0.3 * 0.5 ** visit_time(day)
    event = (rng.random(600) < share).astype(np.int64)[:, None]
    x = rng.normal(size=(600, 2))
    model = fit_hazard_model(
        x, day, event, np.ones((600, 1)), is_core=np.array([True, True]),
        incidence=event.mean(axis=0, keepdims=True),
    )  # fmt: skip
    average = np.zeros((2, 2))
    first, last = model.risks(average, np.array([28.0, 118.0]))[:, 0, 0]
    assert first == pytest.approx(event[day == 28].mean(), abs=0.05)
    assert last == pytest.approx(event[day == 118].mean(), abs=0.05)
    assert last < 0.75 * first


def test_later_visits_have_terms_in_time_and_stop_at_day_365() -> None:
    """Rows at days 28 and 118: drift and terms exist; t is bounded."""
    x, event = patients(300, 10)
    day = np.repeat([28.0, 118.0], 150)
    model = fit_hazard_model(
        x, day, event, np.ones((300, 3)), is_core=IS_CORE, incidence=incidence(event)
    )
    assert np.abs(model.drift).max() > 0 and np.abs(model.time_terms).max() > 0
    assert visit_time(np.array([365.0, 900.0])).tolist() == pytest.approx([337 / 90] * 2)
