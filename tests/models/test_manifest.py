"""What a model says about itself."""

import json

import pytest

from features.covariates import document
from features.errors import InputError
from features.schema import SCHEMA_VERSION, Category, Feature
from models.frozen import FrozenModel
from models.manifest import REQUIRED, check_days, declared_inputs


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


def test_manifest_names_the_primary_horizon_and_the_window(frozen: FrozenModel) -> None:
    """Both stand there also where the caller gave neither."""
    assert frozen.manifest["primary_horizon"] == 180
    assert frozen.manifest["landmark_window"] == 14


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ({"primary_horizon": 180}, "primary horizon is one of its horizons, but it is 180"),
        ({"primary_horizon": "90"}, "primary horizon is one of its horizons"),
        ({"landmark_window": 0}, "at least 1, but it is 0"),
        ({"landmark_window": 13.5}, "a number of days"),
    ],
)
def test_wrong_days_are_refused(days: dict[str, object], sentence: str) -> None:
    """A primary horizon that is none of the horizons, or a window without a day, has a sentence."""
    with pytest.raises(InputError, match=sentence):
        check_days([30, 90], days)


SECOND = Feature("second", "Second", "the second value", "IU/mL", 0.0, 9.0, "covariate")


def test_declared_inputs_are_read_back(frozen: FrozenModel) -> None:
    """A model of declared inputs describes them; one without says nothing."""
    assert declared_inputs(frozen.manifest) == ()
    manifest = frozen.manifest | {"covariates": [document(SECOND)]}
    assert declared_inputs(manifest) == (SECOND,)


@pytest.mark.parametrize(
    ("covariates", "sentence"),
    [
        ([document(Feature("third", "T", "t", "x", 0.0, 1.0, "covariate"))], "declares third"),
        ([document(Category("second", "s", ("a", "b"), "S"))], "declares a category"),
        ([document(SECOND) | {"low": 10}], "low lies below high"),
        ("second", "list of declarations"),
    ],
)
def test_wrong_declarations_are_refused(
    frozen: FrozenModel, covariates: object, sentence: str
) -> None:
    """No input, a category, a broken rule, or no list: each has a sentence."""
    with pytest.raises(InputError, match=sentence):
        declared_inputs(frozen.manifest | {"covariates": covariates})
