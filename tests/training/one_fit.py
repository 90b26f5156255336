"""One endpoint of a cohort drawn by the tests, fitted with few repeats and refits."""

from dataclasses import replace

from features.schema import CORE
from tests.training.conftest import Tables
from training.cohort.cohort import cohort_of
from training.cohort.protocol import Protocol
from training.evaluation.fit_cohort import FittedEndpoint, fit_cohort

QUICK = replace(
    Protocol(), features=CORE, model="ridge", repeats=1, refits=4, permutations=99, bootstraps=40,
)  # fmt: skip


def fit_one(
    tables: Tables, protocol: Protocol = QUICK, endpoint: str = "relapse"
) -> FittedEndpoint:
    """The fit of one endpoint alone."""
    (fitted,) = fit_cohort(cohort_of(*tables), protocol, [endpoint])
    return fitted
