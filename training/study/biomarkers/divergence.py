"""Difference of a biomarker between patients with an endpoint and the others, and its onset.

At the landmark (`contrast`), and in windows of days (`divergence`). Time is respected: in each
window only patients without an event until its end are compared, by whether the endpoint follows
within the horizon; competing events stay among the others, those lost to follow-up inside the
horizon are left out. Remission is not required, since the early windows lie before it is assessed.
Transplants are ignored here.
"""

import numpy as np
import pandas as pd

from features.arrays import Floats
from features.schema import ALL_FEATURES
from training.charts.patients_svg import dot_strips
from training.cohort.labels import labels
from training.cohort.outcomes import first_event, standard_endpoint
from training.statistics.reconstitution import MIN_PATIENTS_FOR_BAND, WINDOWS, window_name
from training.statistics.significance.holm import ALPHA, holm_adjusted
from training.statistics.significance.rank_sum import compare
from training.study.claim import Claim
from training.study.cohort import StudyCohort, compare_groups
from training.study.questions import QUESTIONS
from training.study.section import Picture

COLUMNS = (
    "days", "first", "last", "with_event", "others", "median_event", "low_event", "high_event",
    "median_others", "low_others", "high_others", "superiority", "low", "high", "p", "p_holm",
)  # fmt: skip


def contrast(
    cohort: StudyCohort, name: str, endpoint: str, groups: tuple[str, str]
) -> tuple[Claim, tuple[Picture, ...]]:
    """The claim about a feature at the landmark, and every patient's value as a dot.

    `groups` names the patients with the endpoint and the others. No picture without any value.
    """
    feature = ALL_FEATURES[name]
    claim, patients = compare_groups(cohort, QUESTIONS[name], name, endpoint, feature.unit)
    if not len(patients.value):
        return claim, ()
    values = (patients.value[patients.group], patients.value[~patients.group])
    title = f"{feature.label} at day {cohort.protocol.landmark}"
    svg = dot_strips(title, list(zip(groups, values, strict=True)))
    return claim, (Picture(title, svg, feature.unit),)


def divergence(cohort: StudyCohort, name: str, endpoint: str) -> pd.DataFrame:
    """One row a window with both groups' medians and quartiles, their comparison and p.

    Columns COLUMNS; `superiority` is the chance that a patient with the event has the higher
    value. `p_holm` is corrected over the windows. A window without both groups is left out.
    """
    rows = [row for first, last in WINDOWS if (row := _window(cohort, name, endpoint, first, last))]
    frame = pd.DataFrame(rows, columns=[c for c in COLUMNS if c != "p_holm"])
    frame["p_holm"] = holm_adjusted(frame["p"].tolist()) if len(frame) else []
    return frame


def first_divergence(windows: pd.DataFrame) -> str:
    """Sentence on the first window in which the groups differ after correction over windows.

    >>> first_divergence(pd.DataFrame({"days": ["0-7", "22-35"], "p_holm": [0.3, 0.01]}))
    'the groups first differ in the window 22-35'
    """
    significant = windows[windows["p_holm"] <= ALPHA]
    if significant.empty:
        return "no single window shows a difference after correction over the windows"
    return f"the groups first differ in the window {significant['days'].iloc[0]}"


def _window(
    cohort: StudyCohort, name: str, endpoint: str, first: int, last: int
) -> dict[str, object] | None:
    samples = _last_samples(cohort.blood, name, first, last)
    label = _labels_after(cohort, endpoint, max(last, 0))
    samples = samples[samples["patient_id"].isin(label.index)]
    value = samples[name].to_numpy(float)
    group = label.loc[samples["patient_id"]].to_numpy() == 1
    if not group.any() or group.all():
        return None
    result = compare(value, group, samples["site"].to_numpy(object) if "site" in samples else None)
    with_event, others = _quartiles(value[group]), _quartiles(value[~group])
    return {
        "days": window_name(first, last), "first": first, "last": last,
        "with_event": result.n_group, "others": result.n_others,
        "median_event": with_event[1], "low_event": with_event[0], "high_event": with_event[2],
        "median_others": others[1], "low_others": others[0], "high_others": others[2],
        "superiority": result.superiority, "low": result.low, "high": result.high, "p": result.p,
    }  # fmt: skip


def _last_samples(blood: pd.DataFrame, name: str, first: int, last: int) -> pd.DataFrame:
    """Each patient's last sample of the window that has a value."""
    inside = blood[(blood["day"] >= first) & (blood["day"] <= last)]
    with_value = inside.dropna(subset=[name]).sort_values("day", kind="stable")
    return with_value.groupby("patient_id").tail(1)


def _labels_after(cohort: StudyCohort, endpoint: str, end: int) -> "pd.Series[float]":
    """1 or 0 by patient: the endpoint within the horizon after day `end`, without event so far."""
    day, code = first_event(cohort.outcomes)
    y = labels(
        day - end, code, standard_endpoint(endpoint).event_codes, cohort.protocol.primary_horizon
    )
    y[day <= end] = np.nan
    return pd.Series(y, index=cohort.outcomes.patients).dropna()


def _quartiles(value: Floats) -> Floats:
    """Lower quartile, median, upper quartile; under MIN_PATIENTS_FOR_BAND the median alone."""
    low, middle, high = np.quantile(value, [0.25, 0.5, 0.75])
    if len(value) < MIN_PATIENTS_FOR_BAND:
        low = high = np.nan
    return np.array([low, middle, high])
