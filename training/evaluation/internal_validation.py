"""Internal validation: nested cross-validation, permutation test and learning curve of one fit."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.arrays import Floats
from training.cohort.at_risk import AtRisk
from training.cohort.protocol import Protocol
from training.evaluation.cross_validation import MakeModel, OutOfFold, cross_validate
from training.evaluation.design import Design
from training.evaluation.documents.model_sections import (
    FoldsSection,
    LearningCurvePoint,
    ResamplingSections,
)
from training.evaluation.folds import fold_plan
from training.evaluation.gate import GATE_EVENTS
from training.evaluation.learning_curve import learning_curve
from training.evaluation.permutation import Permutation, permutation_test
from training.jobs import Progress
from training.statistics.logistic import sigmoid


@dataclass(frozen=True)
class ResamplingResults:
    """Results of repeating the whole fitting procedure on parts of the cohort.

    `permutation` is None where the test was not made.
    """

    oof: OutOfFold
    permutation: Permutation | None
    learning_curve: list[LearningCurvePoint]

    def sections(self) -> ResamplingSections:
        """The same as sections of an evaluation document, the scores of patients apart."""
        return {
            "folds": _folds_section(self.oof),
            "selection": selection_shares(self.oof),
            "permutation": self.permutation.as_dict() if self.permutation else None,
            "learning_curve": self.learning_curve,
        }


def resample(
    design: Design,
    make_model: MakeModel,
    protocol: Protocol,
    *,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> ResamplingResults:
    """Repeated nested cross-validation, the permutation test and the learning curve.

    The test is made when there are 10 events and 10 non-events; below that the gate cannot be
    passed.
    """
    p = protocol
    oof = cross_validate_repeatedly(design, make_model, p, n_jobs=n_jobs, progress=progress)
    test = None
    if testable(design):
        test = permutation_test(
            design,
            make_model,
            p.folds,
            permutations=p.permutations,
            seed=p.seed,
            n_jobs=n_jobs,
            progress=progress,
        )
    curve = learning_curve(
        design, make_model, p.folds, seed=p.seed, n_jobs=n_jobs, progress=progress
    )
    return ResamplingResults(oof, test, curve)


def cross_validate_repeatedly(
    design: Design,
    make_model: MakeModel,
    protocol: Protocol,
    *,
    n_jobs: int = 1,
    progress: Progress | None = None,
) -> OutOfFold:
    """Cross-validation in the folds and repeats that the protocol names."""
    plan = fold_plan(design.y, design.site, protocol.repeats, protocol.folds, protocol.seed)
    return cross_validate(
        design, plan, make_model, seed=protocol.seed, n_jobs=n_jobs, progress=progress
    )


def testable(design: Design) -> bool:
    """Whether there are the 10 events and 10 non-events that the gate asks for."""
    events = int(np.sum(design.y == 1))
    return min(events, int(design.has_label.sum()) - events) >= GATE_EVENTS


def selection_shares(oof: OutOfFold) -> dict[str, float]:
    """Share of outer folds in which each candidate was selected."""
    names = [name for repeat in oof.candidate for name in repeat]
    return {name: names.count(name) / len(names) for name in sorted(set(names))}


def _folds_section(oof: OutOfFold) -> FoldsSection:
    plan = oof.plan
    return {
        "by": plan.by,
        "note": plan.note,
        "repeats": len(plan.fold),
        "folds": int(plan.fold.max()) + 1,
    }


def out_of_fold_frame(oof: OutOfFold, at_risk: AtRisk, y: Floats) -> pd.DataFrame:
    """One row per patient and repeat: fold, log-odds, risk, label, weight, time, event code."""
    repeats, n = oof.plan.fold.shape
    return pd.DataFrame(
        {
            "patient_id": np.tile(at_risk.patient_id, repeats),
            "repeat": np.repeat(np.arange(repeats), n),
            "fold": oof.plan.fold.ravel(),
            "logit": oof.logit.ravel(),
            "risk": sigmoid(oof.logit).ravel(),
            "prevalence": oof.prevalence.ravel(),
            "label": np.tile(y, repeats),
            "weight": oof.weight.ravel(),
            "time": np.tile(at_risk.time, repeats),
            "code": np.tile(at_risk.code, repeats),
        }
    )
