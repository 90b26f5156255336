"""AUC, Brier score and the exchange test beside slow versions and on made-up scores."""

from dataclasses import replace

import numpy as np
import pytest

from training.evaluation.folds import FoldPlan
from training.statistics.accuracy.brier import brier
from training.statistics.bootstrap import bootstrap_copies
from training.statistics.calibration.logistic import sigmoid
from training.surveillance.measures import (
    auc_of,
    brier_at,
    exchange_test,
    landmark_pairs,
    pooled_auc,
)
from training.surveillance.scores import SurveillanceScores
from training.surveillance.stacked_landmarks import StackedLandmarks


def scored_with(
    stack: StackedLandmarks, scores: dict[str, np.ndarray], folds: int = 2
) -> SurveillanceScores:
    """Given scores under folds dealt in turn."""
    n, m = len(stack.patients), len(stack.y)
    fold = (np.arange(n) % folds)[None, :]
    shaped = {name: score[None, :] for name, score in scores.items()}
    return SurveillanceScores(
        shaped, tuple(scores), np.full((1, m), 0.3), FoldPlan(fold, fold, "patient", "")
    )


def naive_auc(
    stack: StackedLandmarks, scored: SurveillanceScores, name: str, landmarks: tuple[int, ...]
) -> float:
    """Loop over all pairs of the same landmark and fold."""
    weight, score, fold = stack.weights(), scored.scores[name][0], scored.plan.fold[0]
    won = total = 0.0
    for i in range(len(stack.y)):
        for j in np.flatnonzero(stack.landmark == stack.landmark[i]):
            a, b = stack.patient[i], stack.patient[j]
            if stack.y[i] != 1 or stack.y[j] != 0 or fold[a] != fold[b]:
                continue
            if stack.landmark[i] not in landmarks:
                continue
            x, y = score[stack.visit[i]], score[stack.visit[j]]
            if np.isnan(x) or np.isnan(y):
                continue
            w = weight[i] * weight[j]
            won += w * ((x > y) + 0.5 * (x == y))
            total += w
    return won / total


def test_auc_is_that_of_a_loop_over_pairs(stack: StackedLandmarks) -> None:
    """At one landmark and over all, with ties and gaps."""
    rng = np.random.default_rng(0)
    score = np.round(rng.normal(size=len(stack.visit_day)), 1)
    score[::17] = np.nan
    scored = scored_with(stack, {"x": score})
    pairs = landmark_pairs(stack, scored, scored.scores["x"])
    once = np.ones((1, len(stack.patients)))
    assert pooled_auc(pairs, once)[0] == pytest.approx(
        naive_auc(stack, scored, "x", stack.landmarks)
    )
    assert pooled_auc(pairs[1:2], once)[0] == pytest.approx(
        naive_auc(stack, scored, "x", stack.landmarks[1:2])
    )


def test_a_perfect_score_has_auc_one_and_a_constant_one_half(stack: StackedLandmarks) -> None:
    """AUC 1 for minus the days to the event, 0.5 for one value."""
    left = stack.event_day[stack.visit_patient] - stack.visit_day
    future = -np.nan_to_num(left, nan=9999.0)
    scored = scored_with(stack, {"future": future, "same": np.zeros(len(future))})
    copies = bootstrap_copies(len(stack.patients), 50, 0)
    for name, expected in (("future", 1.0), ("same", 0.5)):
        found = auc_of(landmark_pairs(stack, scored, scored.scores[name]), copies)
        assert found.value == pytest.approx(expected, abs=0.01)


def test_a_bootstrap_sample_is_a_cohort_with_copies(stack: StackedLandmarks) -> None:
    """Redrawing a patient twice equals counting their pairs twice, by weights in the loop."""
    rng = np.random.default_rng(1)
    scored = scored_with(stack, {"x": rng.normal(size=len(stack.visit_day))})
    copies = bootstrap_copies(len(stack.patients), 1, 3)
    pairs = landmark_pairs(stack, scored, scored.scores["x"])[:1]
    one = pairs[0]
    case, control = copies[0][one.cases], copies[0][one.controls]
    expected = (case[:, None] * control * one.wins).sum() / (
        case[:, None] * control * one.pairs
    ).sum()
    assert pooled_auc(pairs, copies)[0] == pytest.approx(expected)


def test_brier_score_is_the_single_landmarks(stack: StackedLandmarks) -> None:
    """At a landmark it is `brier` on that landmark's rows; a perfect risk has skill 1."""
    rng = np.random.default_rng(2)
    logit = rng.normal(size=len(stack.visit_day))
    scored = scored_with(stack, {"x": logit})
    copies = bootstrap_copies(len(stack.patients), 20, 0)
    rows = stack.rows_of(90)
    found, skill = brier_at(stack, scored, scored.scores["x"], 90, copies)
    risk = sigmoid(logit[stack.visit[rows]])
    assert found.value == pytest.approx(brier(risk, stack.y[rows], stack.weights()[rows]))
    assert skill.value < 0
    sure = np.full(len(logit), -50.0)
    sure[stack.visit[rows & (stack.y == 1)]] = 50.0
    best, full = brier_at(stack, scored, sure[None], 90, copies)
    assert best.value == pytest.approx(0.0) and full.value == pytest.approx(1.0)


def test_the_exchange_test_finds_a_gain_and_not_its_reverse(stack: StackedLandmarks) -> None:
    """p is small for truth against noise and near 1 the other way round; gains are opposite."""
    rng = np.random.default_rng(3)
    left = stack.event_day[stack.visit_patient] - stack.visit_day
    noise = rng.normal(size=len(left))
    good = (np.nan_to_num(left, nan=999.0) < 90) + 0.5 * rng.normal(size=len(left))
    scored = scored_with(stack, {"good": good, "noise": noise})
    ways = [(good[None], noise[None]), (noise[None], good[None])]
    (gain, p), (loss, q) = (
        exchange_test(stack, scored, first=a, second=b, draws=99, seed=0) for a, b in ways
    )
    assert gain > 0.2 and p == 0.01
    assert loss == pytest.approx(-gain) and q == 1.0


def test_the_exchange_test_holds_its_level(stack: StackedLandmarks) -> None:
    """For pairs of equally good scores p <= 0.2 in about a fifth of 60 draws."""
    rows = stack.landmark == 60
    part = replace(
        stack, landmarks=(60,), landmark=stack.landmark[rows], patient=stack.patient[rows],
        visit=stack.visit[rows], y=stack.y[rows], designs=stack.designs[1:2],
    )  # fmt: skip
    found = []
    for seed in range(60):
        first, second = np.random.default_rng(seed).normal(size=(2, 1, len(stack.visit_day)))
        scored = scored_with(part, {"first": first[0]})
        found.append(
            exchange_test(part, scored, first=first, second=second, draws=19, seed=seed)[1]
        )
    assert 0.05 <= np.mean(np.array(found) <= 0.2) <= 0.36


def test_few_events_give_no_auc(stack: StackedLandmarks) -> None:
    """A landmark with under five events or controls gives no number."""
    scored = scored_with(stack, {"x": np.zeros(len(stack.visit_day))})
    one = landmark_pairs(stack, scored, scored.scores["x"])[0]
    assert one.enough_events
    assert not replace(one, cases=one.cases[:4]).enough_events
