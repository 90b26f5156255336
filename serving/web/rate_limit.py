"""Rate limit: token buckets (https://en.wikipedia.org/wiki/Token_bucket), one for each caller."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

# Callers remembered at once; the one seen longest ago is forgotten first.
MOST_CALLERS = 10_000


@dataclass(frozen=True)
class Rate:
    """`burst` requests at once, refilled at `per_second`."""

    per_second: float
    burst: float


# Per worker and token, unless `start --rate` says otherwise: a whole hospital's integration is one
# caller. Wrong tokens are counted by address, the only thing known about a caller who guesses.
MOST_A_SECOND = 5000.0
REQUESTS = Rate(per_second=MOST_A_SECOND, burst=10_000.0)
BURST_SECONDS = 2.0
FAILURES = Rate(per_second=0.5, burst=20.0)


def rate_of(per_second: float) -> Rate:
    """The rate of `per_second` requests, with a burst of two seconds' requests.

    >>> rate_of(5000) == REQUESTS
    True
    """
    return Rate(per_second, BURST_SECONDS * per_second)


class Buckets:
    """Token buckets by caller's name.

    >>> now = [0.0]
    >>> buckets = Buckets(Rate(per_second=1.0, burst=1.0), clock=lambda: now[0])
    >>> buckets.take("ward"), buckets.take("ward")
    (0.0, 1.0)
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> float:
        """Take one token; returns 0.0, or the seconds until there is one."""
        level = self._level(name)
        has_token = level >= 1.0
        self._levels[name] = (level - 1.0 if has_token else level, self.clock())
        self._levels.move_to_end(name)
        if len(self._levels) > MOST_CALLERS:
            self._levels.popitem(last=False)
        return 0.0 if has_token else (1.0 - level) / self.rate.per_second

    def empty(self, name: str) -> bool:
        """Whether the next `take` would have to wait."""
        return self._level(name) < 1.0

    def _level(self, name: str) -> float:
        level, since = self._levels.get(name, (self.rate.burst, self.clock()))
        return min(self.rate.burst, level + (self.clock() - since) * self.rate.per_second)
