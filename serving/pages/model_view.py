"""Values of the model page: one endpoint's model in plain words, from its manifest."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from models.frozen import FrozenModel
from models.manifest import Manifest
from serving.assessment.served_model import ServedModel
from serving.pages.time_frames import listed_days, window_text

# What each kind of model does, for a reader who never fitted one.
KINDS: Mapping[str, str] = {
    "ridge": "a weighted sum of the measurements for each competing event (ridge regression)",
    "lightgbm": "a sum of many small decision trees for each competing event (LightGBM)",
}
VERDICTS: Mapping[str, str] = {
    "no_model": "No model: there were too few events to fit one.",
    "candidate": "Candidate: it has not passed the gate on its own cohort, so its risks may be"
    " no better than the cohort's average.",
    "champion": "Champion: it passed the gate on its own cohort, but has not been confirmed on an"
    " unseen one.",
    "validated": "Validated: it was confirmed on another, unseen cohort.",
}


class ModelDaysView(TypedDict):
    """A model's landmark, window and primary horizon in words."""

    landmark: str
    window: str
    primary: str


class ModelHorizonView(TypedDict):
    """One horizon: training patients and events."""

    days: str
    patients: str
    events: str


class ModelView(TypedDict):
    """One endpoint's card on the model page; `companions` share its joint fit, in words."""

    name: str
    served: ServedModel
    manifest: Manifest
    verdict: str
    kind: str
    companions: str
    days: ModelDaysView
    horizons: list[ModelHorizonView]
    facts: list[tuple[str, str]]
    gate: list[tuple[str, list[str]]]
    features: list[str]


def model_view(served_model: ServedModel, models: Mapping[str, ServedModel]) -> ModelView:
    """What the model page shows of one of the `models` in service."""
    manifest = served_model.model.manifest
    training = manifest.get("training")
    facts = dict(training) if isinstance(training, Mapping) else {}
    return {
        "name": served_model.model.words,
        "served": served_model,
        "manifest": manifest,
        "verdict": verdict(manifest.get("state")),
        "kind": KINDS.get(manifest["model"], manifest["model"]),
        "companions": companions_text(served_model, models),
        "days": days_text(served_model.model),
        "horizons": horizons_view(served_model),
        "facts": [(title(key), value_text(value)) for key, value in facts.items()],
        "gate": gate_view(manifest.get("gate")),
        "features": [feature.label for feature in served_model.model.inputs.values()],
    }


def companions_text(served_model: ServedModel, models: Mapping[str, ServedModel]) -> str:
    """The other endpoints of the same joint fit in words; "" for a model that has none."""
    fit = served_model.manifest["joint_fit"]
    others = (one for one in models.values() if one is not served_model)
    return ", ".join(one.model.words for one in others if one.manifest["joint_fit"] == fit)


def verdict(state: object) -> str:
    """A model's state of validation as a sentence."""
    return VERDICTS.get(str(state), value_text(state))


def days_text(model: FrozenModel) -> ModelDaysView:
    """The model's landmark, window, horizons and primary horizon."""
    return {
        "landmark": f"at day {model.landmark}, for the following {listed_days(model.horizons)}",
        "window": window_text(model),
        "primary": listed_days([model.primary_horizon]),
    }


def horizons_view(served_model: ServedModel) -> list[ModelHorizonView]:
    """Per horizon how many patients and events the model learned from."""
    manifest = served_model.model.manifest
    training = manifest.get("training")
    counts = training if isinstance(training, Mapping) else {}
    return [
        {
            "days": str(horizon),
            "patients": _at(counts.get("n_patients"), horizon),
            "events": _at(counts.get("n_events"), horizon),
        }
        for horizon in served_model.model.horizons
    ]


def _at(by_horizon: object, horizon: int) -> str:
    value = by_horizon.get(str(horizon)) if isinstance(by_horizon, Mapping) else by_horizon
    return "not known" if value is None else str(value)


def gate_view(gate: object) -> list[tuple[str, list[str]]]:
    """What passed and what failed, each as a list of sentences.

    >>> gate_view({"failed": ["Slope is undefined."], "passed": []})
    [('Failed', ['Slope is undefined.'])]
    """
    if not isinstance(gate, Mapping):
        return []
    checks = {name: gate[name] for name in ("failed", "passed") if gate.get(name)}
    return [(title(name), _sentences(value)) for name, value in (checks or gate).items() if value]


def title(name: str) -> str:
    """A manifest's key as a heading.

    >>> title("n_events"), title("git_commit")
    ('Events', 'Git commit')
    """
    return name.removeprefix("n_").replace("_", " ").capitalize()


def value_text(value: object) -> str:
    """A manifest's value on one line; values by horizon in the order of days.

    >>> value_text({"90": 7, "180": 12, "365": None}), value_text([1, 2])
    ('90 days: 7; 180 days: 12; 365 days: not known', '1, 2')
    """
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (not str(key).isdecimal(), len(str(key)), str(key)))
        return "; ".join(f"{_key_text(str(key))}: {value_text(value[key])}" for key in keys)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(value_text(part) for part in value)
    return "not known" if value is None else str(value).replace("_", " ")


def _key_text(key: str) -> str:
    return f"{key} days" if key.isdecimal() else key.replace("_", " ")


def _sentences(value: object) -> list[str]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [value_text(part) for part in value]
    return [value_text(value)]
