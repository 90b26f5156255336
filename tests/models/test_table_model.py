"""The model as MLflow calls it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from models.frozen import FrozenModel
from models.persistence import _load_pyfunc, save


@pytest.fixture
def folder(frozen: FrozenModel, tmp_path: Path) -> Path:
    """A saved model."""
    save(frozen, tmp_path / "model")
    return tmp_path / "model"


def test_pyfunc_gives_a_risk_per_horizon(
    frozen: FrozenModel, folder: Path, cohort: tuple[pd.DataFrame, np.ndarray]
) -> None:
    """As an MLflow model: columns in any order, extra ones ignored, risks as served."""
    X = cohort[0].iloc[:7]
    shuffled = X[X.columns[::-1]].assign(extra=1.0)
    risks = _load_pyfunc(str(folder)).predict(shuffled)
    assert list(risks.columns) == ["risk_90", "risk_180", "risk_365"]
    np.testing.assert_array_equal(risks.to_numpy(), frozen.risks(X.to_numpy()))
    assert risks.index.equals(X.index)


def test_pyfunc_refuses_a_missing_column(
    folder: Path, cohort: tuple[pd.DataFrame, np.ndarray]
) -> None:
    """A table without one of the features gets one sentence that names it."""
    with pytest.raises(InputError, match="but signal is not there"):
        _load_pyfunc(str(folder)).predict(cohort[0].drop(columns="signal"))
