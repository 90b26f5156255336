"""One endpoint's model in plain words, from its manifest."""

from collections.abc import Mapping, Sequence
from typing import Any

from features.schema import ALL_FEATURES
from serving.assessment import labels
from serving.assessment.served_model import ServedModel

# What each candidate does, for a reader who never fitted one.
KINDS: Mapping[str, str] = {
    "prevalence": "the cohort's share for everyone; no measurement is used",
    "biomarker": "one measurement, chosen before the outcomes were seen",
    "core_panel": "the measurements of the core panel, each weighed, and added up",
    "lightgbm": "many small decision trees over all measurements, added up",
}
VERDICTS: Mapping[str, str] = {
    "no_model": "No model: there were too few events to fit one.",
    "candidate": "Candidate: it has not passed the gate on its own cohort, so its numbers may be"
    " no better than the cohort's share.",
    "champion": "Champion: it passed the gate on its own cohort, and has not been confirmed on an"
    " unseen one.",
    "validated": "Validated: it held on another, unseen cohort.",
}


def model_view(endpoint: str, served: ServedModel | None) -> dict[str, Any]:
    """What the model's page shows of one endpoint; without a model, only its name."""
    view: dict[str, Any] = {"name": labels.ENDPOINTS[endpoint], "served": served}
    if served is None:
        return view
    manifest = served.model.manifest
    training = manifest.get("training")
    facts = dict(training) if isinstance(training, Mapping) else {}
    return view | {
        "manifest": manifest,
        "verdict": VERDICTS.get(str(manifest.get("state")), said(manifest.get("state"))),
        "horizons": horizons_view(served),
        "facts": [(title(name), said(value)) for name, value in facts.items()],
        "gate": gate_view(manifest.get("gate")),
        "features": [ALL_FEATURES[feature].label for feature in served.model.features],
    }


def horizons_view(served: ServedModel) -> list[dict[str, str]]:
    """Per horizon what kind of model answers, and on how many patients and events it rests."""
    manifest = served.model.manifest
    training = manifest.get("training")
    counts = training if isinstance(training, Mapping) else {}
    return [
        {
            "days": str(horizon),
            "kind": KINDS.get(_at(manifest.get("candidate"), horizon), "not known"),
            "patients": _at(counts.get("n_patients"), horizon),
            "events": _at(counts.get("n_events"), horizon),
        }
        for horizon in served.model.horizons
    ]


def _at(by_horizon: object, horizon: int) -> str:
    kept = by_horizon.get(str(horizon)) if isinstance(by_horizon, Mapping) else by_horizon
    return "not known" if kept is None else str(kept)


def gate_view(gate: object) -> list[tuple[str, list[str]]]:
    """What passed and what failed, each as a list of sentences.

    >>> gate_view({"failed": ["Slope is undefined."], "passed": []})
    [('Failed', ['Slope is undefined.'])]
    """
    if not isinstance(gate, Mapping):
        return []
    judged = {name: gate[name] for name in ("failed", "passed") if gate.get(name)}
    return [(title(name), _sentences(value)) for name, value in (judged or gate).items() if value]


def title(name: str) -> str:
    """A manifest's key as a heading.

    >>> title("n_events"), title("git_commit")
    ('Events', 'Git commit')
    """
    return name.removeprefix("n_").replace("_", " ").capitalize()


def said(value: object) -> str:
    """A manifest's value on one line; what is kept per horizon in the order of days.

    >>> said({"90": "core_panel", "180": 12, "365": None}), said([1, 2])
    ('90 days: core panel; 180 days: 12; 365 days: not known', '1, 2')
    """
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (not str(key).isdecimal(), len(str(key)), str(key)))
        return "; ".join(f"{_place(str(key))}: {said(value[key])}" for key in keys)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(said(part) for part in value)
    return "not known" if value is None else str(value).replace("_", " ")


def _place(key: str) -> str:
    return f"{key} days" if key.isdecimal() else key.replace("_", " ")


def _sentences(value: object) -> list[str]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [said(part) for part in value]
    return [said(value)]
