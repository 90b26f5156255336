"""The verdict without refits and learning curve equals that of a whole fit."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks._cohorts import synthetic_cohort
from benchmarks._fits import PROTOCOL, first_looks, fit_case, served_model, served_risks, verdicts
from models.endpoints import ENDPOINTS
from training.evaluation.fit_cohort import fit_cohort

QUICK = replace(PROTOCOL, repeats=2, refits=1, permutations=99, bootstraps=20, looks=1)


@pytest.mark.parametrize(
    ("preset", "n", "seed"), [("seed-optimistic", 120, 1), ("null", 60, 2), ("null", 25, 3)]
)
def test_the_cheap_verdict_is_that_of_a_fit(preset: str, n: int, seed: int) -> None:
    """State, p and risks of all endpoints are those of the whole fit, promoted or not."""
    cohort = synthetic_cohort(preset, n, seed)
    case = fit_case(cohort, QUICK)
    cheap, fitted = verdicts(case), served_model(case) if case.endpoints else None
    for fit in fit_cohort(cohort, QUICK, list(ENDPOINTS)):
        one = cheap[fit.endpoint]
        assert one["assessable"] == (fit.model is not None)
        if fit.model is not None:
            assert one["states"][0] == fit.verdict.state
            assert one["p"] == fit.evaluation["score_test"]["p"]
            assert fitted is not None
            X = case.evaluation_data(ENDPOINTS[fit.endpoint]).design.X.to_numpy()
            risks = served_risks(case, fitted, ENDPOINTS[fit.endpoint], X)
            served = fit.model.risks(X)[:, fit.model.horizons.index(180)]
            assert np.abs(risks - served).max() < 1e-9


def test_the_verdicts_of_champions_name_no_failure() -> None:
    """With 300 patients and planted effects relapse is promoted at 0.05 and at 0.025."""
    one = verdicts(fit_case(synthetic_cohort("seed-optimistic", 300, 1), QUICK))["relapse"]
    assert one["states"] == ["champion", "champion"]
    assert one["failures"] == [[], []]


def test_the_first_look_is_judged_declared_and_undeclared() -> None:
    """0.05 for one declared look, 0.025 without a declaration."""
    case = fit_case(synthetic_cohort("null", 60, 2), QUICK)
    looks = first_looks(case.labels(ENDPOINTS["relapse"]))
    assert [look.alpha for look in looks] == [0.05, 0.025]
