"""Signed logarithm of a corrected rate, with a 90 % interval formed on the linear scale.

A rate less its ambient part has an error that is normal on the linear scale, as wide below the
estimate as above. The logarithm is steep near zero: an error divided by 1 + x there is that of the
estimate alone and misses the truth when the subtracted amount was wrong. Therefore the ends are
formed first and transformed afterwards.
"""

import math
from typing import NamedTuple

from features.measures.standard_errors import Z_90

# Ends further apart say little of the sample: an error of 1.2 is the SD of the uncorrected level
# between samples (pbmc3k and CARPALL's five unsorted samples without leukaemia), so that less than
# half of such values' variance could be real.
MAX_WIDTH = 4.0


class IntervalEstimate(NamedTuple):
    """A value, its standard error and the ends of its 90 % interval, all NaN when missing.

    Of a withheld estimate, whose interval is too wide, value and error alone are NaN.
    """

    value: float = math.nan
    se: float = math.nan
    low: float = math.nan
    high: float = math.nan

    def columns(self, name: str) -> dict[str, float]:
        """As columns of the feature table."""
        return {
            name: self.value,
            f"{name}_se": self.se,
            f"{name}_low": self.low,
            f"{name}_high": self.high,
        }


def signed_log1p(per_10k: float) -> float:
    """ln(1 + x) for x >= 0, -ln(1 - x) below: a corrected level may fall under zero.

    >>> signed_log1p(0.0), round(signed_log1p(-1.0), 3)
    (0.0, -0.693)
    """
    return math.copysign(math.log1p(abs(per_10k)), per_10k)


def signed_log_estimate(per_10k: float, se: float) -> IntervalEstimate:
    """Estimate on the signed log scale of a linear one, in UMIs per 10,000.

    Ends: signed log of x -+ 1.645 `se`; error: half their distance / 1.645, which where `se` is
    small is that of linearisation, `se` / (1 + abs(x)). Withheld when the ends are further than 4.0
    apart, such as -6.4 and 6.4 per 10,000 around zero.

    >>> [round(number, 2) for number in signed_log_estimate(50.0, 20.0)]
    [3.93, 0.47, 2.9, 4.43]
    >>> [round(number, 2) for number in signed_log_estimate(0.0, 10.0)]
    [nan, nan, -2.86, 2.86]
    """
    low, high = (signed_log1p(per_10k + sign * Z_90 * se) for sign in (-1, 1))
    if high - low > MAX_WIDTH:
        return IntervalEstimate(low=low, high=high)
    return IntervalEstimate(signed_log1p(per_10k), (high - low) / 2 / Z_90, low, high)
