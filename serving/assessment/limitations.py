"""Limitations of an answer: what its number rests on, what limits it, and what would help."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from serving.assessment.answer import AnyEndpoint, Flag
from serving.assessment.primary_horizon import primary_horizon
from serving.assessment.served_model import ServedModel

# What would make an answer more certain, by the flag that limits it.
REMEDIES: dict[str, str] = {
    "few_measured": "more of the measurements that the model uses",
    "no_sample_in_window": "a sample from the days at which the model was trained",
    "few_cells": "a sample with more cells",
    "shallow": "deeper sequencing",
    "enrichment_unknown": "a statement whether cells were selected before sequencing",
    "cd7_unresolved": "a flow cytometry of CD7, or deeper sequencing",
    "sorted_sample": "an unsorted blood sample",
    "not_validated": "a validation on another, unseen cohort",
    "out_of_population": "training patients who are more like this one",
    "out_of_range": "training patients with values like these",
}
# Flags that a page shows elsewhere: in its banner, and beside the horizon.
ON_THE_PAGE = ("synthetic_model", "synthetic_sample")


class Limitations(TypedDict):
    """Sentences on one endpoint's answer, and its remedies, separated by semicolons."""

    sentences: list[str]
    remedies: str


def limitations(
    endpoint: AnyEndpoint, served_model: ServedModel, sample_flags: Sequence[Flag]
) -> Limitations:
    """What one endpoint's number rests on and what limits it, then what would help."""
    all_flags = (*sample_flags, *endpoint["flags"])
    flags = [flag for flag in all_flags if flag["code"] not in ON_THE_PAGE]
    codes = [flag["code"] for flag in flags]
    basis = training_sentences(endpoint, served_model)
    return {
        "sentences": [*basis, *(flag["sentence"] for flag in flags)],
        "remedies": "; ".join(REMEDIES[code] for code in REMEDIES if code in codes),
    }


def training_sentences(endpoint: AnyEndpoint, served_model: ServedModel) -> list[str]:
    """How many patients the model learned from, and whether the gate let it pass."""
    training, primary = served_model.manifest["training"], primary_horizon(endpoint, served_model)
    horizon = str(primary["horizon"]) if primary else ""
    patients = _count(training.get("n_patients"), horizon)
    events = _count(training.get("n_events"), horizon)
    sentences = []
    if patients is not None and events is not None:
        words = endpoint["words"]
        sentences.append(f"Learned from {patients} patients, {events} of them with {words}.")
    failures = n_failed_checks(served_model)
    if failures:
        noun = "check" if failures == 1 else "checks"
        sentences.append(f"It failed {failures} {noun} of the gate on its own cohort.")
    return sentences


def _count(counts: Mapping[str, int] | None, horizon: str) -> int | None:
    # Some folders hold one count for all horizons.
    return counts.get(horizon) if isinstance(counts, Mapping) else None


def n_failed_checks(served_model: ServedModel) -> int:
    """How many checks of the gate a model failed."""
    return len(served_model.manifest.get("gate", {}).get("failed", ()))
