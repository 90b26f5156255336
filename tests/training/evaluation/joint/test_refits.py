"""Bootstrap refits: patients with all their visits, the same whatever the number of processes."""

import numpy as np

from models.endpoints import ENDPOINTS
from training.evaluation.joint.fit import JointData, fit_joint
from training.evaluation.joint.refits import bootstrap_refits, drawn_patients, members_of


def test_refits_depend_on_the_seed_and_their_number_alone(data: JointData) -> None:
    """One process or two, four refits or two: the same models; progress counts them."""
    calls: list[tuple[str, int, int]] = []
    one = bootstrap_refits(data, fit_joint, 12, seed=7, progress=lambda *call: calls.append(call))
    two = bootstrap_refits(data, fit_joint, 12, seed=7, n_jobs=2)
    fewer, other = (bootstrap_refits(data, fit_joint, 2, seed=seed) for seed in (7, 8))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.exclusive.effects, b.exclusive.effects)
        severe = ENDPOINTS["severe_infection"]
        np.testing.assert_array_equal(a.of(severe).intercepts, b.of(severe).intercepts)
    np.testing.assert_array_equal(one[1].exclusive.effects, fewer[1].exclusive.effects)
    assert np.any(one[0].exclusive.effects != other[0].exclusive.effects)
    assert calls == [("stability refits", 10, 12), ("stability refits", 12, 12)]


def test_a_refit_is_the_fit_of_its_drawn_patients(data: JointData) -> None:
    """Everything that is learned is learned again: as a fit to the drawn patients gives it."""
    (refit,) = bootstrap_refits(data, fit_joint, 1, seed=7)
    again = fit_joint(data, drawn_patients(data, 7, 0))
    one, other = refit.of(ENDPOINTS["relapse"]), again.of(ENDPOINTS["relapse"])
    for name in ("prior_sd", "effects", "drift", "time_terms", "intercepts"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-9)
    np.testing.assert_array_equal(one.scaling.centre, other.scaling.centre)


def test_draws_are_a_bootstrap_of_patients(data: JointData) -> None:
    """As many as there are, with repeats; a third of the patients are not in a draw."""
    n = len(data.rows.patients)
    draws = [drawn_patients(data, 1, number) for number in range(50)]
    assert all(len(draw) == n and set(draw) <= set(range(n)) for draw in draws)
    absent = np.mean([1 - len(set(draw)) / n for draw in draws])
    assert abs(absent - np.exp(-1)) < 0.02


def test_members_hold_the_model_first_and_give_its_risks(data: JointData) -> None:
    """The stack that is saved predicts as the model, and as each refit where nothing is missing.

    Refits take missing features as the model expects them.
    """
    model = fit_joint(data, np.arange(len(data.rows.patients)))
    refits = bootstrap_refits(data, fit_joint, 2, seed=7)
    visits = data.rows.visits[1]
    day = np.full(len(visits.time), float(visits.landmark))
    for endpoint in ENDPOINTS.values():
        members = members_of(model, refits, endpoint)
        predictors = members.predictors(visits.X, day)
        for r, fitted in enumerate((model, *refits)):
            hazard_model = fitted.of(endpoint)
            np.testing.assert_allclose(members.intercepts[r], hazard_model.intercepts)
            rows = np.ones(len(day), dtype=bool) if r == 0 else ~np.isnan(visits.X).any(axis=1)
            expected = hazard_model.risks(visits.X[rows], day[rows])
            got = risks_of(members.intercepts[r], predictors[rows, r])
            np.testing.assert_allclose(got, expected, atol=1e-10)


def risks_of(intercepts: np.ndarray, predictors: np.ndarray) -> np.ndarray:
    """Cumulative risks (n, K, C), one patient and interval after another."""
    risks = np.zeros((len(predictors), *intercepts.shape))
    for i, u in enumerate(predictors):
        free, total = 1.0, np.zeros(intercepts.shape[1])
        for k, a in enumerate(intercepts):
            odds = np.exp(a + u)
            total = total + free * odds / (1 + odds.sum())
            free /= 1 + odds.sum()
            risks[i, k] = total
    return risks
