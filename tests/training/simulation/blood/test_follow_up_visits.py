"""Follow-up visits: who is sampled, how values correlate and drift, which samples stay the same."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from features.errors import InputError
from features.table.feature_table import read_table
from features.table.sample_sheet import read_sheet
from training.__main__ import main
from training.simulation.blood.follow_up_visits import (
    DRIFT_DAYS,
    MEMORY_DAYS,
    TRAIT,
    checked_visits,
    drift,
    parse_visits,
)
from training.simulation.blood.latent_state import FLUCTUATION, LANDMARK
from training.simulation.courses.clinical_course import PLANTED, to_day
from training.simulation.courses.outcome_sheet import follow_up_end
from training.simulation.patients import SimulatedCohort, SimulationPlan, draw_cohort
from training.simulation.simulate import simulate_cohort

VISITS = (60, 90, 120, 180)
N = 1500


def cohort_of(preset: str, visits: tuple[int, ...] = VISITS) -> SimulatedCohort:
    """A cohort's patients before measurement."""
    return draw_cohort(SimulationPlan(3, N, preset, "phase2", 500, visits))


def test_the_first_two_samples_are_those_without_visits(tmp_path: Path) -> None:
    """With visits, count files of baseline and landmark and the outcomes stay the same bytes."""
    for name, visits in (("without", ()), ("with", (60, 90))):
        simulate_cohort(tmp_path / name, "weak", n=4, seed=2, cells=60, processes=1, visits=visits)
    first = sorted((tmp_path / "without/counts").iterdir())
    assert first
    for path in first:
        assert path.read_bytes() == (tmp_path / "with/counts" / path.name).read_bytes()
    one, two = (tmp_path / name / "outcomes.csv" for name in ("without", "with"))
    assert one.read_bytes() == two.read_bytes()
    days = [sample.day for sample in read_sheet(tmp_path / "with/samples.csv")]
    assert max(days) > 80


def test_the_first_two_rows_are_those_without_visits(tmp_path: Path) -> None:
    """The same holds for the drawn feature table, and an added visit leaves earlier ones alone."""
    frames = []
    for k, visits in enumerate([(), (60,), (60, 90)]):
        simulate_cohort(tmp_path / str(k), "weak", n=30, features_only=True, visits=visits)
        table = read_table(tmp_path / str(k) / "features.parquet").columns.to_pandas()
        frames.append(table.set_index("sample_id"))
    for fewer, more in pairwise(frames):
        assert len(more) > len(fewer)
        pd.testing.assert_frame_equal(fewer, more.loc[fewer.index])


def test_only_the_living_relapse_free_and_followed_are_sampled() -> None:
    """A visit's sample lies before any event, within follow-up, and its patient responded."""
    cohort = cohort_of("seed-optimistic")
    later = cohort.sampled[:, 2:]
    day = cohort.state.day[:, 2:]
    expected = (day < to_day(cohort.course.event)[:, None]) & cohort.course.response[:, None]
    expected &= day <= follow_up_end(cohort.person)[:, None]
    np.testing.assert_array_equal(later, expected)
    late = np.array(VISITS) - day
    assert late.min() == 0 and late.max() == 4


def test_values_of_a_patient_correlate_as_stated() -> None:
    """Without drift, states on days s and t correlate TRAIT + (1 - TRAIT) exp(-|s - t| / 60)."""
    level = cohort_of("null").state.level["s100a8a9_monocyte"]
    days = np.array([28.0, *VISITS])
    expected = TRAIT + (1 - TRAIT) * np.exp(-np.abs(days[:, None] - days) / MEMORY_DAYS)
    correlation = np.corrcoef(level[:, LANDMARK:].T) * (1 + FLUCTUATION**2)
    off = ~np.eye(len(days), dtype=bool)
    np.testing.assert_allclose(correlation[off], expected[off], atol=0.08)
    np.testing.assert_allclose(level[:, 2:].std(axis=0), (1 + FLUCTUATION**2) ** 0.5, atol=0.06)


@pytest.mark.parametrize(("endpoint", "preset"), [
    ("relapse", "seed-optimistic"), ("fatal_infection", "seed-optimistic"), ("relapse", "weak"),
])  # fmt: skip
def test_planted_features_drift_before_the_event_and_only_then(endpoint: str, preset: str) -> None:
    """Zero until DRIFT_DAYS before the event, then linear to 2.5 |log HR| SD with the sign."""
    cohort = cohort_of(preset)
    month = {"relapse": cohort.course.relapse, "fatal_infection": cohort.course.infection}[endpoint]
    event = to_day(month)
    size = 2.5 * {"seed-optimistic": 0.8, "weak": 0.3}[preset]
    window = DRIFT_DAYS[endpoint]
    for name, sign in PLANTED[endpoint].items():
        for before, share in ((window, 0.0), (window / 2, 0.5), (0.0, 1.0)):
            day = np.where(np.isfinite(event), event, 100.0)[:, None] - before
            shift = drift(cohort.course, preset, day)[name][:, 0]
            np.testing.assert_allclose(shift[np.isfinite(event)], sign * size * share, atol=1e-12)
            assert (shift[~np.isfinite(event)] == 0).all()


def test_null_does_not_drift() -> None:
    """Without effects no feature leaves its course."""
    cohort = cohort_of("null")
    shift = drift(cohort.course, "null", cohort.state.day[:, 2:])
    assert all((values == 0).all() for values in shift.values())


def test_truth_states_the_drift(tmp_path: Path) -> None:
    """Each patient with the event has the day the drift begins, its size and its features."""
    folder = tmp_path / "c"
    simulate_cohort(folder, "seed-optimistic", n=60, features_only=True, visits=(60, 90))
    truth = pd.read_csv(folder / "truth.csv")
    outcomes = pd.read_csv(folder / "outcomes.csv").set_index("patient_id")
    relapses = truth[truth["endpoint"] == "relapse"].drop_duplicates("patient_id")
    relapses = relapses.set_index("patient_id")
    relapsed = outcomes["relapse_day"].dropna()
    relapsed = relapsed[relapsed.index.isin(relapses.index)]
    assert len(relapsed) >= 10
    np.testing.assert_array_equal(relapses.loc[relapsed.index, "drift_from_day"], relapsed - 60)
    features = relapses.loc[relapsed.index, "drift_features"]
    assert set(features) == {"+s100a8a9_monocyte +cd7neg_t_activation"}
    simulate_cohort(tmp_path / "plain", "seed-optimistic", n=6, features_only=True)
    assert "drift_from_day" not in pd.read_csv(tmp_path / "plain/truth.csv").columns


@pytest.mark.parametrize("visits", [(60, 60), (90, 60), (29,), (2000,)])
def test_impossible_visits_are_refused(visits: tuple[int, ...]) -> None:
    """Days must increase and lie after the landmark sample."""
    with pytest.raises(InputError, match="increasing days from 33"):
        checked_visits(visits)


def test_words_are_no_visits() -> None:
    """The command line takes numbers with commas between."""
    with pytest.raises(InputError, match="with commas between"):
        parse_visits("60;90")


def test_the_command_takes_visits_and_refuses_words(tmp_path: Path) -> None:
    """`--visits 60,90` gives serial samples; words end with exit 2, one sentence and no folder."""
    bad = CliRunner().invoke(main, ["simulate", str(tmp_path / "bad"), "--visits", "often"])
    assert bad.exit_code == 2
    assert "with commas between" in bad.output
    assert not (tmp_path / "bad").exists()
    arguments = ["simulate", str(tmp_path / "c"), "--n", "20", "--features-only", "--visits"]
    good = CliRunner().invoke(main, [*arguments, "28,60"])
    assert good.exit_code == 0, good.output
    days = read_table(tmp_path / "c/features.parquet").columns.to_pandas()["day"]
    assert days.max() >= 56
