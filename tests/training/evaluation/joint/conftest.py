"""A simulated cohort with all three endpoints, as the data of a joint fit."""

import numpy as np
import pytest

from benchmarks._cohorts import synthetic_cohort
from features.arrays import Ints
from training.cohort.cohort import Cohort
from training.cohort.protocol import Protocol
from training.evaluation.joint.fit import JointData, joint_data
from training.evaluation.joint.rows import joint_rows


@pytest.fixture(scope="session")
def simulated_cohort() -> Cohort:
    """120 simulated patients with planted effects, with the infections."""
    return synthetic_cohort("seed-optimistic", 120, 7)


@pytest.fixture(scope="session")
def three_endpoints(simulated_cohort: Cohort) -> JointData:
    """Their visits at day 28, for relapse, fatal infection and severe infection."""
    protocol = Protocol()
    rows = joint_rows(
        simulated_cohort, (28,), protocol.horizons, features=protocol.features,
        core_panel=protocol.core_panel,
    )  # fmt: skip
    return joint_data(simulated_cohort, rows, protocol.endpoints)


@pytest.fixture(scope="session")
def everybody(three_endpoints: JointData) -> Ints:
    """All patients, by number."""
    return np.arange(len(three_endpoints.rows.patients))
