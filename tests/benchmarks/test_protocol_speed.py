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
    ratio = 1000 / float(table.loc["landmark", "CPU s"])
    assert float(table.loc["landmark", "times faster"]) == pytest.approx(ratio, rel=0.1)
    assert table.loc["six", "times faster"] == "-"
