"""A manifest in plain words, whatever its values are."""

from dataclasses import replace

import pytest

from serving.assessment.served_model import ServedModel
from serving.pages.model_view import KINDS, gate_view, horizons_view, model_view, value_text
from tests.serving.fitted import fitted_models


def test_a_model_shows_its_counts_per_horizon_in_the_order_of_days():
    """Events per horizon are the manifest's, ordered 90, 180, 365."""
    served = fitted_models()["relapse"]
    facts = dict(model_view(served, fitted_models())["facts"])
    events = served.model.manifest["training"]["n_events"]
    assert facts["Events"] == "; ".join(f"{h} days: {events[str(h)]}" for h in (90, 180, 365))


def test_each_horizon_names_its_patients():
    """Patients and events of each horizon are the manifest's."""
    served = fitted_models()["relapse"]
    counts = served.model.manifest["training"]
    for line, horizon in zip(horizons_view(served), (90, 180, 365), strict=True):
        assert line["days"] == str(horizon)
        assert line["patients"] == str(counts["n_patients"][str(horizon)])
        assert line["events"] == str(counts["n_events"][str(horizon)])


def test_a_model_names_its_kind_and_the_models_of_its_fit():
    """Its words are the model's own; a model of another fit is no companion."""
    models = dict(fitted_models())
    view = model_view(models["severe_infection"], models)
    assert view["name"] == "severe infection" and view["kind"] == KINDS["ridge"]
    assert view["companions"] == "relapse, fatal infection"
    other = models["relapse"].model
    manifest = {**other.manifest, "joint_fit": "other"}
    models["relapse"] = ServedModel(replace(other, manifest=manifest), "7")
    assert model_view(models["severe_infection"], models)["companions"] == "fatal infection"


@pytest.mark.parametrize(
    ("gate", "shown"),
    [
        (None, []),
        ({}, []),
        ({"failed": [], "passed": ["p = 0.01."]}, [("Passed", ["p = 0.01."])]),
        ({"failed": ["slope 3"], "sentences": ["no champion"]}, [("Failed", ["slope 3"])]),
        ({"state": "no_model"}, [("State", ["no model"])]),
    ],
)
def test_gate(gate, shown):
    """What passed and failed is listed; what is empty is left out."""
    assert gate_view(gate) == shown


def test_nested_values_stay_readable():
    """Mappings, lists and gaps become words."""
    assert value_text({"a_b": [1, None]}) == "a b: 1, not known"
