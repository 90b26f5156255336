"""Changes in the same patients: against the fixed-effects model, and what cannot be told."""

import numpy as np
import pytest

from training.statistics.paired import adjusted_test, rank_test, untold


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
    found = adjusted_test("x", before, after, late - early)
    effect, se, free = fixed_effects(before, after, early, late)
    assert found.effect == pytest.approx(effect)
    assert free == 7
    assert (found.high - found.low) / 2 == pytest.approx(2.364624 * se, rel=1e-5)  # qt(.975, 7)


def test_the_covariate_is_taken_out() -> None:
    """A change that is all the covariate's is none of time's; unadjusted it looks like one."""
    rng = np.random.default_rng(2)
    early, late = rng.normal(0, 1, 40), rng.normal(1, 1, 40)
    before = 2 * early + rng.normal(0, 0.3, 40)
    after = 2 * late + rng.normal(0, 0.3, 40)
    assert rank_test("x", before, after).p < 0.001
    found = adjusted_test("x", before, after, late - early)
    assert found.low < 0 < found.high


def test_noise_in_the_covariate_is_allowed_for() -> None:
    """A covariate measured with its own variance again: uncorrected, half of its doing stays."""
    rng = np.random.default_rng(4)
    plain, allowed, covered = [], [], []
    for _ in range(300):
        moved = rng.normal(1, 0.5, 30)
        seen = moved + rng.normal(0, 0.5, 30)
        after = moved + rng.normal(0, 0.3, 30)
        plain.append(adjusted_test("x", np.zeros(30), after, seen).effect)
        found = adjusted_test("x", np.zeros(30), after, seen, np.full(30, 0.25))
        allowed.append(found.effect)
        covered.append(found.low <= 0 <= found.high)
    assert 0.4 < np.median(plain) < 0.6
    assert abs(np.median(allowed)) < 0.1
    assert np.mean(covered) > 0.92


def test_the_rate_is_kept_on_noise() -> None:
    """Without an effect p <= 0.05 in about 5 % of 1,000 cohorts of eight patients."""
    rng = np.random.default_rng(3)
    p = [adjusted_test("x", np.zeros(8), rng.normal(size=8), rng.normal(size=8)).p
         for _ in range(1000)]  # fmt: skip
    assert 0.03 < np.mean(np.array(p) <= 0.05) < 0.07


def test_what_cannot_be_told_says_why() -> None:
    """Five patients, a covariate that changed alike, a reason of the caller's."""
    few = rank_test("activation", np.zeros(5), np.ones(5))
    assert np.isnan(few.p)
    assert few.sentence == (
        "activation: cannot be told, 5 patients have a value before and after infusion, at least "
        "6 are needed."
    )
    alike = adjusted_test("x", np.zeros(8), np.arange(8.0), np.ones(8))
    assert "changed alike" in alike.sentence
    assert untold("x", "why").n_patients == 0


def test_the_sentence_has_the_numbers() -> None:
    """Effect, interval, patients, method and p, in plain words."""
    found = rank_test("activation", np.zeros(6), np.arange(1.0, 7.0))
    assert found.sentence == (
        "activation: 3.50 higher after infusion than before (95 % 1.00 to 6.00, 6 patients, "
        "signed-rank, p 0.031)."
    )
    assert (found.before, found.smallest_p) == ((0.0,) * 6, 2.0**-5)
