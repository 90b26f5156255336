"""Stacked visits: against loops over patients and lifelines' curves."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter

from models.endpoints import ENDPOINTS
from tests.training.evaluation.joint.conftest import (
    FEATURES,
    HORIZONS,
    LANDMARKS,
    PANEL,
    joint_data_of,
    rows_by_hand,
)
from training.cohort.cohort import Cohort
from training.evaluation.joint.rows import (
    JointRows,
    Visits,
    joint_rows,
    training_visits,
    until_onset_rows,
)

ENDS = np.array(HORIZONS, dtype=float)


def event_of(cohort: Cohort, patient: str) -> tuple[float, int]:
    """Day and code of one patient's first event, read off the outcomes."""
    row = cohort.outcomes.frame.loc[patient]
    if not np.isnan(row["relapse_day"]):
        return row["relapse_day"], 1
    if not np.isnan(row["death_day"]):
        return row["death_day"], 2 if row["death_cause"] == "infection" else 3
    return row["followup_day"], 0


def test_rows_are_those_of_a_loop_over_patients(serial: Callable[..., Cohort]) -> None:
    """Each landmark has every patient without an event by then, with the last sample and times."""
    cohort = serial(60, 1)
    rows = joint_rows(cohort, LANDMARKS, HORIZONS, features=FEATURES, core_panel=PANEL)
    assert [visits.landmark for visits in rows.visits] == list(LANDMARKS)
    for visits in rows.visits:
        expected = {}
        for patient in cohort.outcomes.patients:
            day, code = event_of(cohort, patient)
            frame = cohort.samples.frame
            drawn = frame[(frame.patient_id == patient) & (frame.day <= visits.landmark)]
            sample = drawn[drawn.day > visits.landmark - 14]
            if day > visits.landmark and len(sample):
                expected[patient] = (sample.iloc[-1][list(FEATURES)], day - visits.landmark, code)
        assert set(rows.patients[visits.patient]) == set(expected)
        for i, patient in enumerate(rows.patients[visits.patient]):
            x, time, code = expected[patient]
            np.testing.assert_array_equal(visits.X[i], x.to_numpy(float))
            assert (visits.time[i], visits.code[i]) == (time, code)
    assert rows.is_core.tolist() == [True, True, False, False]


def test_a_landmark_with_too_few_followed_is_left_out(serial: Callable[..., Cohort]) -> None:
    """Ten must be followed through the last horizon; the judged landmark stays in any case."""
    cohort = serial(60, 1)
    day, code = zip(*(event_of(cohort, p) for p in cohort.outcomes.patients), strict=True)
    day, code = np.array(day), np.array(code)
    for horizon in range(200, 800, 100):
        rows = joint_rows(cohort, LANDMARKS, (90, horizon), features=FEATURES, core_panel=PANEL)
        expected = [28]
        for landmark in LANDMARKS[1:]:
            end = landmark + horizon
            if np.sum((day > end) | ((day == end) & (code == 0))) >= 10:
                expected.append(landmark)
        assert [visits.landmark for visits in rows.visits] == expected


@pytest.mark.parametrize(("rule", "n_events"), [("ignored", 3), ("competing", 4)])
def test_transplant_is_an_event_where_it_competes(
    serial: Callable[..., Cohort], rule: str, n_events: int
) -> None:
    """Under the other rules it is none."""
    cohort = serial(60, 1).at(transplant=rule)
    rows = joint_rows(cohort, (28,), HORIZONS, features=FEATURES, core_panel=PANEL)
    assert len(rows.events) == n_events and ("transplant" in rows.events) == (n_events == 4)
    assert rows.visits[0].panel is None


def test_censoring_by_transplant_brings_the_panel(serial: Callable[..., Cohort]) -> None:
    """The columns on which the weights depend are those of the core panel."""
    cohort = serial(60, 1).at(transplant="censoring")
    rows = joint_rows(cohort, (28, 60), HORIZONS, features=FEATURES, core_panel=PANEL)
    for visits in rows.visits:
        np.testing.assert_array_equal(visits.panel, visits.X[:, :2])
    assert np.isfinite(training_visits(rows, np.arange(len(rows.patients))).weight).all()


def test_rows_until_onset_are_those_of_a_loop(serial: Callable[..., Cohort]) -> None:
    """An onset is the fourth event, the fatal infection where that follows in its interval."""
    cohort = serial(80, 2)
    assert cohort.infections is not None
    rows = joint_rows(cohort, LANDMARKS, HORIZONS, features=FEATURES, core_panel=PANEL)
    until = until_onset_rows(rows, cohort, ENDPOINTS["severe_infection"])
    assert until.events == (*rows.events, "onset")
    n_onsets = 0
    for before, after in zip(rows.visits, until.visits, strict=True):
        np.testing.assert_array_equal(before.patient, after.patient)
        for i, patient in enumerate(rows.patients[before.patient]):
            table = cohort.infections
            severe = table[(table.patient_id == patient) & (table.grade >= 3)]
            onset = (severe.day[severe.day > before.landmark] - before.landmark).min()
            time, code = before.time[i], before.code[i]
            if onset <= time:
                n_onsets += 1
                is_fatal = code == 2 and np.sum(onset > ENDS) == np.sum(time > ENDS)
                time, code = onset, 2 if is_fatal else 4
            assert (after.time[i], after.code[i]) == (time, code)
    assert n_onsets > 30


def test_rows_without_earlier_onsets(serial: Callable[..., Cohort]) -> None:
    """An endpoint that excludes them lacks exactly the patients with one up to each landmark."""
    cohort = serial(80, 2)
    assert cohort.infections is not None
    endpoint = replace(ENDPOINTS["severe_infection"], excludes_earlier=True)
    rows = joint_rows(cohort, LANDMARKS, HORIZONS, features=FEATURES, core_panel=PANEL)
    whole = until_onset_rows(rows, cohort, ENDPOINTS["severe_infection"])
    until = until_onset_rows(rows, cohort, endpoint)
    for all_visits, visits in zip(whole.visits, until.visits, strict=True):
        early = cohort.infections[cohort.infections.day <= all_visits.landmark]
        stays = ~np.isin(rows.patients[all_visits.patient], early[early.grade >= 3].patient_id)
        assert 0 < stays.sum() < len(stays)
        for name in ("patient", "X", "time", "code"):
            np.testing.assert_array_equal(getattr(visits, name), getattr(all_visits, name)[stays])


def test_events_and_weights_are_those_of_a_loop() -> None:
    """Class and 1/G within each interval, G by lifelines; one power for all rows."""
    rows = rows_by_hand()
    got = training_visits(rows, np.arange(40))
    event, weight, day = [], [], []
    for visits in rows.visits:
        curve = KaplanMeierFitter().fit(visits.time, visits.code == 0)
        for time, code in zip(visits.time, visits.code, strict=True):
            classes, weights = [], []
            for start, end in ((0, 90), (90, 180)):
                if time <= start or (code == 0 and time < end):
                    classes.append(-1)
                    weights.append(0.0)
                    continue
                classes.append(code if time <= end else 0)
                last = curve.predict(np.nextafter(min(time, end), 0))
                weights.append(max(curve.predict(start), 0.05) / max(last, 0.05))
            event.append(classes)
            weight.append(weights)
            day.append(visits.landmark)
    np.testing.assert_array_equal(got.event, event)
    np.testing.assert_array_equal(got.day, day)
    has_event = (np.array(event) > 0).any(axis=1)
    patient = np.concatenate([visits.patient for visits in rows.visits])
    power = len(set(patient[has_event])) / has_event.sum()
    assert power < 1
    np.testing.assert_allclose(got.weight, power * np.array(weight), atol=1e-12)


def test_incidence_is_lifelines_averaged_over_the_rows() -> None:
    """Aalen-Johansen of each event at each landmark, weighted by its rows."""
    rows = rows_by_hand(80, 5)
    got = training_visits(rows, np.arange(80)).incidence
    total = np.zeros((2, 3))
    for visits in rows.visits:
        for c in range(3):
            curve = AalenJohansenFitter(calculate_variance=False).fit(
                visits.time, visits.code, event_of_interest=c + 1
            )
            for k, end in enumerate(HORIZONS):
                total[k, c] += len(visits.time) * curve.predict(end)
    np.testing.assert_allclose(got, total / sum(len(v.time) for v in rows.visits), atol=1e-9)


def test_a_patient_drawn_twice_is_two_patients() -> None:
    """A draw is the same as rows in which each drawn patient stands under a number of its own."""
    rows = rows_by_hand()
    patients = np.sort(np.random.default_rng(1).integers(0, 40, 40))
    repeated = repeated_rows(rows, patients)
    one, other = training_visits(rows, patients), training_visits(repeated, np.arange(40))
    for name in ("X", "day", "event", "weight", "incidence"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-12)


def repeated_rows(rows: JointRows, patients: np.ndarray) -> JointRows:
    """Rows of drawn patients as patients of their own, one loop step a draw and landmark."""
    visits = []
    for one in rows.visits:
        at, number = [], []
        for draw, patient in enumerate(patients):
            for i in np.flatnonzero(one.patient == patient):
                at.append(i)
                number.append(draw)
        panel = None if one.panel is None else one.panel[at]
        visits.append(
            Visits(one.landmark, np.array(number), one.X[at], one.time[at], one.code[at], panel)
        )
    return replace(
        rows, visits=tuple(visits), patients=rows.patients[patients], site=rows.site[patients]
    )


def test_only_the_chosen_patients_count(serial: Callable[..., Cohort]) -> None:
    """Other patients' values and follow-up change nothing of the training rows."""
    data = joint_data_of(serial(60, 1))
    patients = np.arange(0, 50)
    changed = replace(
        data.rows,
        visits=tuple(
            replace(
                visits,
                X=np.where((visits.patient >= 50)[:, None], 9.0, visits.X),
                time=np.where(visits.patient >= 50, 1.0, visits.time),
            )
            for visits in data.rows.visits
        ),
    )
    one, other = training_visits(data.rows, patients), training_visits(changed, patients)
    for name in ("X", "day", "event", "weight", "incidence"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
