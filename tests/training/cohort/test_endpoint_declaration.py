"""Endpoints in protocol.json: read back as written, each broken rule with its sentence."""

import json
from pathlib import Path

import pytest

from features.errors import InputError
from models.endpoints import ENDPOINTS, Endpoint, Onset
from training.cohort.endpoint_declaration import endpoint_document, endpoints_from
from training.cohort.protocol import Protocol, read_protocol

VIRAL = {
    "name": "viral_infection", "words": "viral infection", "plural": "viral infections",
    "events": [], "onset": {"min_grade": 2, "group": "viral"}, "excludes_earlier": True,
    "landmarks": [7, 14], "biomarker": "monocyte_fraction", "claims": ["monocyte_fraction"],
}  # fmt: skip


@pytest.mark.parametrize("name", ENDPOINTS)
def test_standard_endpoints_survive_their_document(name: str) -> None:
    """By name or as an object, also after JSON."""
    endpoint = ENDPOINTS[name]
    written = json.loads(json.dumps(endpoint_document(endpoint)))
    assert endpoints_from((name, written)) == (endpoint, endpoint)


def test_a_declaration_is_read_as_it_says() -> None:
    """Every key reaches the endpoint; words and plural follow from the name where not given."""
    viral, death = endpoints_from((VIRAL, {"name": "any_death", "events": ["other_death"]}))
    assert viral == Endpoint(
        "viral_infection", "viral infection", "viral infections", (), Onset(2, "viral"),
        excludes_earlier=True, landmarks=(7, 14), biomarker="monocyte_fraction",
        claims=("monocyte_fraction",),
    )  # fmt: skip
    assert death == Endpoint("any_death", "any death", "any deaths", ("other_death",))
    assert viral.event_codes == (5,) and death.event_codes == (3,)


def test_words_of_80_characters_have_a_plural() -> None:
    """The plural that nobody declared breaks no rule on the length of declared ones."""
    (endpoint,) = endpoints_from(({"name": "long", "words": "w" * 80, "events": ["relapse"]},))
    assert endpoint.plural == "w" * 80 + "s"


def test_an_onset_is_severe_unless_it_says_otherwise() -> None:
    """{} is the onset of severe infection, without a group."""
    (endpoint,) = endpoints_from(({"name": "onset", "events": [], "onset": {}},))
    assert endpoint.onset == Onset(3, None)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"name": "Viral"}, "2 to 40 small letters"),
        ({"name": ""}, "name of an endpoint is a text of 1 to 80 characters"),
        ({"words": 3}, "words of an endpoint is a text"),
        ({"words": "viral\ninfection"}, "on one line"),
        ({"words": "viral\x00infection"}, "on one line"),
        ({"words": "\ud800"}, "on one line"),
        ({"words": " "}, "without spaces at its ends"),
        ({"plural": "\u202eviral"}, "on one line"),
        ({"words": "x" * 81}, "words of an endpoint is a text of 1 to 80 characters"),
        (
            {
                "name": "relapse",
                "onset": None,
                "events": ["other_death"],
                "excludes_earlier": False,
            },
            "the events of the endpoint relapse, a standard one, are its own",
        ),
        ({"name": "fatal_infection", "events": ["fatal_infection"]}, "a standard one"),
        ({"events": "relapse"}, "events of an endpoint is a list of names"),
        ({"events": ["transplant"]}, "are of relapse, fatal_infection, other_death"),
        ({"events": ["relapse", "relapse"]}, "is named once"),
        ({"onset": None, "excludes_earlier": False}, "or its onset are named"),
        ({"onset": None, "events": ["relapse"]}, "excludes_earlier .* needs an onset"),
        ({"onset": {"min_grade": 6}}, "is a grade from 1 to 5"),
        ({"onset": {"min_grade": 3.0}}, "whole-numbered min_grade"),
        ({"onset": {"table": "outcomes"}}, "counted from the table infections"),
        ({"onset": {"group": "protozoan"}}, "is one of bacterial, viral, fungal, or none"),
        ({"onset": {"day": 3}}, "onset is an object of the keys table, min_grade, group"),
        ({"excludes_earlier": "yes"}, "is true or false"),
        ({"landmarks": [14, 7]}, "are rising days"),
        ({"landmarks": [0]}, "list of whole days from 1"),
        ({"landmarks": 7}, "list of whole days from 1"),
        ({"biomarker": "mood"}, "mood of the endpoint viral_infection must be among the features"),
        ({"claims": ["mood"]}, "mood of the endpoint viral_infection must be among the features"),
        ({"excludes": "relapse"}, "of the keys name, words, plural"),
    ],
)
def test_rules(tmp_path: Path, change: dict[str, object], rule: str) -> None:
    """Each broken rule has its sentence, through the file."""
    (tmp_path / "p.json").write_text(json.dumps({"endpoints": [VIRAL | change]}))
    with pytest.raises(InputError, match=rule):
        read_protocol(tmp_path / "p.json")


@pytest.mark.parametrize("content", ["relapse", ["death"], [3], [], [{"name": "death"}]])
def test_what_is_no_list_of_endpoints_is_refused(tmp_path: Path, content: object) -> None:
    """A word, a name that is no standard endpoint, a number, nothing, an object without events."""
    (tmp_path / "p.json").write_text(json.dumps({"endpoints": content}))
    with pytest.raises(InputError, match=r"The protocol breaks a rule: .*endpoint"):
        read_protocol(tmp_path / "p.json")


def test_standard_endpoints_go_with_any_features(tmp_path: Path) -> None:
    """A protocol of two features keeps the standard endpoints, whose claims name others."""
    (tmp_path / "p.json").write_text(
        json.dumps({"features": ["plt", "anc"], "core_panel": ["plt"]})
    )
    assert read_protocol(tmp_path / "p.json").endpoints == Protocol().endpoints
