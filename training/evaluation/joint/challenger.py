"""Challenger: LightGBM instead of the ridge, only where its out-of-fold loss is clearly better."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import numpy as np

from features.errors import InputError
from models.hazard_trees import require_lightgbm
from models.member_arrays import LIGHTGBM, RIDGE
from training.evaluation.folds import FoldPlan
from training.evaluation.joint.fit import JointData, fit_joint
from training.evaluation.joint.interval_loss import (
    PairedDifference,
    paired_difference,
    patient_losses,
)
from training.evaluation.joint.resampling import FitJoint, JointScores, cross_validate_joint
from training.evaluation.joint.tree_fit import fit_trees
from training.jobs import Progress

REPEATS = 2
"""Repeats of the folds on which the two are compared."""
LEAST_PATIENTS, LEAST_EVENTS = 80, 20
"""At the judged landmark. With fewer patients boosted trees are not tried."""
ERRORS = 2.0
"""Standard errors by which LightGBM's loss must be lower."""
FITS: Mapping[str, FitJoint] = MappingProxyType({RIDGE: fit_joint, LIGHTGBM: fit_trees})


@dataclass(frozen=True)
class Challenge:
    """Which kind of model is taken, and what was seen out of fold.

    `by_patient` are the scores of that kind in all repeats, `compared` those of each kind on the
    same repeats; `difference` is LightGBM's loss less the ridge's, None when it was not compared.
    `sentence` says the outcome in words.
    """

    kind: str
    by_patient: JointScores
    compared: Mapping[str, JointScores]
    difference: PairedDifference | None
    sentence: str

    @property
    def fit(self) -> FitJoint:
        """The fit that is taken."""
        return FITS[self.kind]


def challenge(
    data: JointData, plan: FoldPlan, model: str,
    *, n_jobs: int = 1, progress: Progress | None = None,
) -> Challenge:  # fmt: skip
    """Cross-validate what the protocol's `model` names, or choose between ridge and LightGBM.

    "choose": LightGBM is taken where its mean loss per patient (`patient_losses`) is lower than
    the ridge's by two standard errors over patients, on the same folds. Errors: InputError when
    LightGBM is declared and cannot be loaded.
    """
    score = partial(cross_validate_joint, data, n_jobs=n_jobs, progress=progress)
    if model == LIGHTGBM:
        require_lightgbm()
        return _uncompared(LIGHTGBM, score(plan, fit_trees), "The protocol declares LightGBM.")
    ridge = score(plan, fit_joint)
    obstacle = "the protocol declares the ridge." if model == RIDGE else _obstacle(data)
    if obstacle is not None:
        return _uncompared(RIDGE, ridge, f"LightGBM was not tried: {obstacle}")
    folds = replace(plan, fold=plan.fold[:REPEATS], stratum=plan.stratum[:REPEATS])
    trees = score(folds, fit_trees, step="LightGBM")
    compared = {RIDGE: _on_folds(ridge, folds), LIGHTGBM: trees}
    difference = _difference(data, compared)
    kind, by_patient = RIDGE, ridge
    if _is_clearly_better(difference):
        kind, by_patient = LIGHTGBM, score(plan, fit_trees, step="LightGBM, all repeats")
    return Challenge(kind, by_patient, compared, difference, _outcome(difference))


def _uncompared(kind: str, by_patient: JointScores, sentence: str) -> Challenge:
    return Challenge(kind, by_patient, {kind: by_patient}, None, sentence)


def _obstacle(data: JointData) -> str | None:
    """Why LightGBM cannot be tried on this cohort, or None."""
    first = data.rows.visits[0]
    patients = len(first.time)
    events = int(np.sum((first.time <= data.rows.horizons[-1]) & (first.code > 0)))
    if patients < LEAST_PATIENTS or events < LEAST_EVENTS:
        return (
            f"{patients} patients with {events} events; at least {LEAST_PATIENTS} patients and "
            f"{LEAST_EVENTS} events are needed."
        )
    try:
        require_lightgbm()
    except InputError as problem:
        return str(problem)
    return None


def _on_folds(scores: JointScores, folds: FoldPlan) -> JointScores:
    """The scores of the first repeats, those of the folds."""
    repeats = len(folds.fold)
    risks = {name: risk[:repeats] for name, risk in scores.risks.items()}
    return replace(scores, plan=folds, exclusive=scores.exclusive[:repeats], risks=risks)


def _difference(data: JointData, compared: Mapping[str, JointScores]) -> PairedDifference:
    ends = np.array(data.rows.horizons, dtype=np.float64)
    losses = {
        kind: patient_losses(scores.exclusive, data.rows.visits[0], ends)
        for kind, scores in compared.items()
    }
    return paired_difference(losses[LIGHTGBM], losses[RIDGE])


def _is_clearly_better(difference: PairedDifference) -> bool:
    return difference.mean < -ERRORS * difference.standard_error


def _outcome(difference: PairedDifference) -> str:
    choice = "LightGBM is taken" if _is_clearly_better(difference) else "The ridge stays"
    side = "lower" if difference.mean < 0 else "higher"
    return (
        f"{choice}: LightGBM's out-of-fold loss per patient is {abs(difference.mean):.4f} {side} "
        f"than the ridge's, with a standard error of {difference.standard_error:.4f}. LightGBM is "
        "taken where its loss is lower by more than two standard errors."
    )
