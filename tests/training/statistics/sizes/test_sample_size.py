"""Riley's criteria against pmsampsize's worked example."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from training.statistics.sizes.sample_size import (
    cox_snell_from_c,
    expected_shrinkage,
    required_sample_size,
)


@pytest.mark.parametrize(
    ("parameters", "prevalence", "c", "patients"),
    [
        # pmsampsize(type = "b", cstatistic = 0.89, parameters = 24, prevalence = 0.174)
        (24, 0.174, 0.89, 660),
        (3, 0.30, 0.70, 323),
        (3, 0.10, 0.70, 559),
    ],
)
def test_worked_examples(parameters: int, prevalence: float, c: float, patients: int) -> None:
    """The documented example of pmsampsize and the two endpoints' rough sizes."""
    assert required_sample_size(parameters, prevalence, c).patients == patients


def test_events_of_the_worked_example() -> None:
    """pmsampsize rounds 660 x 0.174 up to 115 events."""
    assert required_sample_size(24, 0.174, 0.89).events == 115


def test_r2_equals_a_simulated_model() -> None:
    """Quadrature against fitting the model to many simulated patients."""
    rng = np.random.default_rng(0)
    n, c, prevalence = 400_000, 0.75, 0.2
    y = rng.random(n) < prevalence
    x = rng.normal(size=n) + y * np.sqrt(2) * 0.6744897501960817  # probit(0.75)
    risk = LogisticRegression(C=np.inf).fit(x[:, None], y).predict_proba(x[:, None])[:, 1]

    def mean_log_likelihood(p: np.ndarray) -> float:
        return float(np.mean(np.log(np.where(y, p, 1 - p))))

    null = mean_log_likelihood(np.full(n, y.mean()))
    r2 = 1 - np.exp(-2 * (mean_log_likelihood(risk) - null))
    assert abs(cox_snell_from_c(c, prevalence) - r2) < 0.003


def test_shrinkage_inverts_the_criterion() -> None:
    """At the size that criterion 1 asks for, the expected shrinkage is 0.9."""
    for parameters, prevalence, c in ((24, 0.174, 0.89), (5, 0.3, 0.7)):
        n = required_sample_size(parameters, prevalence, c).shrinkage
        assert abs(expected_shrinkage(n, parameters, prevalence, c) - 0.9) < 0.002


def test_more_patients_shrink_less() -> None:
    """Shrinkage rises with n towards 1 and is 0 for a single patient."""
    sizes = [expected_shrinkage(n, 30, 0.1, 0.7) for n in (1, 60, 300, 3000, 100_000)]
    assert sizes == sorted(sizes)
    assert sizes[0] == 0.0
    assert 0.98 < sizes[-1] < 1.0
