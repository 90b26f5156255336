"""Who would have been warned at the landmark, and how early, at two rates of false alarms."""

import numpy as np

from features.arrays import Floats
from training.cohort.labels import Labelled
from training.statistics.lead_time import VisitScores, warnings_of

# Of the patients without the event, so many may be warned for nothing.
FALSE_ALARMS = (0.10, 0.20)
QUARTILES = (25, 50, 75)


def warned(risk: Floats, labelled: Labelled, least: int) -> dict[str, object]:
    """Events in the window, and at each false-alarm rate how many were warned how early.

    `risk` (n,) is each patient's out-of-fold risk at the landmark; whoever is above the threshold
    is warned then, so the days run from the landmark to the event. Patients lost to follow-up
    inside the window are left out. `days` holds quartiles as whole days, such that a quarter, a
    half and three quarters of the warned had at most so many; None when fewer than `least` were
    warned, whose days would be nearly their own.
    """
    known = labelled.is_known
    event_day = np.where(labelled.y == 1, labelled.at_risk.time, np.nan)[known]
    events = int(np.sum(~np.isnan(event_day)))
    both = 0 < events < len(event_day)
    return {
        "events": events,
        "others": len(event_day) - events,
        "at": [_at(rate, risk[known], event_day, least) for rate in FALSE_ALARMS if both],
    }


def _at(rate: float, risk: Floats, event_day: Floats, least: int) -> dict[str, object]:
    n = len(risk)
    found = warnings_of(VisitScores(np.arange(n), np.zeros(n), risk, event_day), rate)
    lead = found.lead[~np.isnan(found.lead)]
    return {
        "asked": rate,
        "false_alarms": found.false_alarms,
        "warned": len(lead),
        "share": found.share_warned.as_dict(),
        "days": _quartiles(lead) if len(lead) >= least else None,
    }


def _quartiles(days: Floats) -> list[int]:
    return [int(day) for day in np.percentile(days, QUARTILES, method="inverted_cdf")]
