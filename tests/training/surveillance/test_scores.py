"""Scores see other patients and the history so far, nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from features.measures.history import add_history
from training.cohort.cohort import Cohort
from training.cohort.samples import Samples
from training.surveillance.scores import (
    CARRIED_FORWARD,
    MONITORED,
    SUPER_MODEL,
    SurveillanceScores,
    reference_score,
    score_fold,
    score_visits,
)
from training.surveillance.stacked_landmarks import FEATURES, StackedLandmarks, stack_landmarks


@pytest.fixture(scope="module")
def scored(serial: Cohort, stack: StackedLandmarks) -> SurveillanceScores:
    """One repeat."""
    return score_visits(stack, serial.samples, repeats=1)


def changed(samples: Samples, patient: str, after: int) -> Samples:
    """The same table with one patient's later samples negated, and the history computed again."""
    frame = samples.frame.copy()
    own = frame.index[frame["patient_id"] == patient]
    late = own[frame.loc[own, "day"] > after]
    assert len(late) >= 2
    for name in ("s100a8a9_leukocyte", "s100a8a9_monocyte", "cd7neg_t_activation"):
        frame.loc[late, name] = 9.0 - frame.loc[late, name]
    rows = frame.loc[own].to_dict("records")
    again = add_history(rows)  # type: ignore[arg-type]  # records of a feature table are rows
    for place, row in zip(own, again, strict=True):
        frame.loc[place, list(FEATURES)] = [row[name] for name in FEATURES]
    return Samples(frame, samples.refused, "synthetic", "changed", samples.schema_version)


def test_later_samples_never_change_an_earlier_risk(
    serial: Cohort, stack: StackedLandmarks
) -> None:
    """Turning a patient's later samples round moves later risks and no earlier one, to the bit."""
    samples = serial.samples
    days = [stack.visit_day[stack.visit_patient == i] for i in range(len(stack.patients))]
    patient = next(i for i, own in enumerate(days) if len(own) >= 4)
    after = int(days[patient][1])
    other_samples = changed(samples, stack.patients[patient], after)
    other = stack_landmarks(replace(serial, samples=other_samples), "relapse")
    found = (score_visits(one, samples, repeats=1) for one in (stack, other))
    before, now = (one.scores[SUPER_MODEL][0, stack.visit_patient == patient] for one in found)
    np.testing.assert_array_equal(before[:2], now[:2])
    assert (before[2:] != now[2:]).all()


def test_a_patients_own_label_does_not_move_their_risk(
    serial: Cohort, stack: StackedLandmarks
) -> None:
    """With one patient's outcome turned round, their risks stay: models saw others only."""
    patient = int(stack.patient[stack.y == 0][0])
    own = stack.patient == patient
    fold = np.arange(len(stack.patients)) % 3

    turned = replace(stack, y=np.where(own, 1 - stack.y, stack.y))
    one, two = (score_fold(each, fold != fold[patient])[0] for each in (stack, turned))
    at = stack.visit_patient == patient
    for name, score in one.items():
        np.testing.assert_array_equal(score[at], two[name][at])


def test_the_scores_do_not_depend_on_the_processes(
    serial: Cohort, stack: StackedLandmarks, scored: SurveillanceScores
) -> None:
    """Two processes give the same numbers as one."""
    again = score_visits(stack, serial.samples, repeats=1, n_jobs=2)
    np.testing.assert_array_equal(again.scores[SUPER_MODEL], scored.scores[SUPER_MODEL])


def test_every_visit_has_a_risk_and_patients_stay_in_one_fold(
    stack: StackedLandmarks, scored: SurveillanceScores
) -> None:
    """No gap in the super-model; the site's patients are tested together."""
    assert np.isfinite(scored.scores[SUPER_MODEL]).all()
    assert scored.plan.fold.shape == (1, len(stack.patients))
    if scored.plan.by == "site":
        for site in set(stack.site):
            assert len(set(scored.plan.fold[0][stack.site == site])) == 1


def test_the_carried_risk_is_day_28s(stack: StackedLandmarks, scored: SurveillanceScores) -> None:
    """It never changes after the landmark and is missing without a sample there."""
    score = scored.scores[CARRIED_FORWARD][0]
    at_28 = set(stack.patient[stack.rows_of(28)])
    for i in range(len(stack.patients)):
        own = score[stack.visit_patient == i]
        assert len(set(own)) == 1 if i in at_28 else np.isnan(own).all()


def test_monitored_quantities_are_the_tables(serial: Cohort, stack: StackedLandmarks) -> None:
    """A ward's score is the column itself, or its negative where falling is the alarm."""
    infection = stack_landmarks(serial, "fatal_infection")
    found = score_visits(infection, serial.samples, repeats=1).scores
    column = serial.samples.frame["monocyte_fraction"].to_numpy()[infection.visit_row]
    np.testing.assert_array_equal(found["monocyte_fraction"][0], -column)
    assert reference_score("fatal_infection") == "monocyte_fraction"
    assert {"s100a8a9_leukocyte", "s100a8a9_leukocyte_change"} <= set(MONITORED["relapse"])


def test_prevalence_is_the_training_parts_at_the_landmark(
    stack: StackedLandmarks, scored: SurveillanceScores
) -> None:
    """By the obvious weighted mean."""
    train = scored.plan.fold[0] != scored.plan.fold[0][stack.patient[0]]
    landmark = stack.landmark[0]
    weight = stack.weights(train)
    used = train[stack.patient] & (stack.landmark == landmark) & ~np.isnan(stack.y)
    expected = (weight[used] * stack.y[used]).sum() / weight[used].sum()
    assert scored.prevalence[0, 0] == pytest.approx(expected)
