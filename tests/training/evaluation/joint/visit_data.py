"""Visits at day 28 with a planted effect on relapse, as the data of a joint fit."""

import numpy as np

from training.evaluation.folds import FoldPlan, patient_fold_plan
from training.evaluation.joint.fit import JointData
from training.evaluation.joint.rows import JointRows, Visits

EVENTS = ("relapse", "fatal_infection", "other_death")
HORIZONS = (90, 180, 365)


def visit_data(
    n: int, seed: int, *, effect: str, rate: float = 1 / 400, competing: float = 1 / 1500
) -> JointData:
    """n patients with six features; the effect is "none", or "interaction" of the first two.

    Relapse comes at this rate a day, times or over exp(1.5) when the first two features have the
    same or the opposite sign; the two competing events at a rate each.
    """
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 6))
    size = {"none": 0.0, "interaction": 1.5}[effect]
    hazard = rate * np.exp(size * np.sign(X[:, 0] * X[:, 1]))
    days = [
        rng.exponential(1 / hazard), rng.exponential(1 / competing, n),
        rng.exponential(1 / competing, n), rng.uniform(200, 900, n),
    ]  # fmt: skip
    code = np.array([1, 2, 3, 0])[np.argmin(days, axis=0)]
    visits = Visits(28, np.arange(n), X, np.min(days, axis=0), code)
    return JointData(_rows(visits), {}, ())


def _rows(visits: Visits) -> JointRows:
    n = len(visits.time)
    names = np.array([f"P{i}" for i in range(n)], dtype=object)
    site = np.array([""] * n, dtype=object)
    return JointRows((visits,), names, site, HORIZONS, EVENTS, tuple("abcdef"), ("a", "b"))


def fold_plan(data: JointData, repeats: int = 2, folds: int = 5) -> FoldPlan:
    """Folds of the patients, stratified by what happened to them in 180 days."""
    visits = data.rows.visits[0]
    outcome = np.where(visits.time <= 180, visits.code, 0)
    return patient_fold_plan(outcome, data.rows.site, repeats, folds, 0)
