"""The closed test finds what was changed in simulated hospitals, and keeps its level."""

import numpy as np
import pytest
from scipy.stats import chi2

from features.arrays import Floats
from features.errors import InputError
from training.statistics.calibration.logistic import fit_logistic, sigmoid
from training.statistics.calibration.recalibration import ModelUpdate, closed_test

EFFECTS = np.array([-1.0, 0.8, -0.5, 0.4])


def hospital(n: int, seed: int, change: str) -> tuple[Floats, Floats, Floats]:
    """Inputs with a column of ones, labels, and the stored model's logit."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 3))])
    logit = X @ EFFECTS
    eta = {
        "none": logit, "base rate": logit - 0.9, "slope": -0.6 + 0.4 * (logit + 1),
        "effects": X @ np.array([-1.0, -0.3, 0.9, 0.4]),
    }[change]  # fmt: skip
    return X, (rng.random(n) < sigmoid(eta)) * 1.0, logit


def update(n: int, seed: int, change: str, weight: Floats | None = None) -> ModelUpdate:
    """The closed test with the refit by maximum likelihood on the same patients."""
    X, y, logit = hospital(n, seed, change)
    w = np.ones(n) if weight is None else weight
    beta = fit_logistic(X, y, w)
    assert beta is not None
    return closed_test(y, w, logit, refit_logit=X @ beta, refit_parameters=4)


@pytest.mark.parametrize(
    ("change", "choice"),
    [("none", "keep"), ("base rate", "intercept"), ("slope", "intercept_and_slope"),
     ("effects", "refit")],
)  # fmt: skip
def test_what_changed_is_what_is_updated(change: str, choice: str) -> None:
    """2,000 patients, 40 hospitals each: the right change in at least 85 %."""
    choices = [update(2000, seed, change).choice for seed in range(40)]
    assert choices.count(choice) >= 34


def test_a_halved_base_rate_gives_its_shift() -> None:
    """The intercept is the difference in log-odds, and the logit chosen has it."""
    one = update(20_000, 1, "base rate")
    assert one.intercept == pytest.approx(-0.9, abs=0.06)
    assert one.line == pytest.approx((-0.9, 1.0), abs=0.08)
    stored, refit = np.array([0.0, 1.0]), np.array([5.0, 5.0])
    np.testing.assert_allclose(one.logit(stored, refit), stored + one.intercept)


def test_a_right_model_is_changed_in_five_percent() -> None:
    """400 hospitals of 300 patients without a change, weights 1 and uneven ones."""
    rng = np.random.default_rng(0)
    for weight in (np.ones(300), rng.choice([0.5, 1.0, 3.0], 300)):
        changed = [update(300, s, "none", weight).choice != "keep" for s in range(1000, 1400)]
        assert 0.025 <= np.mean(changed) <= 0.085


def test_p_values_are_those_of_likelihood_ratios() -> None:
    """Four, three and two degrees of freedom, with likelihoods as products of probabilities."""
    X, y, logit = hospital(200, 2, "slope")
    beta = fit_logistic(X, y, np.ones(200))
    one = update(200, 2, "slope")

    def log_likelihood(eta: Floats) -> float:
        p = 1 / (1 + np.exp(-eta))
        return float(np.log(np.where(y == 1, p, 1 - p)).sum())

    for p, eta, freedom in (
        (one.p_keep, logit, 4), (one.p_intercept, logit + one.intercept, 3),
        (one.p_line, one.line[0] + one.line[1] * logit, 2),
    ):  # fmt: skip
        ratio = 2 * (log_likelihood(X @ beta) - log_likelihood(eta))
        assert p == pytest.approx(chi2.sf(ratio, freedom))


def test_a_stored_model_is_an_estimate_too() -> None:
    """With as many events in training as here, ratios are halved: p of two samples."""
    X, y, logit = hospital(300, 3, "base rate")
    beta, weight = fit_logistic(X, y, np.ones(300)), np.ones(300)
    assert beta is not None
    known, estimated = (
        closed_test(y, weight, logit, refit_logit=X @ beta, refit_parameters=4, training_ratio=r)
        for r in (0.0, 1.0)
    )
    assert estimated.p_keep == pytest.approx(chi2.sf(chi2.isf(known.p_keep, 4) / 2, 4))
    assert estimated.line == known.line


def test_unknown_labels_do_not_count() -> None:
    """Patients with NaN or weight 0 change nothing."""
    X, y, logit = hospital(300, 3, "base rate")
    refit = X @ fit_logistic(X, y, np.ones(300))
    alone = closed_test(y, np.ones(300), logit, refit_logit=refit, refit_parameters=4)
    more = closed_test(
        np.append(y, [np.nan, 1.0]), np.append(np.ones(300), [2.0, 0.0]), np.append(logit, [9, 9]),
        refit_logit=np.append(refit, [9, 9]), refit_parameters=4,
    )  # fmt: skip
    assert more == alone


def test_each_choice_has_its_logit() -> None:
    """Keep is the stored model, refit the new one, the line is linear in the logit."""
    stored, refit = np.array([-1.0, 2.0]), np.array([3.0, 4.0])
    for choice, expected in (
        ("keep", stored), ("intercept", stored - 0.5), ("intercept_and_slope", 0.2 + 0.5 * stored),
        ("refit", refit),
    ):  # fmt: skip
        one = ModelUpdate(choice, 0.1, 0.1, 0.1, -0.5, (0.2, 0.5))
        np.testing.assert_allclose(one.logit(stored, refit), expected)


def test_what_cannot_be_updated_is_refused() -> None:
    """No event, equal risks, a refit that is a recalibration."""
    zeros, ones, spread = np.zeros(20), np.ones(20), np.linspace(-2, 2, 20)
    half = np.tile([0.0, 1.0], 10)
    for y, logit in ((zeros, spread), (half, zeros)):
        with pytest.raises(InputError, match="with and without the event whose risks differ"):
            closed_test(y, ones, logit, refit_logit=logit, refit_parameters=4)
    with pytest.raises(InputError, match="more than 2 parameters"):
        closed_test(half, ones, spread, refit_logit=spread, refit_parameters=2)
