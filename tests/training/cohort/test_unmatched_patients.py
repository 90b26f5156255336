"""Patients of one table only are named."""

from tests.training.cohort.cohort_by_hand import outcomes_of, samples_of
from training.cohort.cohort import Cohort
from training.cohort.unmatched_patients import MOST_NAMES, unmatched_patients


def test_patients_of_one_table_are_named() -> None:
    """Those without outcomes, those without samples; a refused sample is a sample."""
    samples = samples_of(("a", 21), ("b", 21), ("P07", 21), refused=(("c", 25),))
    cohort = Cohort(samples, outcomes_of(a={}, c={}, P7={}, d={}))
    assert unmatched_patients(cohort) == [
        "2 patients are in the feature table but not in the outcomes, left out: P07, b.",
        "2 patients are in the outcomes without any sample, left out: P7, d.",
        "The same patient may be spelt in two ways: P07 and P7.",
    ]


def test_nothing_is_said_where_both_agree_and_a_long_list_ends() -> None:
    """Twenty names and the number of the others."""
    assert unmatched_patients(Cohort(samples_of(("a", 21)), outcomes_of(a={}))) == []
    others = {f"q{i}": {} for i in range(MOST_NAMES + 5)}
    (sentence,) = unmatched_patients(Cohort(samples_of(("a", 21)), outcomes_of(a={}, **others)))
    assert sentence.startswith("25 patients are in the outcomes") and sentence.endswith(
        "and 5 more."
    )
