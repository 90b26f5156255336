"""Text of event names and of measures with their intervals, for pages and pictures."""

from models.disclosed_cohort import MeasureDocument
from models.endpoints import ENDPOINTS, EXCLUSIVE_ENDPOINTS, OTHER_DEATH

EVENT_NAMES: dict[int, str] = {
    **{ENDPOINTS[name].event_codes[0]: ENDPOINTS[name].words for name in EXCLUSIVE_ENDPOINTS},
    OTHER_DEATH: "other death without relapse",
}


def interval(measure: MeasureDocument, digits: int = 2) -> str:
    """A value with its interval; what is undefined is called so.

    >>> interval({"value": 0.7123, "low": 0.6, "high": 0.8})
    '0.71 (0.60 to 0.80)'
    """
    value, low, high = measure["value"], measure["low"], measure["high"]
    if value is None:
        return "undefined"
    if low is None or high is None:
        return f"{value:.{digits}f} (interval undefined)"
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
