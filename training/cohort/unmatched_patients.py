"""Unmatched patients: in the feature table but not in the outcomes, or the other way round."""

from collections.abc import Iterable, Sequence

from features.table.text_tables.spelling import letters
from training.cohort.at_risk import sampled_patients
from training.cohort.cohort import Cohort

MOST_NAMES = 20


def unmatched_patients(cohort: Cohort) -> list[str]:
    """Sentences that name the patients of one table only, and likely misspellings; often none.

    A patient whose every sample was refused has samples.

    >>> _spelt_alike(["P07"], ["P7", "P8"])
    [('P07', 'P7')]
    """
    with_samples, with_outcomes = sampled_patients(cohort.samples), set(cohort.outcomes.patients)
    no_outcome = sorted(with_samples - with_outcomes)
    no_sample = sorted(with_outcomes - with_samples)
    sentences = [
        f"{_patients(names)} {rest}: {_names(names)}."
        for names, rest in (
            (no_outcome, "in the feature table but not in the outcomes, left out"),
            (no_sample, "in the outcomes without any sample, left out"),
        )
        if names
    ]
    pairs = [f"{one} and {other}" for one, other in _spelt_alike(no_outcome, no_sample)]
    if pairs:
        sentences.append(f"The same patient may be spelt in two ways: {_names(pairs)}.")
    return sentences


def _patients(names: Sequence[str]) -> str:
    return f"{len(names)} {'patient is' if len(names) == 1 else 'patients are'}"


def _names(names: Sequence[str]) -> str:
    n_more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {n_more} more" if n_more > 0 else "")


def _spelt_alike(some: Iterable[str], others: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs that differ in case, signs and leading zeros only, as after opening a CSV in Excel."""
    by_key = {_key(name): name for name in others}
    return [(name, by_key[_key(name)]) for name in some if _key(name) in by_key]


def _key(name: str) -> str:
    text, digits = letters(name), ""
    while text and text[-1].isdigit():
        text, digits = text[:-1], text[-1] + digits
    return text + digits.lstrip("0")
