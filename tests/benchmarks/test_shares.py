"""Shares and means as the tables print them."""

import numpy as np

from benchmarks._shares import mean_and_error, share


def test_a_share_has_its_exact_interval() -> None:
    """Half of two: Clopper-Pearson's limits by hand are 1.3 and 98.7 %."""
    assert share(1, 2) == "50.0% (1.3% to 98.7%)"
    assert share(0, 0) == "-"


def test_a_mean_has_its_standard_error() -> None:
    """0 and 2 have mean 1 and error 1; a single number has none; nothing is a dash."""
    assert mean_and_error([0.0, 2.0], 1) == "1.0 (1.0)"
    assert mean_and_error([0.5], 2, "+") == "+0.50 (nan)"
    assert mean_and_error([np.nan]) == "-"
