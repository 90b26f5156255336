"""What a manifest may hold: each rule with its sentence, and our own manifests keep them all."""

from pathlib import Path
from typing import Any

import pytest

from features.errors import InputError
from models.frozen import FrozenModel
from models.manifest_kinds import check_kinds

PATH = Path("model/manifest.json")


def test_our_manifests_keep_the_rules(models_of_fit: dict[str, FrozenModel]) -> None:
    """Those of all endpoints of a fit, with a version as an export adds it."""
    for model in models_of_fit.values():
        check_kinds(model.manifest, PATH)
        check_kinds(model.manifest | {"version": "12"}, PATH)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"endpoint": "../x"}, "endpoint is 2 to 40 small letters"),
        ({"endpoint": 5}, "endpoint is 2 to 40 small letters"),
        ({"endpoint_words": "relapse"}, "endpoint_words has singular and plural"),
        ({"endpoint_words": {"singular": "relapse"}}, "endpoint_words has singular and plural"),
        ({"endpoint_words": {"singular": "a\nb", "plural": "c"}}, "each one line"),
        ({"endpoint_words": {"singular": "x" * 1000, "plural": "c"}}, "each one line"),
        ({"version": "../9"}, "version is letters, digits"),
        ({"joint_fit": None}, "joint_fit identifies the fit"),
        ({"joint_fit": [1]}, "joint_fit identifies the fit"),
        ({"provenance": "maybe"}, "provenance is real or synthetic"),
        ({"landmark": "28"}, "landmark is a day from 1 on"),
        ({"landmark": -4}, "landmark is a day from 1 on"),
        ({"gate": None}, "gate is an object"),
        ({"training": "x"}, "training is an object"),
        ({"declaration": "x"}, "declaration is an object"),
        ({"horizons": None}, "horizons is a list of whole days"),
        ({"horizons": [90.5, 180]}, "horizons is a list of whole days"),
        ({"horizons": [180, 90]}, "horizons rise"),
        ({"horizons": []}, "horizons rise"),
        ({"features": None}, "features is a list of names"),
        ({"features": ["x", "x"]}, "features names each once"),
        ({"events": "abc"}, "events is a list of names"),
        ({"events": ["relapse"] * 3}, "events names each once"),
        ({"endpoint_events": []}, "endpoint_events names each once, and one at least"),
        ({"endpoint_events": ["death"]}, "endpoint_events are among the events"),
        ({"events": ["onset", "relapse"]}, "onset is the last event"),
    ],
)
def test_rules(frozen: FrozenModel, change: dict[str, Any], rule: str) -> None:
    """Each broken rule has its sentence, which names the file and a way out."""
    manifest: Any = frozen.manifest | change
    with pytest.raises(InputError, match=f"{rule}.*manifest.json breaks it: export"):
        check_kinds(manifest, PATH)
