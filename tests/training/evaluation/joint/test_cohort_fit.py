"""A cohort's joint fit: its parts belong together, and its identifier to what it is made of."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from models.endpoints import ENDPOINTS
from tests.training.evaluation.joint.conftest import FEATURES, PANEL
from tests.training.evaluation.joint.test_resampling import design_of
from training.cohort.cohort import Cohort, cohort_of
from training.cohort.outcomes import Outcomes
from training.cohort.protocol import Protocol
from training.evaluation.joint.cohort_fit import (
    CohortFit,
    fit_identifier,
    fit_together,
    followed_horizons,
)

QUICK = replace(
    Protocol(), features=FEATURES, core_panel=PANEL, horizons=(90, 180), repeats=2, folds=3,
    refits=3,
)  # fmt: skip
LANDMARKS = (28, 60)
ALL = tuple(ENDPOINTS.values())


@pytest.fixture(scope="module")
def fit(serial: Callable[..., Cohort]) -> CohortFit:
    """The three standard endpoints of 100 patients of two hospitals."""
    return fit_together(serial(100, 3, sites=2), QUICK, ALL, landmarks=LANDMARKS)


def test_parts_are_of_the_same_patients_and_sizes(fit: CohortFit) -> None:
    """Refits, repeats and folds as the protocol says; each site left out once."""
    n = len(fit.data.rows.visits[0].patient)
    assert len(fit.refits) == 3 and fit.horizons == (90, 180)
    assert fit.by_patient.plan.fold.shape == (2, n)
    assert fit.by_site is not None and fit.by_site.plan.fold.shape == (1, n)
    for endpoint in ALL:
        assert fit.members(endpoint).intercepts.shape == (4, 2, len(fit.data.events(endpoint)))


def test_sections_say_what_was_fitted(fit: CohortFit, serial: Callable[..., Cohort]) -> None:
    """Events, landmarks and visits of the rows; the folds of the plan; one point a share."""
    cohort = serial(100, 3, sites=2)
    sections = fit.sections(ENDPOINTS["severe_infection"], design_of(cohort, ALL[2]))
    model = sections["model"]
    assert model["joint_fit"] == fit.identifier and model["refits"] == 3
    assert model["events"] == ["relapse", "fatal_infection", "other_death", "onset"]
    assert model["visits"] == [len(visits.time) for visits in fit.data.rows.visits]
    assert np.shape(model["prior_sd"]) == (5, 4)
    assert sections["folds"]["by"] == "patient" and sections["folds"]["folds"] == 3
    assert len(sections["learning_curve"]) == 4


def test_out_of_fold_is_of_the_primary_horizon(
    fit: CohortFit, serial: Callable[..., Cohort]
) -> None:
    """180 days is the second interval."""
    design = design_of(serial(100, 3, sites=2), ALL[0])
    oof = fit.out_of_fold(ALL[0], design)
    np.testing.assert_allclose(oof.risk, fit.by_patient.risks["relapse"][:, :, 1], atol=1e-12)


def test_processes_do_not_change_the_fit(fit: CohortFit, serial: Callable[..., Cohort]) -> None:
    """Two processes: the same model, refits and scores."""
    again = fit_together(serial(100, 3, sites=2), QUICK, ALL, landmarks=LANDMARKS, n_jobs=2)
    assert again.identifier == fit.identifier
    np.testing.assert_array_equal(again.by_patient.exclusive, fit.by_patient.exclusive)
    for endpoint in ALL:
        for name in ("intercepts", "effects", "correlation"):
            one, other = (getattr(each.members(endpoint), name) for each in (fit, again))
            np.testing.assert_array_equal(one, other)


def test_one_site_is_never_left_out(serial: Callable[..., Cohort]) -> None:
    """Nothing would remain to learn from."""
    assert fit_together(serial(60, 3), QUICK, ALL[:1], landmarks=(28,)).by_site is None


def test_the_identifier_is_of_tables_protocol_and_landmarks(
    serial: Callable[..., Cohort],
) -> None:
    """Any of them gives another; the order of rows of outcomes and infections does not."""
    cohort = serial(60, 1)
    assert cohort.infections is not None
    base = fit_identifier(cohort, QUICK, LANDMARKS)
    assert len(base) == 16 and int(base, 16) >= 0
    turned = replace(cohort, infections=cohort.infections[::-1])
    assert fit_identifier(turned, QUICK, LANDMARKS) == base
    corrected = Outcomes(cohort.outcomes.frame, "another digest")
    others = {
        fit_identifier(replace(cohort, infections=cohort.infections[1:]), QUICK, LANDMARKS),
        fit_identifier(replace(cohort, infections=None), QUICK, LANDMARKS),
        fit_identifier(cohort, replace(QUICK, seed=1), LANDMARKS),
        fit_identifier(cohort, QUICK, (28, 90)),
        fit_identifier(replace(cohort, outcomes=corrected), QUICK, LANDMARKS),
        fit_identifier(cohort_of(cohort.samples.frame[1:], cohort.outcomes), QUICK, LANDMARKS),
    }  # fmt: skip
    assert len(others | {base}) == 7


def test_horizons_are_those_that_ten_are_followed_through(serial: Callable[..., Cohort]) -> None:
    """Counted one by one: free of every event through the last day."""
    cohort = serial(60, 1)
    horizons = tuple(range(50, 1000, 50))
    at_risk = cohort.at_risk
    expected = []
    for horizon in horizons:
        n = 0
        for time, code in zip(at_risk.time, at_risk.code, strict=True):
            n += time > horizon or (time == horizon and code == 0)
        if n >= 10:
            expected.append(horizon)
    assert 0 < len(expected) < len(horizons)
    assert followed_horizons(cohort, horizons) == tuple(expected)


def test_an_onset_may_end_the_horizons_earlier(serial: Callable[..., Cohort]) -> None:
    """A horizon with 10 free of the exclusive events but not of infections is no risk's."""
    cohort, severe = serial(100, 3), ENDPOINTS["severe_infection"]
    days = range(50, 1000, 10)
    longest = max(followed_horizons(cohort, days))
    assert longest > max(followed_horizons(cohort, days, severe)) >= 180
    protocol = replace(QUICK, horizons=(90, 180, longest))
    fit = fit_together(cohort, protocol, ALL, landmarks=(28,))
    assert fit.horizons == fit.horizons_of(ALL[0]) == (90, 180, longest)
    assert fit.horizons_of(severe) == (90, 180)
    assert fit.members(severe).intercepts.shape == (4, 2, 4)
    assert fit.sections(severe, design_of(cohort, severe))["model"]["horizons"] == [90, 180]
