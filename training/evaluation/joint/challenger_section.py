"""Challenger in an evaluation document: the choice, and the rivals beside the model.

Rivals are scored out of fold on the same folds: the ridge and LightGBM, where both were tried, the
prevalence of the training part, and the endpoint's one declared biomarker, recalibrated.
"""

from dataclasses import replace

import numpy as np

from models.endpoints import Endpoint
from models.member_arrays import LIGHTGBM
from training.evaluation.comparators import recalibrated
from training.evaluation.design import Design
from training.evaluation.documents.model_sections import ChallengerSection, RivalScore
from training.evaluation.joint.challenger import Challenge
from training.evaluation.joint.point_measures import point_measures
from training.evaluation.joint.resampling import out_of_fold
from training.evaluation.out_of_fold import OutOfFold
from training.statistics.calibration.logistic import logit


def challenger_section(
    outcome: Challenge, endpoint: Endpoint, design: Design, column: int
) -> ChallengerSection:
    """The section of one endpoint; `column` is the horizon's position among the joint fit's."""
    by_kind = {
        kind: out_of_fold(scores, endpoint, design, column)
        for kind, scores in outcome.compared.items()
    }
    any_kind = next(iter(by_kind.values()))
    rivals = by_kind | {"prevalence": _prevalence(any_kind)}
    if endpoint.biomarker is not None and endpoint.biomarker in design.X:
        rivals |= {"biomarker": _biomarker(endpoint.biomarker, design, any_kind)}
    difference = outcome.difference
    return {
        "kind": LIGHTGBM,
        "compared": difference is not None,
        "taken": outcome.kind == LIGHTGBM,
        "sentence": outcome.sentence,
        "loss_difference": None if difference is None else difference.mean,
        "standard_error": None if difference is None else difference.standard_error,
        "repeats": len(any_kind.plan.fold),
        "biomarker": endpoint.biomarker,
        "rivals": [_rival(name, oof, design) for name, oof in rivals.items()],
    }


def _rival(name: str, oof: OutOfFold, design: Design) -> RivalScore:
    auc, brier, brier_skill = point_measures(oof, design.y)
    return {"name": name, "auc": auc, "brier": brier, "brier_skill": brier_skill}


def _prevalence(oof: OutOfFold) -> OutOfFold:
    return replace(oof, logit=logit(oof.prevalence))


def _biomarker(name: str, design: Design, oof: OutOfFold) -> OutOfFold:
    """Logistic regression on the biomarker alone; the prevalence for patients without it."""
    values = design.X[name].to_numpy(dtype=np.float64)
    has_value = np.isfinite(values)
    risk = recalibrated(values, has_value & design.has_label, design, oof)
    risk = np.where(np.isnan(risk), oof.prevalence, risk)
    return replace(oof, logit=logit(risk))
