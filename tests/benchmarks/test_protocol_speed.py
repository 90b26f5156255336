"""The speed table has a row a size and kind of visits."""

from dataclasses import replace

import pytest

from benchmarks import protocol_speed
from training.cohort.protocol import Protocol

QUICK = replace(Protocol(), repeats=1, refits=1, permutations=20, bootstraps=20, model="ridge")


def test_a_row_for_each_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds are positive; the ratio is to what was measured before, of the landmark alone."""
    monkeypatch.setattr(protocol_speed, "BEFORE", {40: 1000.0})
    table = protocol_speed.table((40,), QUICK).set_index("visits")
    assert (table["CPU s"].astype(float) > 0).all()
    times, seconds = (float(table.loc["landmark", name]) for name in ("times faster", "CPU s"))
    assert 1000 / (seconds + 0.05) <= times * (1 + 1e-3)  # seconds are rounded to a tenth
    assert times * (seconds - 0.05) <= 1000 * (1 + 1e-3)
    assert table.loc["six", "times faster"] == "-"
