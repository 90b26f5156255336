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


def test_manifest_says_what_was_fitted(models_of_fit: dict[str, FrozenModel]) -> None:
    """The joint fit and its events, of which each endpoint consists of some; what else was told."""
    manifests = {name: model.manifest for name, model in models_of_fit.items()}
    assert {m["joint_fit"] for m in manifests.values()} == {"0123456789abcdef"}
    assert manifests["relapse"]["events"] == ["relapse", "fatal_infection", "other_death"]
    assert manifests["relapse"]["endpoint_events"] == ["relapse"]
    severe = manifests["severe_infection"]
    assert severe["events"] == ["relapse", "fatal_infection", "other_death", "onset"]
    assert severe["endpoint_events"] == ["fatal_infection", "onset"]
    assert severe["endpoint_words"]["plural"] == "severe infections"
    for manifest in manifests.values():
        assert (manifest["format_version"], manifest["schema_version"]) == ("2", SCHEMA_VERSION)
        assert (manifest["model"], manifest["refits"]) == ("ridge", 12)
        assert manifest["training"] == {"code_version": "none"}
        assert (manifest["provenance"], manifest["state"]) == ("synthetic", "candidate")
        assert manifest["research_use_only"].startswith("Research use only")


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
