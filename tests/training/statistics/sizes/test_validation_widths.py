"""Expected intervals by size: all combinations, known outcomes, ranges."""

import math

import pytest

from features.errors import InputError
from training.statistics.sizes.validation_widths import validation_widths, widths_by_size


def test_every_combination_once() -> None:
    """By prevalence, then AUC, then size."""
    rows = widths_by_size((60, 120), (0.1, 0.3), (0.7, 0.8))
    assert [(row.prevalence, row.auc, row.n) for row in rows] == [
        (0.1, 0.7, 60), (0.1, 0.7, 120), (0.1, 0.8, 60), (0.1, 0.8, 120),
        (0.3, 0.7, 60), (0.3, 0.7, 120), (0.3, 0.8, 60), (0.3, 0.8, 120),
    ]  # fmt: skip


def test_unknown_outcomes_tell_nothing() -> None:
    """200 patients of whom half are known give the intervals of 100."""
    half = validation_widths(200, 0.3, 0.7, known_share=0.5)
    whole = validation_widths(100, 0.3, 0.7)
    assert (half.n, half.n_known) == (200, 100)
    assert half[1:] == whole[1:]


def test_more_patients_narrower_intervals() -> None:
    """Each interval shrinks with the size and holds its true value."""
    rows = widths_by_size((60, 120, 300, 3000), (0.2,), (0.7,))
    for name, truth in (("auc_interval", 0.7), ("oe_interval", 1.0), ("slope_interval", 1.0)):
        intervals = [getattr(row, name) for row in rows]
        widths = [high - low for low, high in intervals]
        assert widths == sorted(widths, reverse=True)
        assert all(low < truth < high for low, high in intervals)


@pytest.mark.parametrize(("n", "prevalence"), [(40, 0.1), (40, 0.9)])
def test_no_interval_of_too_few_events_or_others(n: int, prevalence: float) -> None:
    """Four expected events, or four others, give no interval; 50 patients do."""
    assert validation_widths(n, prevalence, 0.7).auc_interval is None
    assert validation_widths(51, prevalence, 0.7).auc_interval is not None


@pytest.mark.parametrize("wrong", [0.0, 1.0, -0.1, 30.0, math.nan])
def test_shares_outside_their_range(wrong: float) -> None:
    """One sentence with the rule, what came and the way out."""
    with pytest.raises(
        InputError, match=r"The prevalence lies from 0\.001 to 0\.999; got .*: give"
    ):
        validation_widths(100, wrong, 0.7)
    with pytest.raises(InputError, match=r"The AUC lies from 0\.501 to 0\.999"):
        validation_widths(100, 0.3, wrong)
    if wrong != 1.0:
        with pytest.raises(InputError, match=r"The share of known outcomes lies from 0\.001 to 1"):
            validation_widths(100, 0.3, 0.7, known_share=wrong)
