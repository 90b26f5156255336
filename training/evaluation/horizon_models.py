"""The models that are served: one a horizon, each with its stability refits, shared out as jobs."""

from collections.abc import Callable, Mapping
from typing import Any

import joblib  # type: ignore[import-untyped, unused-ignore]  # no stubs
import numpy as np

from models.logit_stack import Stack
from models.risk_model import RiskModel
from training.evaluation.cross_validation import Design, Progress, in_turn, training_weights
from training.evaluation.prediction_instability import instability
from training.statistics.logistic import sigmoid

PART = 10  # refits a job: half a second of work, so that the bar moves and processes share evenly


def fit_horizons(
    designs: Mapping[int, Design],
    make_model: Callable[[], RiskModel],
    refits: int,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> dict[int, RiskModel]:
    """One model with `refits` refits for every horizon; the same whatever `n_jobs`.

    `progress` is told after every part of the refits of all horizons together.
    """
    starts = range(0, refits, PART)
    parts = [(h, range(start, min(start + PART, refits))) for h in designs for start in starts]
    jobs = [joblib.delayed(_fit)(designs[h], make_model()) for h in designs]
    jobs += [joblib.delayed(_refit)(designs[h], make_model(), numbers) for h, numbers in parts]
    results = in_turn(jobs, n_jobs)
    models = {h: next(results) for h in designs}
    made: dict[int, list[tuple[Stack, list[str]]]] = {h: [] for h in designs}
    for (h, _), result in zip(parts, results, strict=True):
        made[h].append(result)
        if progress:
            done = sum(len(names) for own in made.values() for _, names in own)
            progress("stability refits", done, refits * len(designs))
    return {h: model.adopt_refits(made[h]) for h, model in models.items()}


def risks_moved(
    model: RiskModel, design: Design, thresholds: tuple[float, ...]
) -> dict[str, object] | None:
    """Per-patient instability of a model's risks over its refits; None without refits."""
    if model.refits_ is None:
        return None
    refits = sigmoid(model.refits_.logits(design.X.to_numpy()))
    return instability(sigmoid(model.logit(design.X)), refits, thresholds)


def _fit(design: Design, model: RiskModel) -> RiskModel:
    return model.fit(**_learned_from(design))


def _refit(design: Design, model: RiskModel, numbers: range) -> tuple[Stack, list[str]]:
    return model.refits_numbered(numbers, **_learned_from(design))


def _learned_from(design: Design) -> dict[str, Any]:
    """Patients with a known label, weighted against censoring."""
    learn = design.known
    return {
        "X": design.X[learn],
        "y": design.y[learn],
        "sample_weight": training_weights(design.weights()[learn]),
        "groups": np.flatnonzero(learn).tolist(),
    }
