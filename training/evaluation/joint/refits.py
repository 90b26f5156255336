"""Bootstrap refits of the joint fit: fitted again to redrawn patients, for stability."""

from collections.abc import Sequence

import joblib  # type: ignore[import-untyped, unused-ignore]  # no stubs
import numpy as np

from features.arrays import Ints
from models.endpoints import Endpoint
from models.hazard_model import HazardModel
from models.linear_members import linear_members
from models.member_arrays import Members
from models.tree_members import TreeMembers, concatenate
from training.evaluation.joint.fit import JointData
from training.evaluation.joint.resampling import FitJoint, FittedJoint
from training.jobs import Progress, run_in_order

PART = 10  # refits a job: half a second of work, so that the bar moves and processes share evenly


def bootstrap_refits(
    data: JointData, fit: FitJoint, refits: int,
    *, seed: int, n_jobs: int = 1, progress: Progress | None = None,
) -> list[FittedJoint]:  # fmt: skip
    """Refit on patient-level bootstrap samples, each repeating all that is learned.

    Patients are drawn with replacement, with all their visits. A sample depends on the seed and
    its number alone, so the answer does not depend on `n_jobs`. The interval these give is a
    *stability interval* (Riley & Collins 2023, Biometrical Journal 65:2200302), not a confidence
    interval.
    """
    parts = [range(start, min(start + PART, refits)) for start in range(0, refits, PART)]
    jobs = [joblib.delayed(_refit_part)(data, fit, part, seed) for part in parts]
    models: list[FittedJoint] = []
    for part_models in run_in_order(jobs, n_jobs):
        models += part_models
        if progress:
            progress("stability refits", len(models), refits)
    return models


def _refit_part(data: JointData, fit: FitJoint, numbers: range, seed: int) -> list[FittedJoint]:
    return [fit(data, drawn_patients(data, seed, number)) for number in numbers]


def drawn_patients(data: JointData, seed: int, number: int) -> Ints:
    """Patients of one bootstrap sample, by number, a patient drawn k times k times."""
    n = len(data.rows.patients)
    return np.sort(np.random.default_rng((abs(seed), number)).integers(n, size=n))


def members_of(model: FittedJoint, refits: Sequence[FittedJoint], endpoint: Endpoint) -> Members:
    """The endpoint's model and its refits, of one kind, as one stack of arrays."""
    models = [model.of(endpoint), *(refit.of(endpoint) for refit in refits)]
    trees = [one for one in models if isinstance(one, TreeMembers)]
    if trees:
        return concatenate(trees)
    return linear_members([one for one in models if isinstance(one, HazardModel)])
