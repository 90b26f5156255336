"""How sure an answer is, and why not surer: sentences from the manifest, interval and flags."""

from collections.abc import Mapping, Sequence
from typing import Any

from models.endpoints import ENDPOINTS
from serving.assessment.assess import Answer, ServedModel
from serving.assessment.primary_horizon import primary_horizon

# What would make an answer surer, by the flag that limits it.
REMEDIES: dict[str, str] = {
    "no_sample_in_window": "a sample from the days at which the model was trained",
    "few_cells": "a sample with more cells",
    "cd7_unresolved": "a flow cytometry of CD7, or deeper sequencing",
    "sorted_sample": "an unsorted blood sample",
    "not_validated": "a validation on another, unseen cohort",
    "out_of_population": "training patients who are more like this one",
    "out_of_range": "training patients with values like these",
}
# Said elsewhere on the page: the banner, and the horizon's own line.
ELSEWHERE = ("synthetic_model", "synthetic_sample")


def sureness(
    endpoint: Answer, served: ServedModel | None, sample_flags: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """`sentences`: what the number rests on and what limits it; `surer`: what would help."""
    flags = [flag for flag in (*sample_flags, *endpoint["flags"]) if flag["code"] not in ELSEWHERE]
    codes = [str(flag["code"]) for flag in flags]
    return {
        "sentences": [*based_on(endpoint, served), *(str(flag["sentence"]) for flag in flags)],
        "surer": "; ".join(REMEDIES[code] for code in REMEDIES if code in codes),
    }


def based_on(endpoint: Answer, served: ServedModel | None) -> list[str]:
    """How many patients the model learned from, and whether the gate let it pass."""
    manifest = served.model.manifest if served else {}
    training = manifest.get("training")
    counts = training if isinstance(training, Mapping) else {}
    shown = primary_horizon(endpoint, served)
    horizon = str(shown["horizon"]) if shown else ""
    patients, events = (_count(counts, name, horizon) for name in ("n_patients", "n_events"))
    sentences = []
    if patients is not None and events is not None:
        name = ENDPOINTS[endpoint["endpoint"]].words
        sentences.append(f"Learned from {patients} patients, {events} of them with {name}.")
    failed = failures(manifest)
    if failed:
        noun = "check" if failed == 1 else "checks"
        sentences.append(f"It failed {failed} {noun} of the gate on its own cohort.")
    return sentences


def _count(counts: Mapping[str, Any], name: str, horizon: str) -> int | None:
    by_horizon = counts.get(name)
    return by_horizon.get(horizon) if isinstance(by_horizon, Mapping) else None


def failures(manifest: Mapping[str, Any]) -> int:
    """How many checks of the gate a model failed.

    >>> failures({"gate": {"failed": ["slope 3.1"]}}), failures({})
    (1, 0)
    """
    gate = manifest.get("gate")
    failed = gate.get("failed", ()) if isinstance(gate, Mapping) else ()
    return len(failed)
