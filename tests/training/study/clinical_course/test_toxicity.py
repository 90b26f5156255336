"""CTCAE grades against the criteria's own intervals; worst grade a patient, never a sample."""

import numpy as np
import pytest

from tests.training.patients_by_hand import alive, by_hand, outcomes_of
from training.study.clinical_course.toxicity import (
    cytopenia_claim,
    grade,
    toxicity_pictures,
    toxicity_table,
)

# The intervals of CTCAE v5.0: grade, below, not below; 10^9/L.
CRITERIA = {
    "wbc": [(1, 4.0, 3.0), (2, 3.0, 2.0), (3, 2.0, 1.0), (4, 1.0, 0.0)],
    "anc": [(1, 1.8, 1.5), (2, 1.5, 1.0), (3, 1.0, 0.5), (4, 0.5, 0.0)],
    "alc": [(1, 1.0, 0.8), (2, 0.8, 0.5), (3, 0.5, 0.2), (4, 0.2, 0.0)],
    "plt": [(1, 150, 75), (2, 75, 50), (3, 50, 25), (4, 25, 0)],
}


@pytest.mark.parametrize("name", CRITERIA)
def test_grades_are_the_criterias(name: str) -> None:
    """Every value on a fine grid, limits included, has the grade whose interval holds it."""
    limits = [limit for _, *both in CRITERIA[name] for limit in both]
    values = np.unique([*np.linspace(0, 200, 4001), *limits])
    for value, result in zip(values, grade(name, values), strict=True):
        expected = [g for g, below, least in CRITERIA[name] if least <= value < below]
        assert result == (expected[0] if expected else 0)
    assert np.isnan(grade(name, np.array([np.nan]))).all()


def _cohort():
    return by_hand(
        {
            "patient_id": ["a", "a", "a", "b", "b", "c"],
            "day": [-5, 10, 12, 10, 40, 10],
            "wbc": [0.5, 5.0, 1.5, 5.0, 0.5, np.nan],
            "anc": [np.nan] * 6,
            "plt": [200.0, 200.0, 60.0, 60.0, 10.0, np.nan],
        },
        outcomes_of(alive("a"), alive("b"), alive("c")),
    )


def test_each_patient_counts_once_with_the_worst() -> None:
    """Two samples of a window are one patient; lymphocytes that were not measured have no rows."""
    table = toxicity_table(_cohort().blood).frame.set_index(["toxicity", "days"])
    counts = table.loc[("Leukopenia", "8-14"), ["patients", "grade 0", "grade 3"]]
    assert counts.tolist() == [2, 1, 1]
    assert "Lymphopenia" not in table.index.get_level_values(0)
    assert [p.title for p in toxicity_pictures(toxicity_table(_cohort().blood))] == [
        "Leukopenia", "Thrombocytopenia",
    ]  # fmt: skip


def test_cytopenia_is_between_infusion_and_landmark() -> None:
    """A fall before infusion or after the landmark does not count; nor do patients without one."""
    claim = cytopenia_claim(_cohort())
    assert (claim.n, claim.effect) == (2, 0.5)
    assert claim.finding.startswith("1 of 2 patients")
