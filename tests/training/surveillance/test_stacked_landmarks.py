"""The stack is each landmark's own cohort, and its visits lie before the event."""

from dataclasses import replace

import numpy as np
import pytest

from features.errors import InputError
from training.cohort.cohort import Cohort
from training.cohort.labels import label
from training.cohort.outcomes import first_event
from training.cohort.samples import Samples
from training.statistics.survival.censoring import censoring_weights
from training.surveillance.stacked_landmarks import FEATURES, StackedLandmarks, stack_landmarks


def test_each_landmark_is_the_cohort_of_its_own(serial: Cohort, stack: StackedLandmarks) -> None:
    """Patients, samples, labels and censoring weights are those of a single landmark."""
    assert stack.landmarks == (28, 60, 90, 120, 150, 180)
    weight = stack.weights()
    for landmark in stack.landmarks:
        own = label(serial.at(landmark=landmark).at_risk, "relapse", 90)
        rows = stack.rows_of(landmark)
        names = np.array(stack.patients, dtype=object)[stack.patient[rows]]
        assert names.tolist() == own.at_risk.patient_id.tolist()
        np.testing.assert_array_equal(stack.visit_row[stack.visit[rows]], own.at_risk.row)
        np.testing.assert_array_equal(stack.y[rows], own.y)
        alone = censoring_weights(own.at_risk.time, own.at_risk.code, 90)
        np.testing.assert_array_equal(weight[rows], alone)


def test_training_weights_come_from_training_patients_only(stack: StackedLandmarks) -> None:
    """What the others' follow-up was changes no training weight."""
    train = np.arange(len(stack.patients)) % 2 == 0
    rows = stack.rows_of(60)
    of_train = train[stack.patient[rows]]
    design = stack.designs[1]
    kept = censoring_weights(design.time[of_train], design.code[of_train], 90)
    np.testing.assert_allclose(stack.weights(train)[rows][of_train], kept)


def test_visits_lie_between_the_first_window_and_the_event(
    serial: Cohort, stack: StackedLandmarks
) -> None:
    """No baseline, none on or after the first event; values are the feature table's."""
    samples, outcomes = serial.samples, serial.outcomes
    day, _ = first_event(outcomes)
    until = dict(zip(outcomes.patients, day, strict=True))
    last = np.array([until[stack.patients[p]] for p in stack.visit_patient])
    assert (stack.visit_day > 14).all()
    assert (stack.visit_day < last).all()
    frame = samples.frame.iloc[stack.visit_row]
    np.testing.assert_array_equal(stack.values, frame[list(FEATURES)].to_numpy(float))


def test_an_event_long_after_the_last_visit_is_not_watched(stack: StackedLandmarks) -> None:
    """Only events within the horizon of a visit count, by the obvious loop."""
    watched = stack.watched_event_day
    for i in range(len(stack.patients)):
        days = stack.visit_day[stack.visit_patient == i]
        seen = stack.event_day[i] - days.max() <= 90
        np.testing.assert_equal(watched[i], stack.event_day[i] if seen else np.nan)
    assert np.isnan(watched).sum() > np.isnan(stack.event_day).sum()


def test_without_serial_samples_there_is_no_surveillance(serial: Cohort) -> None:
    """One sample after infusion is one landmark: refused, saying what to do."""
    samples = serial.samples
    early = samples.frame[samples.frame["day"] <= 28].reset_index(drop=True)
    single = Samples(early, samples.refused, "synthetic", "early", samples.schema_version)
    with pytest.raises(InputError, match=r"at least two landmarks .* at day 28\. Sample patients"):
        stack_landmarks(replace(serial, samples=single), "relapse")


def test_too_few_events_are_refused(serial: Cohort) -> None:
    """Under five patients with the event nothing is fitted."""
    samples, outcomes = serial.samples, serial.outcomes
    _, code = first_event(outcomes)
    infected = [p for p, c in zip(outcomes.patients, code, strict=True) if c == 2]
    keep = ~samples.frame["patient_id"].isin(infected[3:])
    fewer = Samples(samples.frame[keep].reset_index(drop=True), samples.refused, "synthetic",
                    "fewer", samples.schema_version)  # fmt: skip
    with pytest.raises(InputError, match="at least 5 patients with and 5 without"):
        stack_landmarks(replace(serial, samples=fewer), "fatal_infection")


@pytest.mark.parametrize("transplant", ["competing", "censoring"])
def test_a_transplant_ends_being_at_risk(serial: Cohort, transplant: str) -> None:
    """Under these rules no visit lies after a transplant, and weights are still found."""
    made = stack_landmarks(serial.at(transplant=transplant), "relapse")
    graft = serial.outcomes.frame["transplant_day"].to_dict()
    days = np.array([graft[made.patients[p]] for p in made.visit_patient])
    assert (np.isnan(days) | (made.visit_day < days)).all()
    assert (~np.isnan(days)).any()
    weight = made.weights(np.arange(len(made.patients)) % 3 > 0)
    assert np.isfinite(weight).all()
    assert not np.isnan(made.y[made.weights() > 0]).any()


def test_samples_measured_in_two_ways_are_refused(serial: Cohort) -> None:
    """CD7 by protein in some visits and from RNA in others makes no one model."""
    frame = serial.samples.frame
    sources = np.where(np.arange(len(frame)) % 2 == 0, "protein", "rna")
    samples = replace(serial.samples, frame=frame.assign(cd7_source=sources))
    with pytest.raises(InputError, match="mixes protein and rna"):
        stack_landmarks(replace(serial, samples=samples), "relapse")
