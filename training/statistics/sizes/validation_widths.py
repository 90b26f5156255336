"""Expected confidence intervals of a validation by its size: events, AUC, O/E and slope."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from features.errors import InputError
from training.statistics.sizes.validation_size import Z, auc_interval, oe_interval, slope_error

Interval = tuple[float, float]

LEAST_EVENTS = 5  # with fewer, no model is tested and these normal intervals do not hold
SHARES = (0.001, 0.999)
AUCS = (0.501, 0.999)


class ValidationWidths(NamedTuple):
    """Expected 95 % intervals in `n` patients, of whom `n_known` have a known outcome.

    `events` is the expected number; the intervals are None where events or others are fewer than
    LEAST_EVENTS. The model is calibrated: O/E 1 and slope 1 are the truth.
    """

    n: int
    n_known: int
    events: float
    prevalence: float
    auc: float
    auc_interval: Interval | None
    oe_interval: Interval | None
    slope_interval: Interval | None


def validation_widths(
    n: int, prevalence: float, auc: float, *, known_share: float = 1.0
) -> ValidationWidths:
    """Expected intervals for one size, prevalence and AUC.

    Patients without a known outcome at the horizon tell nothing: a lower bound on what censoring
    weights give. Raises InputError for a share or an AUC outside its range.

    >>> validation_widths(10, 0.1, 0.7).oe_interval is None
    True
    """
    check_shares([prevalence], "prevalence")
    check_shares([known_share], "share of known outcomes", SHARES[0], 1.0)
    check_shares([auc], "AUC", *AUCS)
    n_known = round(n * known_share)
    events = n_known * prevalence
    if min(events, n_known - events) < LEAST_EVENTS:
        return ValidationWidths(n, n_known, events, prevalence, auc, None, None, None)
    slope = Z * slope_error(auc, prevalence, n_known)
    return ValidationWidths(
        n, n_known, events, prevalence, auc,
        auc_interval=auc_interval(auc, prevalence, n_known),
        oe_interval=oe_interval(prevalence, n_known),
        slope_interval=(1 - slope, 1 + slope),
    )  # fmt: skip


def widths_by_size(
    sizes: Sequence[int],
    prevalences: Sequence[float],
    aucs: Sequence[float],
    *,
    known_share: float = 1.0,
) -> list[ValidationWidths]:
    """Every combination, by prevalence, then AUC, then size."""
    return [
        validation_widths(n, prevalence, auc, known_share=known_share)
        for prevalence, auc, n in product(prevalences, aucs, sizes)
    ]


def check_shares(
    shares: Sequence[float], name: str, low: float = SHARES[0], high: float = SHARES[1]
) -> None:
    """Raise InputError unless every share lies from `low` to `high`; NaN does not."""
    for share in shares:
        if not low <= share <= high:
            raise InputError(
                f"The {name} lies from {low:g} to {high:g}; got {share:g}: give a decimal, such "
                "as 0.75."
            )
