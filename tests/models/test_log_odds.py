"""Between risk and log-odds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.log_odds import logit_of, risk_of


@given(st.floats(-700, 700))
def test_risk_follows_its_formula(logit: float) -> None:
    """The risk is 1 / (1 + e^-logit) wherever that can be computed."""
    assert risk_of(np.array([logit]))[0] == pytest.approx(1 / (1 + np.exp(-logit)), rel=1e-12)


@given(st.floats(1e-12, 1 - 1e-12))
def test_logit_undoes_risk(risk: float) -> None:
    """From risk to log-odds and back loses nothing."""
    assert risk_of(np.array([logit_of(risk)]))[0] == pytest.approx(risk, rel=1e-9)
