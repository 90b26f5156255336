"""Simulated patients, a joint fit to them with a few refits, and its frozen models."""

import pytest

from features.arrays import Floats
from models.frozen import FrozenModel
from tests.models.simulated_visits import (
    JointModel,
    Patients,
    draw_patients,
    fit_with_refits,
    frozen_models,
)


@pytest.fixture(scope="session")
def patients() -> Patients:
    """160 simulated patients."""
    return draw_patients()


@pytest.fixture(scope="session")
def joint_models(patients: Patients) -> list[JointModel]:
    """The joint fit to them, then 12 refits."""
    return fit_with_refits(patients)


@pytest.fixture(scope="session")
def models_of_fit(patients: Patients, joint_models: list[JointModel]) -> dict[str, FrozenModel]:
    """The frozen model of each endpoint: two that exclude each other and one with an onset."""
    return frozen_models(patients, joint_models)


@pytest.fixture(scope="session")
def frozen(models_of_fit: dict[str, FrozenModel]) -> FrozenModel:
    """The frozen model of relapse."""
    return models_of_fit["relapse"]


@pytest.fixture(scope="session")
def severe(models_of_fit: dict[str, FrozenModel]) -> FrozenModel:
    """The frozen model of severe infection, which has an onset."""
    return models_of_fit["severe_infection"]


@pytest.fixture(scope="session")
def at_landmark(frozen: FrozenModel, patients: Patients) -> Floats:
    """Features (n, 6) of the patients at the landmark, NaN where missing."""
    return patients.X[patients.day[:, :3].min(axis=1) > frozen.landmark]
