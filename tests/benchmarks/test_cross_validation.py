"""Cross-validation hands each fold to models that never saw it."""

from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks._cross_validation import cross_validate, training_weights
from training.evaluation.design import Design
from training.evaluation.folds import label_codes, patient_fold_plan
from training.statistics.calibration.logistic import logit


class Witness:
    """A classifier that remembers what it was shown and answers the prevalence."""

    seen: list[tuple[set[float], set[float]]] = []  # noqa: RUF012  (shared on purpose)

    def fit(self, X, y, sample_weight=None, groups=None):
        """Remember the rows and the weighted prevalence."""
        assert not np.isnan(y).any()
        np.testing.assert_allclose(np.mean(sample_weight), 1.0)
        assert len(groups) == len(y)
        self.rows = set(X["x"])
        self.prevalence = np.average(y, weights=sample_weight)
        return self

    def logit(self, X):
        """The same answer for everybody."""
        type(self).seen.append((self.rows, set(X["x"])))
        return np.full(len(X), logit(np.array([self.prevalence]))[0])


def a_design(n: int = 40, seed: int = 0) -> Design:
    """Rows numbered by x; a tenth censored inside the window."""
    rng = np.random.default_rng(seed)
    code, time = rng.integers(0, 3, n), rng.integers(1, 400, n).astype(float)
    y = np.where((code == 1) & (time <= 180), 1.0, 0.0)
    y[(code == 0) & (time <= 180)] = np.nan
    X = pd.DataFrame({"x": np.arange(n, dtype=float)})
    return Design(X, y, time, code, np.full(n, "", dtype=object), 180)


def test_no_patient_is_scored_by_a_model_that_saw_them() -> None:
    """Training and test rows never meet, every patient is scored in each repeat."""
    design = a_design()
    Witness.seen = []
    plan = patient_fold_plan(label_codes(design.y), design.site, 3, 5, 0)
    oof = cross_validate(design, plan, lambda seed: Witness(), seed=0)
    assert len(Witness.seen) == 15
    assert all(not trained & tested for trained, tested in Witness.seen)
    assert np.isfinite(oof.logit).all()
    np.testing.assert_allclose(1 / (1 + np.exp(-oof.logit)), oof.prevalence)


def test_weights_come_from_the_training_part() -> None:
    """A test fold whose patients are all lost does not change its own weights' G."""
    design = a_design()
    plan = patient_fold_plan(label_codes(design.y), design.site, 1, 5, 0)
    test = plan.fold[0] == 2
    changed = replace(design, time=np.where(test, 1.0, design.time))
    np.testing.assert_array_equal(changed.weights(~test)[~test], design.weights(~test)[~test])
    oof = cross_validate(design, plan, lambda seed: Witness(), seed=0)
    expected = np.where(design.has_label, design.weights(~test), 0.0)
    np.testing.assert_array_equal(oof.weight[0, test], expected[test])


def test_progress_counts_every_fit() -> None:
    """One call a fit, the last saying that all are done."""
    design, calls = a_design(), []
    plan = patient_fold_plan(label_codes(design.y), design.site, 2, 5, 0)
    cross_validate(
        design, plan, lambda seed: Witness(), seed=0, progress=lambda *call: calls.append(call)
    )
    assert calls[0] == ("cross-validation", 1, 10)
    assert calls[-1] == ("cross-validation", 10, 10)


def test_training_weights_claim_nobody_extra() -> None:
    """They add up to the number of patients that are there."""
    weight = training_weights(np.array([1.0, 2.0, 5.0]))
    np.testing.assert_allclose(weight.sum(), 3.0)
