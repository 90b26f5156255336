"""Models of one simulated cohort, and other sites that they meet."""

from collections.abc import Sequence

import pytest

from benchmarks.update import fitted_models, site
from models.frozen import FrozenModel
from training.cohort.cohort import Cohort


@pytest.fixture(scope="session")
def stored(simulated) -> Sequence[FrozenModel]:
    """The joint fit of 300 simulated patients: relapse, fatal and severe infection."""
    return fitted_models(simulated("seed-optimistic", 300, 501))


@pytest.fixture(scope="session")
def half() -> Cohort:
    """200 patients of a site with half the base rate."""
    return site(200, 502, half=True)


@pytest.fixture(scope="session")
def further_half() -> Cohort:
    """600 further patients of that site, of another seed."""
    return site(600, 503, half=True)
