"""Fixtures of the tests of an assessment: small fitted models and one patient's samples."""

import pytest

from features.table.row import Row
from serving.assessment.served_model import ServedModel
from tests.serving.fitted import fitted_models, two_samples


@pytest.fixture
def models() -> dict[str, ServedModel]:
    """The models of the three standard endpoints."""
    return dict(fitted_models())


@pytest.fixture
def samples() -> list[Row]:
    """One patient's two samples."""
    return two_samples()
