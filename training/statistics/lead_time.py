"""How many days before the event did a score raise the alarm, at a fixed rate of false alarms.

A score is read at every visit; the first value above a threshold is the alarm. The threshold is
chosen on other patients (cross-fitted), so that it has seen neither the patient it is applied to
nor anything of their outcome. NaN scores raise no alarm. Visits on or after a patient's event
warn of nothing and are left out.
"""

from dataclasses import dataclass

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.errors import InputError
from training.statistics.bootstrap import Measure, bootstrap_copies, measure

FOLDS = 5
DRAWS = 500


def threshold_at(scores_without_event: Floats, rate: float) -> float:
    """Threshold that a new patient without the event exceeds with probability at most `rate`.

    `scores_without_event` (n,): the highest score over each such patient's visits (see `highest`),
    so that a patient counts once however often they alarm; NaN never alarms. With k = floor(rate
    (n + 1)) - 1 scores allowed above it, the threshold is the (k + 1)-th largest; k < 0 gives
    infinity: so few patients cannot hold so low a rate. Alarms are scores strictly above it, so
    ties err on the quiet side. Reference: split conformal quantile, Lei et al., JASA
    2018;113:1094. Raises InputError for a rate outside (0, 1).

    >>> threshold_at(np.arange(1.0, 20.0), 0.10)  # 1 of 19 may exceed it
    18.0
    >>> threshold_at(np.arange(5.0), 0.10)
    inf
    """
    if not 0 < rate < 1:
        raise InputError(f"A rate of false alarms lies between 0 and 1; got {rate:g}.")
    scores = np.where(np.isnan(scores_without_event), -np.inf, scores_without_event)
    allowed = int(np.floor(rate * (len(scores) + 1) + 1e-9)) - 1
    return float(np.sort(scores)[::-1][allowed]) if allowed >= 0 else float("inf")


def first_alarm(days: Floats, scores: Floats, threshold: float) -> float:
    """First day on which one patient's score exceeds the threshold; NaN when none does.

    >>> first_alarm(np.array([90.0, 28.0, 60.0]), np.array([3.0, 0.5, 2.0]), 1.0)
    60.0
    """
    above = scores > threshold
    return float(days[above].min()) if above.any() else float("nan")


def lead_times(event_day: Floats, alarm_day: Floats) -> Floats:
    """Days from alarm to event, (n,); NaN = not warned: no event, no alarm or none before it.

    >>> lead_times(np.array([100.0, 100.0, np.nan]), np.array([60.0, 100.0, 60.0]))
    array([40., nan, nan])
    """
    lead = np.asarray(event_day, float) - np.asarray(alarm_day, float)
    return np.where(lead > 0, lead, np.nan)


def highest(patient: Ints, score: Floats, n: int) -> Floats:
    """Highest score over each of n patients' visits, (n,); -inf for those without any.

    >>> highest(np.array([0, 0, 1]), np.array([1.0, 2.0, np.nan]), 3)
    array([  2., -inf, -inf])
    """
    top = np.full(n, -np.inf)
    known = ~np.isnan(score)
    np.maximum.at(top, patient[known], score[known])
    return top


@dataclass(frozen=True)
class Warnings:
    """What a score warned of. Per patient (n,), NaN where it does not apply: `alarm_day` the first
    alarm, `lead` the days from it to the event. `false_alarms` is the share of the patients
    without the event who had an alarm, `false_alarms_per_100_visits` their alarms per 100 visits;
    `share_warned` is of the patients with the event, `median_lead` of the warned ones, in days.
    `draws` (draws, 2) holds share and median of every redraw, paired over scores of one cohort.
    """

    alarm_day: Floats
    lead: Floats
    has_event: Bools
    threshold: Floats
    false_alarms: float
    false_alarms_per_100_visits: float
    share_warned: Measure
    median_lead: Measure
    draws: Floats

    def warned_by(self, days: Floats) -> Floats:
        """Share of patients with the event who were warned at least so many days before it."""
        lead = np.nan_to_num(self.lead[self.has_event], nan=-1.0)
        share: Floats = (lead[None, :] >= np.asarray(days)[:, None]).mean(axis=1)
        return share


def warnings_of(
    patient: Ints,
    day: Floats,
    score: Floats,
    event_day: Floats,
    rate: float = 0.10,
    per: str = "patient",
    fold: Ints | None = None,
    model: Ints | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Warnings:
    """Alarms of a score at a false-alarm rate, each patient's threshold chosen on the others.

    `patient` (m,) numbers the patient of every visit from 0, `day` and `score` (m,) are the
    visit's, `event_day` (n,) is NaN for patients without the event. `per` "patient" holds the
    share of patients without the event who are ever alarmed at `rate`, "visit" the share of their
    visits. `fold` (n,) deals patients into parts; by default 5, at random, those with the event
    dealt evenly. `model` (n,) numbers the model that scored each patient, for scores from
    cross-validation: models differ in level, so a threshold then comes from others scored by the
    same one (all by default).

    Intervals redraw patients and choose the thresholds again in every redraw. Raises InputError
    when no patient has the event, or none is without.

    >>> rng = np.random.default_rng(0)
    >>> patient, day = np.repeat(np.arange(100), 2), np.tile([60.0, 90.0], 100)
    >>> event = np.where(np.arange(100) < 20, 110.0, np.nan)
    >>> score = rng.normal(size=200) + 3 * (patient < 20)
    >>> found = warnings_of(patient, day, score, event)
    >>> found.share_warned.value > 0.8, found.median_lead.value, found.false_alarms < 0.15
    (True, 50.0, True)
    """
    event_day = np.asarray(event_day, float)
    has = ~np.isnan(event_day)
    if has.all() or not has.any():
        raise InputError(
            f"Lead time needs patients with and without the event; {int(has.sum())} of {len(has)} "
            "have it: wait for events or take another endpoint."
        )
    model = np.zeros(len(has), np.int64) if model is None else model
    fold = _dealt(has, model, seed) if fold is None else fold
    before = ~(day >= event_day[patient])
    patient, day, score = patient[before], np.asarray(day, float)[before], score[before]
    scored = _Visits(patient, day, score, has, fold, model, rate, per)
    alarm, threshold = _alarms(scored, np.ones(len(has)))
    lead = lead_times(event_day, alarm)
    drawn = _redrawn(scored, event_day, draws, seed)
    control = ~has[patient]
    above = score[control] > threshold[patient[control]]
    return Warnings(
        alarm_day=alarm,
        lead=lead,
        has_event=has,
        threshold=threshold,
        false_alarms=float(np.mean(~np.isnan(alarm[~has]))),
        false_alarms_per_100_visits=100 * float(above.mean()) if control.any() else float("nan"),
        share_warned=measure(float(np.mean(~np.isnan(lead[has]))), drawn[:, 0]),
        median_lead=measure(_median(lead[has]), drawn[:, 1]),
        draws=drawn,
    )


def alarmed_shortly_before(
    patient: Ints, day: Floats, score: Floats, event_day: Floats, threshold: Floats, days: float
) -> float:
    """Share of patients with the event who had an alarm at a visit in the `days` before it.

    A score that alarms once and falls silent is early but not there when it matters. Arguments as
    in `warnings_of`; `threshold` (n,) is each patient's own. NaN when nobody has the event.

    >>> alarmed_shortly_before(np.array([0, 0]), np.array([10.0, 80.0]), np.array([2.0, 0.0]),
    ...                        np.array([100.0]), np.array([1.0]), 30.0)
    0.0
    """
    has = ~np.isnan(event_day)
    left = event_day[patient] - day
    alarmed = np.zeros(len(event_day), bool)
    alarmed[patient[(score > threshold[patient]) & (left > 0) & (left <= days)]] = True
    return float(alarmed[has].mean()) if has.any() else float("nan")


@dataclass(frozen=True)
class _Visits:
    """Visits before the event, and how alarms are to be set."""

    patient: Ints
    day: Floats
    score: Floats
    has_event: Bools
    fold: Ints
    model: Ints
    rate: float
    per: str


def _dealt(has: Bools, model: Ints, seed: int) -> Ints:
    """Folds of patients, each model's dealt round in turn, those with the event first."""
    shuffled = np.random.default_rng(seed).permutation(len(has))
    order = shuffled[np.lexsort((~has[shuffled], model[shuffled]))]
    fold = np.empty(len(has), dtype=np.int64)
    fold[order] = np.arange(len(has)) % FOLDS
    return fold


def _alarms(visits: _Visits, copies: Floats) -> tuple[Floats, Floats]:
    """First alarm day and threshold of each patient, (n,), patients counting `copies` times."""
    n = len(visits.has_event)
    threshold = np.full(n, np.inf)
    if visits.per == "patient":
        owner, scores = np.arange(n), highest(visits.patient, visits.score, n)
    else:
        owner, scores = visits.patient, visits.score
    times = np.where(visits.has_event, 0, copies).astype(np.int64)[owner]
    for j, k in np.unique(np.stack([visits.model, visits.fold]), axis=1).T:
        others = np.where((visits.model[owner] == j) & (visits.fold[owner] != k), times, 0)
        own = (visits.model == j) & (visits.fold == k)
        threshold[own] = threshold_at(np.repeat(scores, others), visits.rate)
    above = visits.score > threshold[visits.patient]
    day = np.full(n, np.inf)
    np.minimum.at(day, visits.patient[above], visits.day[above])
    return np.where(np.isfinite(day), day, np.nan), threshold


def _redrawn(visits: _Visits, event_day: Floats, draws: int, seed: int) -> Floats:
    """Share warned and median lead of each bootstrap sample of patients, (draws, 2)."""
    found = np.full((draws, 2), np.nan)
    for b, copies in enumerate(bootstrap_copies(len(event_day), draws, seed)):
        alarm, _ = _alarms(visits, copies)
        times = copies.astype(np.int64)[visits.has_event]
        lead = np.repeat(lead_times(event_day, alarm)[visits.has_event], times)
        if lead.size:
            found[b] = np.mean(~np.isnan(lead)), _median(lead)
    return found


def _median(lead: Floats) -> float:
    """Median of the leads that exist; NaN when nobody was warned."""
    known = lead[~np.isnan(lead)]
    return float(np.median(known)) if known.size else float("nan")
