"""When does the gap open? A value in each window of days, by what happened after the window.

Time is respected: in each window only patients without an event until its end are compared, by
whether the endpoint follows within the horizon; competing events stay among the others, those
lost to follow-up inside the horizon are left out. Remission is not asked for, since the early
windows lie before it is assessed. Transplants are ignored here.
"""

import numpy as np
import pandas as pd

from features.arrays import Floats
from training.cohort.labels import labels
from training.cohort.outcomes import endpoint_code, first_event
from training.statistics.holm import ALPHA, holm_adjusted
from training.statistics.rank_sum import compare
from training.statistics.reconstitution import MIN_PATIENTS_FOR_BAND, WINDOWS, window_name
from training.study.cohort import StudyCohort

COLUMNS = (
    "days", "first", "last", "with_event", "others", "median_event", "low_event", "high_event",
    "median_others", "low_others", "high_others", "superiority", "low", "high", "p", "p_holm",
)  # fmt: skip


def gap(cohort: StudyCohort, name: str, endpoint: str) -> pd.DataFrame:
    """One row a window with both groups' medians and quartiles, their comparison and p.

    Columns COLUMNS; `superiority` is the chance that a patient with the event has the higher
    value. `p_holm` is corrected over the windows. A window without both groups is left out.
    """
    rows = [row for first, last in WINDOWS if (row := _window(cohort, name, endpoint, first, last))]
    frame = pd.DataFrame(rows, columns=[c for c in COLUMNS if c != "p_holm"])
    frame["p_holm"] = holm_adjusted(frame["p"].tolist()) if len(frame) else []
    return frame


def opening(found: pd.DataFrame) -> str:
    """In words: the first window in which the groups differ after correction over windows.

    >>> opening(pd.DataFrame({"days": ["0-7", "22-35"], "p_holm": [0.3, 0.01]}))
    'the gap is first seen in the window 22-35'
    """
    shown = found[found["p_holm"] <= ALPHA]
    if shown.empty:
        return "no window by itself shows a gap after correction over the windows"
    return f"the gap is first seen in the window {shown['days'].iloc[0]}"


def _window(
    cohort: StudyCohort, name: str, endpoint: str, first: int, last: int
) -> dict[str, object] | None:
    end = max(last, 0)
    day, code = first_event(cohort.outcomes)
    y = labels(day - end, code, endpoint_code(endpoint), cohort.protocol.primary_horizon)
    y[day <= end] = np.nan
    label_of = pd.Series(y, index=cohort.outcomes.patients).dropna()
    blood = cohort.blood[(cohort.blood["day"] >= first) & (cohort.blood["day"] <= last)]
    used = blood.dropna(subset=[name]).sort_values("day", kind="stable")
    used = used.groupby("patient_id").tail(1)
    used = used[used["patient_id"].isin(label_of.index)]
    value = used[name].to_numpy(float)
    group = label_of.loc[used["patient_id"]].to_numpy() == 1
    if not group.any() or group.all():
        return None
    site = used["site"].to_numpy(object) if "site" in used else None
    found = compare(value, group, site)
    with_event, others = _quartiles(value[group]), _quartiles(value[~group])
    return {
        "days": window_name(first, last), "first": first, "last": last,
        "with_event": found.n_group, "others": found.n_others,
        "median_event": with_event[1], "low_event": with_event[0], "high_event": with_event[2],
        "median_others": others[1], "low_others": others[0], "high_others": others[2],
        "superiority": found.superiority, "low": found.low, "high": found.high, "p": found.p,
    }  # fmt: skip


def _quartiles(value: Floats) -> Floats:
    """Lower quartile, median, upper quartile; under MIN_PATIENTS_FOR_BAND the median alone."""
    low, middle, high = np.quantile(value, [0.25, 0.5, 0.75])
    if len(value) < MIN_PATIENTS_FOR_BAND:
        low = high = np.nan
    return np.array([low, middle, high])
