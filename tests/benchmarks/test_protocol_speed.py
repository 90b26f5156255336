"""Both sides of the speed comparison do the same work."""

import numpy as np

from benchmarks._cohorts import labels_and_design, synthetic_cohort
from benchmarks.protocol_speed import FEATURES, PROTOCOL, fits_made, plain_fit
from features.schema import CORE


def test_the_protocol_has_its_features() -> None:
    """25 features, the core panel among them."""
    assert len(PROTOCOL.features) == FEATURES
    assert set(CORE) <= set(PROTOCOL.features)


def test_fits_are_counted_from_the_evaluation() -> None:
    """10 x 5 folds, 201 permutation statistics of 5 folds, 3 models of 1 + 200 fits."""
    evaluation = {
        "folds": {"repeats": 10, "folds": 5},
        "permutation": {"drawn": 200},
        "models": {"90": {}, "180": {}, "365": {}},
    }
    assert fits_made(evaluation) == 50 + 5 * 201 + 3 * 201
    assert fits_made({**evaluation, "permutation": None}) == 50 + 3 * 201


def test_the_plain_version_chooses_a_candidate() -> None:
    """It fits, selects and ends with one of the three names."""
    cohort = synthetic_cohort("seed-optimistic", 100, 4)
    design = labels_and_design(cohort, "relapse", PROTOCOL)[1]
    chosen = plain_fit(design, "relapse", np.flatnonzero(design.has_label), 0)
    assert chosen in ("biomarker", "core_panel", "lightgbm")
