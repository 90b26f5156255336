"""Models of all horizons with their refits: equal to one fit, with progress."""

import functools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from features.schema import CORE
from models.risk_model import RiskModel
from training.cohort.at_risk import patients_at_risk
from training.cohort.labels import label
from training.cohort.samples import samples_from
from training.evaluation.cross_validation import training_weights
from training.evaluation.design import Design, design_for
from training.evaluation.horizon_models import fit_horizons, refit_instability

MAKE = functools.partial(
    RiskModel, candidates=("biomarker", "core_panel"), biomarker=CORE[0], core_panel=CORE,
    random_state=3,
)  # fmt: skip


@pytest.fixture(scope="module")
def designs(cohort: Callable) -> dict[int, Design]:
    """Relapse within 90 and 180 days in 70 patients."""
    table, outcomes = cohort(70, seed=1)
    samples = samples_from(table)
    at_28 = patients_at_risk(outcomes, samples, 28)
    return {h: design_for(label(at_28, "relapse", h), samples, CORE, CORE) for h in (90, 180)}


def test_shared_out_refits_are_those_of_one_fit(designs: dict[int, Design]) -> None:
    """Refits made in parts, in two processes, equal those that RiskModel makes by itself."""
    shared = fit_horizons(designs, MAKE, 13, n_jobs=2)
    for horizon, design in designs.items():
        known = design.has_label
        weight = training_weights(design.weights()[known])
        alone = MAKE(n_refits=13).fit(
            design.X[known], design.y[known], weight, groups=np.flatnonzero(known).tolist()
        )
        ours = shared[horizon]
        assert ours.refit_candidates_ == alone.refit_candidates_
        assert len(ours.refit_candidates_) == 13
        np.testing.assert_allclose(ours.refits_.coef, alone.refits_.coef, atol=1e-10)
        np.testing.assert_allclose(ours.logit(design.X), alone.logit(design.X), atol=1e-10)


def test_progress_is_reported_as_refits_are_made(designs: dict[int, Design]) -> None:
    """The bar moves in parts of ten and ends at the number of refits of all horizons."""
    told: list[tuple[str, int, int]] = []
    fit_horizons(designs, MAKE, 13, progress=lambda *step: told.append(step))
    assert told == [("stability refits", done, 26) for done in (10, 13, 23, 26)]


def test_instability_is_that_of_the_refits(designs: dict[int, Design]) -> None:
    """The mean movement is recomputed from the refits' own risks; no refits, nothing to say."""
    design = replace(designs[180])
    model = fit_horizons({180: design}, MAKE, 10)[180]
    X = design.X.to_numpy()
    risks = 1 / (1 + np.exp(-model.refits_.logits(X)))
    moved = np.abs(risks - model.predict_proba(design.X)[:, [1]]).mean()
    found = refit_instability(model, design, (0.2,))
    np.testing.assert_allclose(found["mean_absolute_difference"], moved)
    model.refits_ = None
    assert refit_instability(model, design, (0.2,)) is None
