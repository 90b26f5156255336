"""Severe infections in time: published shares, order of events, planted effects, streams."""

import functools
import hashlib
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from scipy import stats

from training.cohort.infections import check_infection_outcomes, read_infections
from training.cohort.outcomes import read_outcomes
from training.simulation.courses.clinical_course import (
    COURSE_UNIFORMS,
    DAYS_PER_MONTH,
    PLANTED,
    PROFILES,
    ClinicalCourse,
    draw_course,
    effect_shift,
    log_hazard_ratios,
    to_day,
)
from training.simulation.courses.infection_onsets import draw_onsets
from training.simulation.courses.infection_rates import (
    FATAL_DAYS,
    SEVERE_PLANTED,
    cumulative_onset_hazard,
    expected_onsets,
    severe_log_hr,
)
from training.simulation.simulate import simulate_cohort

N = 12_000
NAMES = [name for planted in PLANTED.values() for name in planted]


@functools.cache
def drawn(
    preset: str, follow_up: float = 1096.0
) -> tuple[ClinicalCourse, pd.DataFrame, pd.DataFrame]:
    """Courses, latent values and onsets of a large cohort of the phase II profile."""
    rng = np.random.default_rng(11)
    profile = PROFILES["phase2"]
    latent = {name: rng.standard_normal(N) for name in NAMES}
    log_hr = log_hazard_ratios(latent, preset, profile)
    course = draw_course(
        profile, np.broadcast_to(log_hr, (2, N)), 1 - rng.random((N, COURSE_UNIFORMS)),
        rng.standard_normal(N),
    )  # fmt: skip
    severe = severe_log_hr(log_hr[1], preset, effect_shift("fatal_infection", preset, profile))
    onsets = draw_onsets(5, course, np.broadcast_to(severe, N), follow_up_end=np.full(N, follow_up))
    return course, pd.DataFrame(latent), pd.DataFrame(onsets)


def first_days(onsets: pd.DataFrame, after: float = 0.0) -> np.ndarray:
    """Day of each patient's first onset after a day; infinite without."""
    late = onsets[onsets["day"] > after]
    return late.groupby("patient")["day"].min().reindex(range(N)).fillna(np.inf).to_numpy(float)


@pytest.mark.parametrize(
    ("statistic", "patients"), [("any", 79), ("several", 24)], ids=["any", "several"]
)
def test_shares_by_day_60_are_the_published_ones(statistic: str, patients: int) -> None:
    """Of 350 patients 79 had a severe infection by day 60, 24 several: within 3 binomial errors.

    And the published numbers are likely at our share.
    """
    _, _, onsets = drawn("null")
    infections = onsets[onsets["day"] <= 60].groupby("patient").size()
    share = ((infections >= (1 if statistic == "any" else 2)).sum()) / N
    published = patients / 350
    error = (published * (1 - published) / N) ** 0.5
    assert share == pytest.approx(published, abs=3 * error)
    assert stats.binomtest(patients, 350, share).pvalue > 0.5


def test_grades_of_survived_infections_are_the_published_ones() -> None:
    """Of 74 patients who survived a severe infection 8 had grade 4: within 3 binomial errors."""
    _, _, onsets = drawn("null")
    survived = onsets[onsets["grade"] < 5]
    error = (8 / 74 * 66 / 74 / len(survived)) ** 0.5
    assert (survived["grade"] == 4).mean() == pytest.approx(8 / 74, abs=3 * error)


def test_most_infections_by_day_60_begin_in_the_first_month() -> None:
    """Of those infected by day 60, 60 to 75 % were by day 28, in whom the process alone decides."""
    first = first_days(drawn("null")[2])
    assert 0.60 < (first <= 28).sum() / (first <= 60).sum() < 0.75


def test_first_onsets_before_anybody_leaves_follow_the_rate() -> None:
    """By day 27, before any relapse, death or failure, first onsets are those of the rate."""
    first = first_days(drawn("null")[2])
    for day in (7, 14, 27):
        expected = -np.expm1(-float(expected_onsets(np.array(float(day)))))
        error = (expected * (1 - expected) / N) ** 0.5
        assert (first <= day).mean() == pytest.approx(expected, abs=3.5 * error)


def test_later_first_onsets_follow_the_hazard() -> None:
    """Without competing events, cumulative hazards of the first onset after day 28 are uniform."""
    never = np.full(N, np.inf)
    course = ClinicalCourse(np.ones(N, bool), *(never for _ in range(6)))
    onsets = pd.DataFrame(draw_onsets(6, course, np.full(N, 0.7), follow_up_end=np.full(N, 365.0)))
    first = first_days(onsets, after=28.0)
    for day in (40.0, 90.0, 208.0, 365.0):
        expected = -np.expm1(-float(cumulative_onset_hazard(np.array(day))) * np.exp(0.7))
        error = (expected * (1 - expected) / N) ** 0.5
        assert (first <= day).mean() == pytest.approx(expected, abs=3.5 * error)


@pytest.mark.parametrize("preset", ["null", "seed-optimistic"])
def test_onsets_come_before_the_end_of_the_course(preset: str) -> None:
    """No onset after relapse, failure, death or follow-up, and none before infusion."""
    course, _, onsets = drawn(preset)
    end = np.minimum(to_day(course.event), 1096.0)[onsets["patient"]]
    assert (onsets["day"] <= end).all()
    assert (onsets["day"] >= 1).all()
    assert not onsets.duplicated(["patient", "day", "organism"]).any()


def test_every_recorded_fatal_infection_has_one_onset_of_grade_5() -> None:
    """Between landmark and death, after a transplant, a mean of up to 10 days before death."""
    course, _, onsets = drawn("null")
    fatal = onsets[onsets["grade"] == 5].set_index("patient")["day"]
    death = to_day(course.infection)
    assert set(fatal.index) == set(np.flatnonzero(death <= 1096))
    assert fatal.index.is_unique
    assert (fatal > 28).all()
    assert (fatal <= death[fatal.index]).all()
    transplant = to_day(course.transplant)[fatal.index]
    transplanted = np.isfinite(transplant)
    assert (fatal[transplanted] >= transplant[transplanted]).all()
    late = (death[fatal.index] > 120) & ~transplanted
    wait = (death[fatal.index] - fatal)[late]
    assert wait.mean() == pytest.approx(FATAL_DAYS, abs=4 * FATAL_DAYS / len(wait) ** 0.5)


def test_an_onset_whose_death_is_not_recorded_is_not_fatal() -> None:
    """With follow-up to day 100 no grade 5 belongs to a later death; such onsets have grade 4."""
    course, _, onsets = drawn("null", 100.0)
    later = np.flatnonzero((to_day(course.infection) > 100) & np.isfinite(course.infection))
    of_later = onsets[onsets["patient"].isin(later)]
    assert (onsets["day"] <= 100).all()
    assert (of_later["grade"] < 5).all()
    of_all = drawn("null")[2]
    begun = of_all[(of_all["grade"] == 5) & (of_all["day"] <= 100)]["patient"]
    begun = begun[begun.isin(later)]
    assert len(begun) > 10
    assert set(begun) <= set(of_later[of_later["grade"] == 4]["patient"])


@pytest.mark.parametrize(("preset", "b"), [("null", 0.0), ("weak", 0.3), ("seed-optimistic", 0.8)])
def test_a_cox_model_finds_the_planted_log_hazard_ratios(preset: str, b: float) -> None:
    """First onset after day 28, relapse and other death censored: sign x b, others 0."""
    course, latent, onsets = drawn(preset)
    end = np.minimum(course.event * DAYS_PER_MONTH, 1096.0)
    first = first_days(onsets, after=28.0)
    frame = latent.assign(day=np.minimum(first, end), event=first <= end)[course.response]
    model = CoxPHFitter().fit(frame, "day", "event")
    expected = pd.Series(b * pd.Series(dict(SEVERE_PLANTED))).reindex(NAMES).fillna(0.0)
    error = (model.params_[NAMES] - expected).abs() / model.standard_errors_[NAMES]
    assert (error < 4).all(), model.summary


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort of 200 with its tables."""
    path = tmp_path_factory.mktemp("infections") / "cohort"
    simulate_cohort(path, "seed-optimistic", n=200, seed=3, features_only=True)
    return path


def test_both_tables_are_read_and_agree(folder: Path) -> None:
    """Our own reader and its check take infections.csv with outcomes.csv; all are severe."""
    infections, outcomes = (
        read_infections(folder / "infections.csv"),
        read_outcomes(folder / "outcomes.csv"),
    )
    check_infection_outcomes(infections, outcomes)
    assert len(infections) > 60
    assert infections["grade"].min() >= 3
    assert set(infections["provenance"]) == {"synthetic"}
    assert set(infections["group"]) == {"bacterial", "viral", "fungal"}
    died = outcomes.frame.index[outcomes.frame["death_cause"] == "infection"]
    assert set(infections["patient_id"][infections["grade"] == 5]) == set(died)


def test_truth_of_severe_infection_is_never_below_the_fatal_one(folder: Path) -> None:
    """Given the state and given the features, for every patient, rule and horizon."""
    truth = pd.read_csv(folder / "truth.csv").set_index(["patient_id", "transplant", "horizon"])
    severe, fatal = (
        truth[truth["endpoint"] == name] for name in ("severe_infection", "fatal_infection")
    )
    for risk in ("latent_risk", "oracle_risk"):
        assert (severe[risk] >= fatal[risk]).all()
        assert severe[risk].max() <= 1.0


def test_onsets_are_reproducible_patient_by_patient(folder: Path, tmp_path: Path) -> None:
    """A smaller cohort of the seed has the same infections of its patients; another seed others."""
    for name, n, seed in (("small", 60, 3), ("other", 200, 4)):
        simulate_cohort(tmp_path / name, "seed-optimistic", n=n, seed=seed, features_only=True)
    text = (folder / "infections.csv").read_text()
    whole = pd.read_csv(io.StringIO(text))
    small = pd.read_csv(tmp_path / "small/infections.csv")
    first = whole[whole["patient_id"] <= "SIM00060"]
    pd.testing.assert_frame_equal(first.reset_index(drop=True), small)
    assert (tmp_path / "other/infections.csv").read_text() != text


def test_courses_are_those_of_before_infections_were_drawn(tmp_path: Path) -> None:
    """outcomes.csv of a seed is byte for byte that of the version that wrote no infections."""
    simulate_cohort(
        tmp_path / "c", "seed-optimistic", n=40, seed=9801, features_only=True, visits=(60, 90)
    )
    digest = hashlib.sha256((tmp_path / "c/outcomes.csv").read_bytes()).hexdigest()
    assert digest.startswith("57f283d2ad5fd8f3")
    truth = pd.read_csv(tmp_path / "c/truth.csv")
    assert truth[truth["endpoint"] == "severe_infection"]["drift_from_day"].isna().all()
