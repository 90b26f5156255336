"""The traps inflate the AUC of the usual way and not that of `training`."""

import numpy as np
import pytest

from benchmarks.leakage import TRAPS


@pytest.mark.parametrize("name", TRAPS)
def test_traps_inflate_only_the_usual_way(name: str) -> None:
    """Over four cohorts: the trap is well above 0.5 (scaling aside), training is near it."""
    areas = [TRAPS[name](np.random.default_rng(seed)) for seed in range(4)]
    trap, honest = (np.mean([one[key] for one in areas]) for key in ("trap", "training"))
    assert abs(honest - 0.5) < 0.17
    if name.startswith("4"):
        assert trap == pytest.approx(honest, abs=1e-6)
    else:
        assert trap > 0.75
