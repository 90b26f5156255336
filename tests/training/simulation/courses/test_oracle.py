"""The oracle against closed forms and against simulated events."""

from dataclasses import replace

import numpy as np
import pytest

from training.simulation.cells.reference_genes import simulated_genome
from training.simulation.courses.clinical_course import PROFILES, to_day
from training.simulation.courses.oracle import PLANTED_NAMES, learn_readout, true_risks, truth_rows
from training.simulation.courses.outcome_sheet import PERSON_UNIFORMS
from training.simulation.measurement.feature_rows import cohort_features
from training.simulation.measurement.planted_features import learn_readouts
from training.simulation.patients import SimulationPlan, draw_cohort, severe_infections

FOLLOWED_LONG = np.ones((6000, PERSON_UNIFORMS))  # three years for everyone


def test_readout_is_the_normal_posterior() -> None:
    """For x = z + e the regression finds z | x ~ N(x / (1 + s^2), s^2 / (1 + s^2))."""
    rng, noise = np.random.default_rng(1), 0.6
    z = rng.standard_normal(50_000)
    x = np.stack(
        [rng.standard_normal(z.size), 3 + 2 * (z + noise * rng.standard_normal(z.size))], 1
    )
    readout = learn_readout(z, x)
    at = np.array([[0.0, 3 + 2 * value] for value in (-1.0, 0.0, 1.5)])
    expected = np.array([-1.0, 0.0, 1.5]) / (1 + noise**2)
    np.testing.assert_allclose(readout.expected(at), expected, atol=0.03)
    np.testing.assert_allclose(readout.spread(at), (noise**2 / (1 + noise**2)) ** 0.5, atol=0.01)


def test_a_missing_measurement_leaves_the_prior() -> None:
    """Without either measurement the latent value is as uncertain as before."""
    rng = np.random.default_rng(2)
    z = rng.standard_normal(20_000)
    x = np.stack([z, z], axis=1)
    x[rng.random(z.size) < 0.2] = np.nan
    nothing = np.full((1, 2), np.nan)
    readout = learn_readout(z, x)
    assert readout.expected(nothing) == pytest.approx(0.0, abs=0.06)
    assert readout.spread(nothing) == pytest.approx(1.0, abs=0.04)


@pytest.fixture(scope="module")
def cohort_risks() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Latent risk, oracle, event by day 208 and response of 6,000 patients with strong effects."""
    plan = SimulationPlan(12, 6000, "seed-optimistic", "phase2", 500)
    cohort = draw_cohort(plan)
    columns = cohort_features(plan.seed, cohort.state, plan.cells)
    measurements = {name: np.where(cohort.usable, columns[name], np.nan) for name in PLANTED_NAMES}
    readouts = learn_readouts(plan.cells, simulated_genome())
    latent, oracle = true_risks(
        cohort.state.latent, measurements, readouts, PROFILES[plan.profile], plan.preset
    )
    severe = np.full(plan.n, np.inf)
    for onset in severe_infections(replace(cohort, person=FOLLOWED_LONG[: plan.n])):
        if onset.day > 28:
            severe[onset.patient] = min(severe[onset.patient], onset.day)
    days = [to_day(cohort.course.relapse), to_day(cohort.course.infection), severe]
    events = np.stack(days) <= 208
    return latent[:, 0, 1], oracle[:, 0, 1], events, cohort.course.response


@pytest.mark.parametrize("endpoint", [0, 1, 2], ids=["relapse", "fatal_infection", "severe"])
def test_risks_are_the_frequencies_of_events(
    cohort_risks: tuple[np.ndarray, ...], endpoint: int
) -> None:
    """In every quarter of either risk, events occur as predicted, within four standard errors."""
    latent, oracle, events, response = cohort_risks
    for risk in (latent[endpoint][response], oracle[endpoint][response]):
        quarter = np.digitize(risk, np.quantile(risk, [0.25, 0.5, 0.75]))
        for k in range(4):
            expected = risk[quarter == k].mean()
            observed = events[endpoint][response][quarter == k]
            error = (expected * (1 - expected) / observed.size) ** 0.5
            assert observed.mean() == pytest.approx(expected, abs=4 * error)


def test_the_oracle_knows_less_than_the_state(cohort_risks: tuple[np.ndarray, ...]) -> None:
    """Its risks have the same mean and a smaller spread (law of total variance)."""
    latent, oracle, _, response = cohort_risks
    for endpoint in (0, 1, 2):
        of_state, of_features = latent[endpoint][response], oracle[endpoint][response]
        assert of_features.mean() == pytest.approx(of_state.mean(), rel=0.03)
        assert of_features.var() < of_state.var()


def test_truth_lists_responders_once_per_question() -> None:
    """27 lines a responder: three endpoints, three transplant rules, three horizons."""
    risk = np.full((3, 3, 3, 2), 0.25)
    lines = list(truth_rows(("A", "B"), np.array([True, False]), risk, risk))
    assert len(lines) == 27
    assert len({line[:5] for line in lines}) == 27
    assert {line[0] for line in lines} == {"A"}
    assert {line[5:] for line in lines} == {("0.250000", "0.250000", "synthetic")}
