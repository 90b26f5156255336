"""Earlier severe infections as an input: counted by sample day, declared, refused when missing."""

from dataclasses import replace

import pandas as pd
import pytest

from features.covariates import covariates_of, document
from features.errors import InputError
from tests.training.cohort.cohort_by_hand import infections_of, outcomes_of, samples_of
from training.cohort.cohort import cohort_of
from training.cohort.earlier_infections import EARLIER_SEVERE, earlier_severe_infections
from training.cohort.samples import declared_inputs, require_columns, with_earlier_infections

TABLE = infections_of(
    ("a", -3, 3, ""), ("a", 20, 3, "CMV"), ("a", 20, 4, "E. coli"), ("a", 21, 5, ""),
    ("a", 10, 2, ""), ("b", 90, 4, ""),
)  # fmt: skip


def test_each_sample_counts_the_infections_up_to_its_day() -> None:
    """Mild ones and later ones do not count; two organisms of one day do."""
    frame = pd.DataFrame({"patient_id": ["a", "a", "a", "b", "c"], "day": [19, 20, 60, 60, 60]})
    assert earlier_severe_infections(frame, TABLE).tolist() == [1, 3, 4, 0, 0]


def test_a_cohort_with_infections_has_the_declared_input() -> None:
    """The manifest can describe it: its declaration survives JSON."""
    cohort = cohort_of(samples_of(("a", 20), ("b", 20)), outcomes_of(a={}, b={}), None, TABLE)
    assert cohort.samples.frame[EARLIER_SEVERE.name].tolist() == [3, 0]
    (declared,) = declared_inputs(cohort.samples, ("x", EARLIER_SEVERE.name))
    assert covariates_of([document(declared)], "test") == (EARLIER_SEVERE,)
    require_columns(cohort.samples, ("x", EARLIER_SEVERE.name))


def test_a_table_keeps_its_own_column() -> None:
    """A group that fills the column in from its records is not overruled."""
    samples = samples_of(("a", 20))
    samples = replace(samples, frame=samples.frame.assign(**{EARLIER_SEVERE.name: [7.0]}))
    assert with_earlier_infections(samples, TABLE) is samples


def test_without_infections_the_input_is_refused() -> None:
    """The sentence names the way out."""
    cohort = cohort_of(samples_of(("a", 20)), outcomes_of(a={}))
    with pytest.raises(InputError, match=r"counted from the table of infections.*--infections"):
        require_columns(cohort.samples, (EARLIER_SEVERE.name,))
