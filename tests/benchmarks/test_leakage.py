"""The traps pay where they should and pay nothing here."""

import numpy as np
import pytest

from benchmarks.leakage import TRAPS


@pytest.mark.parametrize("name", TRAPS)
def test_traps_pay_only_those_who_fall_in(name: str) -> None:
    """Over four cohorts: the trap is well above 0.5 (scaling aside), training is near it."""
    found = [TRAPS[name](np.random.default_rng(seed)) for seed in range(4)]
    trap, honest = (np.mean([one[key] for one in found]) for key in ("trap", "training"))
    assert abs(honest - 0.5) < 0.17
    if name.startswith("4"):
        assert trap == pytest.approx(honest, abs=1e-6)
    else:
        assert trap > 0.75
