"""Lead time of a score: days from its first alarm to the event, at a fixed false-alarm rate.

A score is read at every visit; the first value above a threshold is the alarm. The threshold is
chosen on other patients (cross-fitted), so it depends neither on the patient it is applied to nor
on their outcome. NaN scores raise no alarm. Visits on or after a patient's event cannot warn of it
and are left out.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.arrays import Bools, Floats, Ints
from features.errors import InputError
from training.statistics.bootstrap import Measure, bootstrap_copies, measure

FOLDS = 5
DRAWS = 500


def threshold_at(scores_without_event: Floats, rate: float) -> float:
    """Threshold that a new patient without the event exceeds with probability at most `rate`.

    `scores_without_event` (n,): the highest score over each such patient's visits (see `highest`),
    so that a patient counts once however many alarms they have; NaN never alarms. With k = floor(
    rate (n + 1)) - 1 scores allowed above it, the threshold is the (k + 1)-th largest; k < 0 gives
    infinity: so few patients cannot guarantee so low a rate. Alarms are scores strictly above it,
    so that ties give fewer alarms. Reference: split conformal quantile, Lei et al., JASA
    2018;113:1094. Raises InputError for a rate outside (0, 1).

    >>> threshold_at(np.arange(1.0, 20.0), 0.10)  # 1 of 19 may exceed it
    18.0
    >>> threshold_at(np.arange(5.0), 0.10)
    inf
    """
    if not 0 < rate < 1:
        raise InputError(f"A rate of false alarms lies between 0 and 1; got {rate:g}.")
    scores = np.where(np.isnan(scores_without_event), -np.inf, scores_without_event)
    n_above = int(np.floor(rate * (len(scores) + 1) + 1e-9)) - 1
    return float(np.sort(scores)[::-1][n_above]) if n_above >= 0 else float("inf")


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
    has_score = ~np.isnan(score)
    np.maximum.at(top, patient[has_score], score[has_score])
    return top


@dataclass(frozen=True)
class VisitScores:
    """A score at every visit of n patients.

    `patient` (m,) numbers the patient of every visit from 0, `day` and `score` (m,) are the
    visit's, `event_day` (n,) is NaN for patients without the event.
    """

    patient: Ints
    day: Floats
    score: Floats
    event_day: Floats

    @cached_property
    def has_event(self) -> Bools:
        """Patients with the event, (n,)."""
        return ~np.isnan(self.event_day)

    def before_event(self) -> "VisitScores":
        """Without the visits on or after the patient's event."""
        before = ~(self.day >= self.event_day[self.patient])
        day = np.asarray(self.day, float)[before]
        return VisitScores(self.patient[before], day, self.score[before], self.event_day)


@dataclass(frozen=True)
class Warnings:
    """Alarms of a score. Per patient (n,), NaN where undefined: `alarm_day` the first alarm,
    `lead` the days from it to the event. `false_alarms` is the share of the patients without the
    event who had an alarm, `false_alarms_per_100_visits` their alarms per 100 visits;
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
    visits: VisitScores,
    rate: float = 0.10,
    *,
    per: str = "patient",
    fold: Ints | None = None,
    model: Ints | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Warnings:
    """Alarms of a score at a false-alarm rate, each patient's threshold chosen on the others.

    `per` "patient" holds the share of patients without the event who ever have an alarm at `rate`,
    "visit" the share of their visits. `fold` (n,) assigns patients to folds; by default 5, at
    random, with the events spread evenly. `model` (n,) numbers the model that scored each patient,
    for scores from cross-validation: models differ in level, so a threshold then comes from others
    scored by the same one (all by default).

    Intervals redraw patients and choose the thresholds again in every redraw. Raises InputError
    when no patient has the event, or all have it.

    >>> rng = np.random.default_rng(0)
    >>> patient, day = np.repeat(np.arange(100), 2), np.tile([60.0, 90.0], 100)
    >>> event = np.where(np.arange(100) < 20, 110.0, np.nan)
    >>> score = rng.normal(size=200) + 3 * (patient < 20)
    >>> result = warnings_of(VisitScores(patient, day, score, event))
    >>> result.share_warned.value > 0.8, result.median_lead.value, result.false_alarms < 0.15
    (True, 50.0, True)
    """
    has_event = visits.has_event
    _check_events(has_event)
    model = np.zeros(len(has_event), np.int64) if model is None else model
    fold = _stratified_folds(has_event, model, seed) if fold is None else fold
    rule = _AlarmRule(visits.before_event(), fold, model, rate, per)
    return _warnings(rule, _redraws(rule, draws, seed))


@dataclass(frozen=True)
class _AlarmRule:
    """How alarms follow from the visits before the event: folds, models, and the rate held."""

    visits: VisitScores
    fold: Ints
    model: Ints
    rate: float
    per: str

    def alarms(self, copies: Floats) -> tuple[Floats, Floats]:
        """First alarm day and threshold of each patient, (n,), patients counting `copies` times."""
        visits, n = self.visits, len(self.fold)
        threshold = self.thresholds(copies)
        above = visits.score > threshold[visits.patient]
        day = np.full(n, np.inf)
        np.minimum.at(day, visits.patient[above], visits.day[above])
        return np.where(np.isfinite(day), day, np.nan), threshold

    def thresholds(self, copies: Floats) -> Floats:
        """Each patient's threshold, (n,), from patients of other folds scored by the same model."""
        visits, n = self.visits, len(self.fold)
        threshold = np.full(n, np.inf)
        if self.per == "patient":
            owner, scores = np.arange(n), highest(visits.patient, visits.score, n)
        else:
            owner, scores = visits.patient, visits.score
        times = np.where(visits.has_event, 0, copies).astype(np.int64)[owner]
        for j, k in np.unique(np.stack([self.model, self.fold]), axis=1).T:
            others = np.where((self.model[owner] == j) & (self.fold[owner] != k), times, 0)
            members = (self.model == j) & (self.fold == k)
            threshold[members] = threshold_at(np.repeat(scores, others), self.rate)
        return threshold


def _check_events(has_event: Bools) -> None:
    if has_event.all() or not has_event.any():
        raise InputError(
            f"Lead time needs patients with and without the event; {int(has_event.sum())} of "
            f"{len(has_event)} have it: wait for events or take another endpoint."
        )


def _stratified_folds(has_event: Bools, model: Ints, seed: int) -> Ints:
    """Random folds of patients, for each model in turn, those with the event first."""
    permutation = np.random.default_rng(seed).permutation(len(has_event))
    order = permutation[np.lexsort((~has_event[permutation], model[permutation]))]
    fold = np.empty(len(has_event), dtype=np.int64)
    fold[order] = np.arange(len(has_event)) % FOLDS
    return fold


def _warnings(rule: _AlarmRule, redraws: Floats) -> Warnings:
    """The alarms of the cohort itself, with intervals from the redraws."""
    visits = rule.visits
    has_event = visits.has_event
    alarm, threshold = rule.alarms(np.ones(len(has_event)))
    lead = lead_times(visits.event_day, alarm)
    control = ~has_event[visits.patient]
    above = visits.score[control] > threshold[visits.patient[control]]
    return Warnings(
        alarm_day=alarm,
        lead=lead,
        has_event=has_event,
        threshold=threshold,
        false_alarms=float(np.mean(~np.isnan(alarm[~has_event]))),
        false_alarms_per_100_visits=100 * float(above.mean()) if control.any() else float("nan"),
        share_warned=measure(float(np.mean(~np.isnan(lead[has_event]))), redraws[:, 0]),
        median_lead=measure(_median(lead[has_event]), redraws[:, 1]),
        draws=redraws,
    )


def _redraws(rule: _AlarmRule, draws: int, seed: int) -> Floats:
    """Share warned and median lead of each bootstrap sample of patients, (draws, 2)."""
    event_day, has_event = rule.visits.event_day, rule.visits.has_event
    result = np.full((draws, 2), np.nan)
    for b, copies in enumerate(bootstrap_copies(len(event_day), draws, seed)):
        alarm, _ = rule.alarms(copies)
        times = copies.astype(np.int64)[has_event]
        lead = np.repeat(lead_times(event_day, alarm)[has_event], times)
        if lead.size:
            result[b] = np.mean(~np.isnan(lead)), _median(lead)
    return result


def _median(lead: Floats) -> float:
    """Median of the leads that exist; NaN when no patient was warned."""
    defined = lead[~np.isnan(lead)]
    return float(np.median(defined)) if defined.size else float("nan")


def alarm_share_shortly_before(visits: VisitScores, threshold: Floats, days: float) -> float:
    """Share of patients with the event who had an alarm at a visit in the `days` before it.

    A score that alarms once and then falls is early, but gives no alarm close to the event.
    `threshold` (n,) is each patient's own. NaN when no patient has the event.

    >>> visits = VisitScores(
    ...     np.array([0, 0]), np.array([10.0, 80.0]), np.array([2.0, 0.0]), np.array([100.0])
    ... )
    >>> alarm_share_shortly_before(visits, np.array([1.0]), 30.0)
    0.0
    """
    days_to_event = visits.event_day[visits.patient] - visits.day
    near = (days_to_event > 0) & (days_to_event <= days)
    has_alarm = np.zeros(len(visits.event_day), bool)
    has_alarm[visits.patient[(visits.score > threshold[visits.patient]) & near]] = True
    has_event = visits.has_event
    return float(has_alarm[has_event].mean()) if has_event.any() else float("nan")
