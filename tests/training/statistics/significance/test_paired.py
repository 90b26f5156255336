"""Changes in the same patients: against the fixed-effects model, and where not estimable."""

import numpy as np
import pytest

from training.statistics.significance.paired import adjusted_test, not_estimable, rank_test


def fixed_effects(before: np.ndarray, after: np.ndarray, early: np.ndarray, late: np.ndarray):
    """Effect of time and its standard error in ~ patient + covariate + time, two rows a patient."""
    n = before.size
    design = np.column_stack(
        [np.tile(np.eye(n), (2, 1)), np.concatenate([early, late]), np.repeat([0, 1], n)]
    )
    y = np.concatenate([before, after])
    beta, *_ = np.linalg.lstsq(design, y, rcond=None)
    free = 2 * n - design.shape[1]
    spread = ((y - design @ beta) ** 2).sum() / free
    return beta[-1], np.sqrt(spread * np.linalg.inv(design.T @ design)[-1, -1]), free


def test_it_is_the_fixed_effects_model() -> None:
    """Effect, and interval by its standard error, are those of ~ patient + covariate + time."""
    rng = np.random.default_rng(1)
    before, after, early, late = rng.normal(size=(4, 9))
    result = adjusted_test("x", before, after, late - early)
    effect, se, free = fixed_effects(before, after, early, late)
    assert result.effect == pytest.approx(effect)
    assert free == 7
    assert (result.high - result.low) / 2 == pytest.approx(2.364624 * se, rel=1e-5)  # qt(.975, 7)


def test_the_covariate_is_taken_out() -> None:
    """A change due to the covariate alone is no effect of time; unadjusted it looks like one."""
    rng = np.random.default_rng(2)
    early, late = rng.normal(0, 1, 40), rng.normal(1, 1, 40)
    before = 2 * early + rng.normal(0, 0.3, 40)
    after = 2 * late + rng.normal(0, 0.3, 40)
    assert rank_test("x", before, after).p < 0.001
    result = adjusted_test("x", before, after, late - early)
    assert result.low < 0 < result.high


def test_noise_in_the_covariate_is_corrected_for() -> None:
    """A covariate measured with its own variance again: uncorrected, half of its effect stays."""
    rng = np.random.default_rng(4)
    plain, corrected, covered = [], [], []
    for _ in range(300):
        change = rng.normal(1, 0.5, 30)
        noisy = change + rng.normal(0, 0.5, 30)
        after = change + rng.normal(0, 0.3, 30)
        plain.append(adjusted_test("x", np.zeros(30), after, noisy).effect)
        result = adjusted_test("x", np.zeros(30), after, noisy, np.full(30, 0.25))
        corrected.append(result.effect)
        covered.append(result.low <= 0 <= result.high)
    assert 0.4 < np.median(plain) < 0.6
    assert abs(np.median(corrected)) < 0.1
    assert np.mean(covered) > 0.92


def test_the_error_rate_holds_on_noise() -> None:
    """Without an effect p <= 0.05 in about 5 % of 1,000 cohorts of eight patients."""
    rng = np.random.default_rng(3)
    p = [adjusted_test("x", np.zeros(8), rng.normal(size=8), rng.normal(size=8)).p
         for _ in range(1000)]  # fmt: skip
    assert 0.03 < np.mean(np.array(p) <= 0.05) < 0.07


def test_a_change_that_is_not_estimable_has_a_reason() -> None:
    """Five patients, a covariate that changed alike, a reason that the caller gives."""
    few = rank_test("activation", np.zeros(5), np.ones(5))
    assert np.isnan(few.p)
    assert few.sentence == (
        "activation: not estimable here, 5 patients have a value before and after infusion, "
        "at least 6 are needed."
    )
    alike = adjusted_test("x", np.zeros(8), np.arange(8.0), np.ones(8))
    assert "changed alike" in alike.sentence and alike.reason in alike.sentence
    assert not_estimable("x", "why").n_patients == 0


def test_the_sentence_has_the_numbers() -> None:
    """Effect, interval, patients, method and p, in plain words."""
    result = rank_test("activation", np.zeros(6), np.arange(1.0, 7.0))
    assert result.sentence == (
        "activation: 3.50 higher after infusion than before (95 % 1.00 to 6.00, 6 patients, "
        "signed-rank, p 0.031)."
    )
    assert (result.before, result.smallest_p) == ((0.0,) * 6, 2.0**-5)
