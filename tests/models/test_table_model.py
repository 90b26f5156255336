"""The model as MLflow calls it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.arrays import Floats
from features.errors import InputError
from models.frozen import FrozenModel
from models.persistence import _load_pyfunc, save
from tests.models.simulated_visits import FEATURES


@pytest.fixture
def folder(frozen: FrozenModel, tmp_path: Path) -> Path:
    """A saved model."""
    save(frozen, tmp_path / "model")
    return tmp_path / "model"


def test_pyfunc_gives_a_risk_per_horizon(
    severe: FrozenModel, at_landmark: Floats, tmp_path: Path
) -> None:
    """As an MLflow model: columns in any order, extra ones ignored, risks as served."""
    save(severe, tmp_path / "severe")
    X = pd.DataFrame(at_landmark[:7], columns=list(FEATURES), index=list("abcdefg"))
    shuffled = X[X.columns[::-1]].assign(extra=1.0)
    risks = _load_pyfunc(str(tmp_path / "severe")).predict(shuffled)
    assert list(risks.columns) == ["risk_90", "risk_180", "risk_365"]
    np.testing.assert_array_equal(risks.to_numpy(), severe.risks(X.to_numpy()))
    assert risks.index.equals(X.index)


def test_pyfunc_refuses_a_missing_column(folder: Path, at_landmark: Floats) -> None:
    """A table without one of the features gets one sentence that names it."""
    X = pd.DataFrame(at_landmark, columns=list(FEATURES))
    with pytest.raises(InputError, match="but signal is not there"):
        _load_pyfunc(str(folder)).predict(X.drop(columns="signal"))
