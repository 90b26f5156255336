"""Warning times: how early a risk at the landmark warns of events, at fixed false-alarm rates."""

import numpy as np

from features.arrays import Floats
from models.disclosed_cohort import CohortWarnings, WarningRate
from training.cohort.labels import EndpointLabels
from training.statistics.lead_time import VisitScores, warnings_of

# Share of the patients without the event who may be warned.
FALSE_ALARMS = (0.10, 0.20)
QUARTILES = (25, 50, 75)


def warning_times(risk: Floats, labels: EndpointLabels, least: int) -> CohortWarnings:
    """Events in the window, and at each false-alarm rate how many were warned how early.

    `risk` (n,) is each patient's out-of-fold risk at the landmark. Patients above the threshold
    are warned at the landmark, so the days run from there to the event. Patients lost to follow-up
    inside the window are left out. `days` holds quartiles in whole days: a quarter, a half and
    three quarters of the warned patients had at most so many. It is None when fewer than `least`
    were warned, since quartiles of so few would be single patients' days.
    """
    has_label = labels.is_known
    event_day = np.where(labels.y == 1, labels.at_risk.time, np.nan)[has_label]
    events = int(np.sum(~np.isnan(event_day)))
    rates = FALSE_ALARMS if 0 < events < len(event_day) else ()
    return {
        "events": events,
        "others": len(event_day) - events,
        "at": [_at_rate(rate, risk[has_label], event_day, least) for rate in rates],
    }


def _at_rate(rate: float, risk: Floats, event_day: Floats, least: int) -> WarningRate:
    n = len(risk)
    warnings = warnings_of(VisitScores(np.arange(n), np.zeros(n), risk, event_day), rate)
    lead = warnings.lead[~np.isnan(warnings.lead)]
    return {
        "asked": rate,
        "false_alarms": warnings.false_alarms,
        "warned": len(lead),
        "share": warnings.share_warned.as_dict(),
        "days": _quartiles(lead) if len(lead) >= least else None,
    }


def _quartiles(days: Floats) -> list[int]:
    return [int(day) for day in np.percentile(days, QUARTILES, method="inverted_cdf")]
