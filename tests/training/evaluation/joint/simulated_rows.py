"""A simulated cohort with all three endpoints, as the data of a joint fit."""

from functools import cache

import numpy as np

from benchmarks._cohorts import synthetic_cohort
from features.arrays import Ints
from training.cohort.cohort import Cohort
from training.cohort.protocol import Protocol
from training.evaluation.joint.fit import JointData, joint_data
from training.evaluation.joint.rows import joint_rows


@cache
def simulated_cohort() -> Cohort:
    """120 simulated patients with planted effects, with their infections."""
    return synthetic_cohort("seed-optimistic", 120, 7)


@cache
def three_endpoints() -> JointData:
    """Their visits at day 28, for relapse, fatal infection and severe infection."""
    protocol = Protocol()
    rows = joint_rows(
        simulated_cohort(), (28,), protocol.horizons, features=protocol.features,
        core_panel=protocol.core_panel,
    )  # fmt: skip
    return joint_data(simulated_cohort(), rows, protocol.endpoints)


def everybody() -> Ints:
    """All patients, by number."""
    return np.arange(len(three_endpoints().rows.patients))
