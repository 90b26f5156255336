"""Final models of an endpoint, one a horizon, each with its bootstrap refits."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import joblib  # type: ignore[import-untyped, unused-ignore]  # no stubs
import numpy as np

from models.logit_stack import Stack
from models.risk_model import RiskModel
from training.cohort.protocol import Protocol
from training.evaluation.cross_validation import run_in_order, training_weights
from training.evaluation.design import Design
from training.evaluation.documents.model_sections import HorizonModel, Instability
from training.evaluation.prediction_instability import instability
from training.jobs import Progress
from training.statistics.logistic import sigmoid

PART = 10  # refits a job: half a second of work, so that the bar moves and processes share evenly


def make_risk_model(protocol: Protocol, endpoint: str, refits: int, seed: int) -> RiskModel:
    """A fresh classifier as the protocol describes it."""
    return RiskModel(
        candidates=protocol.candidates,
        biomarker=protocol.biomarker.get(endpoint),
        core_panel=protocol.core_panel,
        n_refits=refits,
        inner_folds=protocol.inner_folds,
        random_state=seed,
    )


def fit_horizons(
    designs: Mapping[int, Design],
    make_model: Callable[[], RiskModel],
    refits: int,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> dict[int, RiskModel]:
    """One model with `refits` refits for every horizon; the same whatever `n_jobs`.

    `progress` is called after every part of the refits of all horizons together.
    """
    starts = range(0, refits, PART)
    parts = [(h, range(start, min(start + PART, refits))) for h in designs for start in starts]
    jobs = [joblib.delayed(_fit)(designs[h], make_model()) for h in designs]
    jobs += [joblib.delayed(_refit)(designs[h], make_model(), numbers) for h, numbers in parts]
    results = run_in_order(jobs, n_jobs)
    models = {h: next(results) for h in designs}
    refits_by_horizon = _collect(parts, results, refits * len(designs), progress)
    return {h: model.adopt_refits(refits_by_horizon[h]) for h, model in models.items()}


def _collect(
    parts: list[tuple[int, range]], results: Iterator[Any], total: int, progress: Progress | None
) -> dict[int, list[tuple[Stack, list[str]]]]:
    """Refits by horizon, in the order of the parts."""
    refits: dict[int, list[tuple[Stack, list[str]]]] = {h: [] for h, _ in parts}
    n = 0
    for (h, numbers), result in zip(parts, results, strict=True):
        refits[h].append(result)
        n += len(numbers)
        if progress:
            progress("stability refits", n, total)
    return refits


def refit_instability(
    model: RiskModel, design: Design, thresholds: tuple[float, ...]
) -> Instability | None:
    """How far a final model's refits move the risks of its patients; None without refits."""
    if model.refits_ is None:
        return None
    refits = sigmoid(model.refits_.logits(design.X.to_numpy()))
    return instability(sigmoid(model.logit(design.X)), refits, thresholds)


def model_sections(models: Mapping[int, RiskModel]) -> dict[str, HorizonModel]:
    """What was selected and calibrated at each horizon, and how often in the refits."""
    return {
        str(horizon): {
            "candidate": m.candidate_,
            "selection": m.selection_,
            "calibration": list(m.calibration_),
            "prevalence": m.prevalence_,
            "refit_candidates": {c: m.refit_candidates_.count(c) for c in m.refit_candidates_},
        }
        for horizon, m in models.items()
    }


def _fit(design: Design, model: RiskModel) -> RiskModel:
    return model.fit(**_training_data(design))


def _refit(design: Design, model: RiskModel, numbers: range) -> tuple[Stack, list[str]]:
    return model.refits_numbered(numbers, **_training_data(design))


def _training_data(design: Design) -> dict[str, Any]:
    """Patients with a known label, weighted against censoring."""
    members = design.has_label
    return {
        "X": design.X[members],
        "y": design.y[members],
        "sample_weight": training_weights(design.weights()[members]),
        "groups": np.flatnonzero(members).tolist(),
    }
