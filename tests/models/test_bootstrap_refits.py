"""Bootstrap refits repeat everything, and their spread shrinks as cohorts grow."""

import numpy as np
import pandas as pd

from models.bootstrap_refits import refit
from models.fit_pipeline import Patients, Plan, learn
from models.folds import patient_keys
from models.log_odds import risk_of


def draw(n: int, seed: int) -> Patients:
    """Three features, the first with an effect; one value in ten missing."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    y = (rng.random(n) < risk_of(1.2 * X[:, 0])).astype(float)
    X = np.where(rng.random(X.shape) < 0.1, np.nan, X)
    return Patients(X, y, np.ones(n), patient_keys(X, y, None, 0), grouped=False)


PLAN = Plan(("biomarker", "core_panel"), np.arange(3), np.array([0]), 5)


def test_each_refit_learns_anew() -> None:
    """Refits differ in intercept, slope and the median that fills a gap: nothing is shared."""
    stack, names = refit(draw(80, 0), PLAN, range(15), seed=1)
    assert len(names) == len(stack.intercept) == 15
    assert len(np.unique(stack.intercept)) == len(np.unique(stack.coef[:, 0])) == 15
    assert len(np.unique(stack.fill[:, 0])) >= 8  # a median is one of few values


def test_refits_in_parts_equal_one_call() -> None:
    """Refits 0-3 and 4-9 made apart are refits 0-9, and no two are alike."""
    patients = draw(60, 1)
    whole, names = refit(patients, PLAN, range(10), seed=1)
    parts = [refit(patients, PLAN, numbers, seed=1) for numbers in (range(4), range(4, 10))]
    np.testing.assert_array_equal(
        whole.intercept, np.concatenate([stack.intercept for stack, _ in parts])
    )
    assert names == [name for _, own in parts for name in own]
    assert len(np.unique(whole.intercept)) == 10


def test_selection_is_repeated() -> None:
    """Where two candidates are close, some refits choose one and some the other."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(90, 3))
    y = (rng.random(90) < risk_of(1.0 * X[:, 0] + 0.7 * X[:, 1])).astype(float)
    patients = Patients(X, y, np.ones(90), patient_keys(X, y, None, 0), grouped=False)
    _, names = refit(patients, PLAN, range(40), seed=2)
    assert set(names) == {"biomarker", "core_panel"}


def test_spread_shrinks_with_the_cohort() -> None:
    """The stability interval of a cohort of 400 is narrower than that of one of 50."""
    new = np.random.default_rng(3).normal(size=(100, 3))
    widths = {}
    for n in (50, 400):
        stack, _ = refit(draw(n, 7), PLAN, range(40), seed=3)
        low, high = np.quantile(risk_of(stack.logits(new)), [0.05, 0.95], axis=1)
        widths[n] = (high - low).mean()
    assert widths[400] < 0.6 * widths[50]


def test_few_events_survive_resampling() -> None:
    """With five events some resamples hold one or none; they become prevalence, not errors."""
    patients = draw(40, 9)
    y = np.zeros(40)
    y[:5] = 1
    rare = Patients(
        patients.X, y, patients.weight, patient_keys(patients.X, y, None, 0), grouped=False
    )
    stack, names = refit(rare, PLAN, range(300), seed=4)
    assert "prevalence" in names
    assert np.isfinite(stack.logits(patients.X)).all()


def test_patients_are_drawn_not_samples() -> None:
    """With three samples a patient, a refit on patients spreads as one on their single samples."""
    rng = np.random.default_rng(6)
    X = rng.normal(size=(60, 1))
    y = (rng.random(60) < risk_of(X[:, 0])).astype(float)
    plan = Plan(("biomarker",), np.arange(1), np.array([0]), 5)
    names = [f"p{i}" for i in range(60)]
    single = Patients(X, y, np.ones(60), patient_keys(X, y, names, 0), grouped=True)
    triple = Patients(
        np.repeat(X, 3, axis=0),
        np.repeat(y, 3),
        np.full(180, 1 / 3),
        patient_keys(np.repeat(X, 3, axis=0), np.repeat(y, 3), list(np.repeat(names, 3)), 0),
        grouped=True,
    )
    spread = [np.std(refit(p, plan, range(60), seed=5)[0].coef[:, 0]) for p in (single, triple)]
    np.testing.assert_allclose(spread[0], spread[1], rtol=1e-6)


def test_learning_on_a_resample_equals_learning_on_copies() -> None:
    """Weights as numbers of draws give the model that copying rows gives."""
    patients = draw(50, 8)
    times = np.random.default_rng(9).integers(0, 3, 50)
    rows = np.repeat(np.arange(50), times)
    kept = np.flatnonzero(times)

    def part(index: np.ndarray, weight: np.ndarray) -> Patients:
        keys = [patients.key[i] for i in index]
        return Patients(patients.X[index], patients.y[index], weight, keys, grouped=False)

    one = learn(part(kept, times[kept].astype(float)), PLAN)
    two = learn(part(rows, np.ones(len(rows))), PLAN)
    assert one.candidate == two.candidate
    X = pd.DataFrame(patients.X).fillna(0).to_numpy()
    np.testing.assert_allclose(one.stack.logits(X), two.stack.logits(X), atol=1e-8)
