"""Out-of-fold scores at random, for tests of what is computed from them."""

import numpy as np

from training.evaluation.folds import FoldPlan
from training.evaluation.out_of_fold import OutOfFold


def random_scores(n: int, seed: int = 0) -> OutOfFold:
    """Two repeats of random scores of n patients in five folds."""
    rng = np.random.default_rng(seed)
    fold = np.tile(np.arange(n) % 5, (2, 1))
    plan = FoldPlan(fold, fold, "patient", "")
    return OutOfFold(rng.normal(size=(2, n)), np.full((2, n), 0.4), np.ones((2, n)), plan)
