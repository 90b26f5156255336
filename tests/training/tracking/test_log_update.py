"""The card of an updated model: what was changed comes before the parent's figures."""

from dataclasses import replace
from pathlib import Path

from models.frozen import FrozenModel
from training.evaluation.update.endpoint_tests import UpdateChoice
from training.statistics.calibration.recalibration import ModelUpdate
from training.tracking.log_update import updated_card
from training.tracking.registered_model import stored_model
from training.tracking.registry import connect, find_version
from training.tracking.registry_names import Address

TEST = ModelUpdate("intercept", 0.001, 0.4, 0.5, -0.7, (-0.7, 1.0))


def _updated() -> FrozenModel:
    model = stored_model(find_version(connect(), Address("relapse", "1")))
    parent = {"version": "1", "joint_fit": "abc", "update": "intercept", "patients": 120}
    return replace(model, manifest={**model.manifest, "parent": parent})


def test_the_change_stands_before_the_parents_card(store: Path) -> None:
    """Title, then the section, then everything that the parent's card said."""
    model = _updated()
    card = updated_card(model, UpdateChoice("intercept", {"relapse": TEST}))
    title, rest = model.manifest["card"].split("\n", 1)
    assert card.startswith(f"{title}\n\n## Updated\n\nVersion 1 was updated to 120 patients")
    assert "p 0.001 against keeping it, 0.4 against a new intercept" in card
    assert card.endswith(rest)


def test_an_untested_endpoint_says_so(store: Path) -> None:
    """Its model was changed with the others of its fit, not by a test of its own."""
    card = updated_card(_updated(), UpdateChoice("intercept", {}))
    assert "Too few events for a closed test of its own" in card
    assert "against keeping it" not in card
