"""One patient's answers over the horizons."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.arrays import Floats
from models.assessment import CohortRisks, HorizonRisk, answers, stability_interval
from tests.models.hazard_models import plain_risks

HORIZONS = (90, 180, 365)
RELAPSE = np.array([1.0, 0.0])


class OnePatient(NamedTuple):
    """Answers, the model's intercepts (3, 2), and risks (41, 3) in plain NumPy."""

    answers: tuple[HorizonRisk, ...]
    intercepts: Floats
    risks: Floats


def one_patient(
    seed: int, cohort: CohortRisks, parts: tuple[Floats, Floats] | None = None
) -> OnePatient:
    """A patient assessed by a random model and 40 refits."""
    rng = np.random.default_rng(seed)
    intercepts, predictors = rng.normal(-2, 1, (41, 3, 2)), rng.normal(size=(41, 2))
    if parts is not None:
        predictors[0] = parts[0] + parts[1].sum(axis=0)
    risks = [plain_risks(a, u[None])[0] for a, u in zip(intercepts, predictors, strict=True)]
    at_horizons = answers(
        HORIZONS, cohort, np.exp(intercepts), predictors, in_endpoint=RELAPSE, parts=parts
    )
    return OnePatient(at_horizons, intercepts[0], np.array(risks) @ RELAPSE)


COHORT = CohortRisks(np.array([0.1, 0.2, 0.3]), np.sort(np.random.default_rng(0).random((3, 50))))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_interval_is_numpy_s_quantiles(risks: list[float]) -> None:
    """The ends are the 5 % and 95 % quantiles as numpy computes them."""
    ours = stability_interval(np.array(risks))
    np.testing.assert_allclose(ours, np.quantile(risks, [0.05, 0.95]), atol=1e-12)


def test_the_first_member_gives_the_risk_and_the_others_the_interval() -> None:
    """At each horizon, against plain NumPy; prevalence is the cohort's."""
    at_horizons, _, risks = one_patient(1, COHORT)
    for i, one in enumerate(at_horizons):
        assert one.horizon == HORIZONS[i] and one.prevalence == COHORT.prevalence[i]
        assert one.risk == pytest.approx(risks[0, i], rel=1e-12)
        assert one.logit == pytest.approx(np.log(one.risk / (1 - one.risk)), abs=1e-9)
        interval = np.quantile(risks[1:, i], [0.05, 0.95])
        np.testing.assert_allclose([one.low, one.high], interval, rtol=1e-12)


def test_without_parts_there_are_no_reasons() -> None:
    """Contributions are empty and the baseline is not a number."""
    for one in one_patient(2, COHORT).answers:
        assert len(one.contributions) == len(one.risk_if_average) == 0
        assert np.isnan(one.baseline_logit)


def test_reasons_start_from_the_average_patient_of_that_day() -> None:
    """The baseline is the risk at the average part alone; with the reasons it is the logit."""
    rng = np.random.default_rng(3)
    average, terms = rng.normal(size=2), rng.normal(size=(5, 2))
    at_horizons, intercepts, _ = one_patient(3, COHORT, (average, terms))
    risk = plain_risks(intercepts, average[None])[0] @ RELAPSE
    for i, one in enumerate(at_horizons):
        assert one.baseline_logit == pytest.approx(np.log(risk[i] / (1 - risk[i])), abs=1e-9)
        assert one.contributions.sum() + one.baseline_logit == pytest.approx(one.logit, abs=1e-9)


@pytest.mark.parametrize(("rank", "quantile"), [(0, 0.0), (1, 0.25), (3, 0.75), (4, 1.0)])
def test_quantile_is_the_share_with_a_lower_risk(rank: int, quantile: float) -> None:
    """A training patient of the same risk is not below."""
    risk = one_patient(4, COHORT).answers[0].risk
    others = np.array([risk / 2] * rank + [risk] * (rank < 4) + [1.0] * 4)[:4]
    cohort = CohortRisks(COHORT.prevalence, np.tile(others, (3, 1)))
    assert one_patient(4, cohort).answers[0].quantile == quantile
