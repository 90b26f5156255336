"""What a model says about itself."""

import json

from features.schema import SCHEMA_VERSION
from models.frozen import FrozenModel
from models.manifest import REQUIRED


def test_manifest_says_all(frozen: FrozenModel) -> None:
    """Every required entry is there, and the whole is JSON."""
    assert set(REQUIRED) <= set(frozen.manifest)
    assert json.loads(json.dumps(frozen.manifest)) == frozen.manifest


def test_manifest_names_what_was_learned(frozen: FrozenModel) -> None:
    """Candidates and cohort sizes stand there per horizon, beside what the caller gave."""
    manifest = frozen.manifest
    assert manifest["schema_version"] == SCHEMA_VERSION
    assert manifest["candidate"] == {"90": "core_panel", "180": "lightgbm", "365": "prevalence"}
    training = manifest["training"]
    assert isinstance(training, dict)
    assert training["n_patients"] == {"90": 130, "180": 130, "365": 130}
    assert training["git_commit"] == "none"
    assert manifest["provenance"] == "synthetic"
    assert manifest["state"] == "candidate"
    assert str(manifest["research_use_only"]).startswith("Research use only")
