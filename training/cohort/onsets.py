"""Onsets after the landmark (first severe infection), and the patients at risk until them.

An infection up to the landmark is counted. It takes nobody out unless the endpoint says so
(`excludes_earlier`).
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.arrays import Floats, Ints
from models.endpoints import CENSORED, ONSET, Endpoint, Onset
from training.cohort.at_risk import AT_RISK_STEP, AtRisk, Step, part_of
from training.cohort.infections import is_of_group


def first_onsets(infections: pd.DataFrame, at_risk: AtRisk, onset: Onset) -> Floats:
    """Days from the landmark to each patient's first such infection after it, (n,), NaN for none.

    An infection on the landmark's day or before it is no onset after the landmark.
    """
    rows = _of_kind(infections, onset)
    later = rows[rows["day"] > at_risk.landmark]
    first = later.groupby("patient_id")["day"].min()
    days = first.reindex(list(at_risk.patient_id)).to_numpy(dtype=float)
    return np.asarray(days - at_risk.landmark, dtype=np.float64)


def n_earlier_onsets(infections: pd.DataFrame, at_risk: AtRisk, onset: Onset) -> Ints:
    """How many such infections each patient had up to the landmark, (n,); they exclude nobody."""
    rows = _of_kind(infections, onset)
    earlier = rows[rows["day"] <= at_risk.landmark].groupby("patient_id").size()
    counts = earlier.reindex(list(at_risk.patient_id), fill_value=0)
    return np.asarray(counts.to_numpy(), dtype=np.int64)


def until_onset(at_risk: AtRisk, infections: pd.DataFrame, onset: Onset) -> AtRisk:
    """The same patients, followed to the first of onset, event and end of follow-up.

    An onset on the day of another event comes first: the infection preceded the death or the
    visit at which relapse was seen.
    """
    days = first_onsets(infections, at_risk, onset)
    comes_first = days <= at_risk.time  # False for NaN
    return replace(
        at_risk,
        time=np.where(comes_first, days, at_risk.time),
        code=np.where(comes_first, ONSET, at_risk.code).astype(np.int64),
    )


def without_earlier(at_risk: AtRisk, infections: pd.DataFrame, onset: Onset) -> AtRisk:
    """The patients who had no such infection up to the landmark; the flow says who left."""
    is_free = n_earlier_onsets(infections, at_risk, onset) == 0
    left_out = Step(f"had such an infection by day {at_risk.landmark}", int(np.sum(~is_free)))
    flow: list[Step] = []
    for step in at_risk.flow:
        if step.reason.startswith(AT_RISK_STEP):
            flow += [left_out, Step(step.reason, int(is_free.sum()))]
        else:
            flow.append(step)
    return replace(part_of(at_risk, is_free), flow=tuple(flow))


def interval_codes(at_risk: AtRisk, followed: AtRisk, endpoint: Endpoint, ends: Floats) -> Ints:
    """Codes (n,) of `followed` (see `until_onset`) as the hazard model with an onset counts them.

    An onset counts as the contained event (fatal infection) where that follows within the same
    interval, else as an onset that was survived to the interval's end.
    """
    contained = np.isin(at_risk.code, [c for c in endpoint.event_codes if c != ONSET])
    interval_of_onset = np.searchsorted(ends, followed.time)
    same = interval_of_onset == np.searchsorted(ends, at_risk.time)
    fatal = (followed.code == ONSET) & contained & same & (at_risk.code != CENSORED)
    return np.asarray(np.where(fatal, at_risk.code, followed.code), dtype=np.int64)


def _of_kind(infections: pd.DataFrame, onset: Onset) -> pd.DataFrame:
    rows = infections[infections["grade"] >= onset.min_grade]
    if onset.group is None:
        return rows
    is_of_kind = [is_of_group(organism, onset.group) for organism in rows["organism"]]
    return rows[np.array(is_of_kind, dtype=bool)]
