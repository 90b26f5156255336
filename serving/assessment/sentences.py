"""Sentences of an answer: its flags, its notices, and what its numbers mean.

Answers, pages, cards and FHIR resources all take their sentences from here, so that they agree.
Nothing here decides which sentence applies.
"""

from collections.abc import Sequence

from features.notices import SYNTHETIC
from serving.assessment.answer import Flag

STABILITY = (
    "Stability interval: how far refitting the model on other patients of the same cohort moved"
    " this risk (5 to 95 % of the refits); it is not a confidence interval."
)
MODEL_NOT_CAUSE = (
    "Reasons describe what moved the model away from its baseline, not what causes the outcome;"
    " changing a value would not by itself change the patient's risk."
)

REASONS_MEAN = (
    "A reason's contribution is the Shapley (SHAP) value of its measurement: its share of the"
    " difference, in log-odds of the risk shown, between this patient and the average patient of"
    " the training cohort, computed by antithetic permutations. " + MODEL_NOT_CAUSE
)

OTHER_SOURCE = "No risk is given: {difference}. The two cannot be compared."

FLAGS: dict[str, str] = {
    "out_of_range": "Outside the range seen in training: {features}.",
    "out_of_population": "This combination of values is unlike any in the training cohort.",
    "few_measured": (
        "Under a third of the measurements that most training patients had are here; the others are"
        " put at what these tell of them, so this risk lies nearer the cohort's."
    ),
    "few_cells": "Few cells: under {least} good cells, so cell fractions are uncertain.",
    "no_monocytes": "Too few monocytes to measure S100A8/A9 in them; this is not a random gap.",
    "cd7_unresolved": "CD7-negative T cells could not be resolved in this sample.",
    "sorted_sample": "Sorted cells or infusion product: their composition is not the blood's.",
    "synthetic_model": "Synthetic: the model was fitted to simulated patients.",
    "synthetic_sample": "Synthetic: this sample was simulated.",
    "not_validated": "Not validated: this model has not been confirmed on an unseen cohort.",
    "no_sample_in_window": (
        "No sample within the {window} days up to day {landmark}, at which the model was trained;"
        " the latest sample is of day {day}."
    ),
}

# Most serious first: what makes a number unusable before what makes it uncertain.
FLAG_ORDER: tuple[str, ...] = (
    "out_of_population", "few_measured", "no_sample_in_window", "sorted_sample", "synthetic_model",
    "synthetic_sample", "not_validated", "out_of_range", "cd7_unresolved", "no_monocytes",
    "few_cells",
)  # fmt: skip

# Where a sample came from; its warnings follow, then its gaps.
ORIGIN_FLAGS = frozenset({"sorted_sample", "synthetic_sample"})


def flag(code: str, **words: object) -> Flag:
    """One flag: its code for programs, and its sentence for people with `words` filled in.

    >>> flag("not_validated")["code"]
    'not_validated'
    """
    return {"code": code, "sentence": FLAGS[code].format(**words)}


def other_schema(sample_ids: Sequence[str]) -> str:
    """What becomes of stored samples whose values another feature schema defined; "" for none.

    >>> other_schema([])
    ''
    >>> other_schema(["day 28"])[:69]
    'Not read: day 28, stored by a version of CD7Watch whose values differ'
    """
    if not sample_ids:
        return ""
    return (
        f"Not read: {', '.join(sample_ids)}, stored by a version of CD7Watch whose values differ"
        " from today's in meaning; add the samples again under the same names."
    )


def synthetic_notices(*, sample: bool, model: bool) -> list[str]:
    """The sentences at the top of a page whose numbers come from a simulation.

    Sample and model have a sentence each, because a real patient's page under a model fitted to
    simulated patients must not say that the patient is simulated.

    >>> synthetic_notices(sample=False, model=True)
    ['Synthetic: the model was fitted to simulated patients.']
    """
    sentences = [SYNTHETIC] if sample else []
    return [*sentences, FLAGS["synthetic_model"]] if model else sentences
