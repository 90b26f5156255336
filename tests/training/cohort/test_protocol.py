"""The protocol file: hashed by content, refused when it breaks a rule."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from features.errors import InputError
from features.schema import CORE, MODEL_FEATURES
from models.endpoints import ENDPOINTS
from training.cohort.endpoint_declaration import KEYS, ONSET_KEYS
from training.cohort.protocol import Protocol, check_protocol, read_protocol


def test_reading_gives_back_what_was_written(tmp_path: Path) -> None:
    """Content and hash survive the file; the layout does not matter."""
    protocol = Protocol(landmark=60, later_landmarks=(90,), thresholds=(0.2, 0.4))
    content = protocol.as_dict()
    (tmp_path / "protocol.json").write_text(json.dumps(content, indent=2))
    again = read_protocol(tmp_path / "protocol.json")
    assert again.sha256 == protocol.sha256
    (tmp_path / "other.json").write_text(json.dumps(dict(reversed(content.items()))))
    assert read_protocol(tmp_path / "other.json").sha256 == protocol.sha256


def test_every_choice_changes_the_hash() -> None:
    """A fit under any other choice is another fit."""
    changes = [
        {"landmark": 60}, {"primary_horizon": 90}, {"transplant": "competing"}, {"seed": 1},
        {"core_panel": ("monocyte_fraction",)}, {"endpoints": (ENDPOINTS["relapse"],)},
        {"endpoints": (replace(ENDPOINTS["relapse"], biomarker="monocyte_fraction"),)},
        {"thresholds": (0.3,)}, {"permutations": 100}, {"model": "ridge"}, {"looks": 1},
        {"later_landmarks": ()}, {"comparators": ()}, {"date": "2026-01-31"}, {"ethics": "no. 7"},
    ]  # fmt: skip
    hashes = {Protocol(**change).sha256 for change in changes}  # type: ignore[arg-type]
    assert len(hashes | {Protocol().sha256}) == len(changes) + 1


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"primary_horizon": 100}, "primary_horizon must be one of the horizons"),
        ({"horizons": (180, 90)}, "horizons must rise"),
        ({"horizons": ("x", 180)}, "horizons is a list of whole numbers"),
        ({"transplant": "maybe"}, "transplant must be one of ignored"),
        ({"core_panel": ("mood",)}, "mood must be among the features"),
        ({"model": "magic"}, "model is one of choose, ridge, lightgbm"),
        ({"comparators": ("magic",)}, "comparators are of car_hematotox"),
        ({"later_landmarks": (60, 60)}, "later_landmarks are rising days after the landmark"),
        ({"later_landmarks": (14, 60)}, "later_landmarks are rising days after the landmark"),
        ({"endpoints": ()}, "each endpoint is declared once, and one at least"),
        ({"endpoints": (ENDPOINTS["relapse"],) * 2}, "each endpoint is declared once"),
        ({"endpoints": ("relapse",)}, "endpoints is a list"),
        ({"looks": 0}, "looks is a whole number from 1, or null"),
        ({"looks": True}, "looks is a whole number from 1, or null"),
        ({"thresholds": (1.0,)}, "thresholds are risks between 0 and 1"),
        ({"folds": 1}, "folds must be at least 2"),
        ({"repeats": 2.5}, "repeats must be a whole number"),
        ({"refits": 0}, "refits are at least 1"),
        ({"features": "nk_fraction"}, "features is a list of words"),
        ({"ethics": None}, "ethics must be a word"),
        ({"ethics": "\ud800"}, "ethics is a text without control characters"),
        ({"date": "2026\x1b[2J"}, "date is a text without control characters"),
        ({"later_landmarks": (60.0,)}, "later_landmarks is a list of whole numbers"),
        ({"comparators": (1,)}, "comparators is a list of words"),
        ({"comparators": ("mrd", "mrd")}, "each of the comparators is named once"),
        ({"features": (*MODEL_FEATURES, MODEL_FEATURES[0])}, "each of the features is named once"),
        ({"landmark": 0}, "landmark is a day after the infusion, from 1 on"),
        ({"later_landmarks": (10**20,)}, "landmarks and horizons are at most 36525 days"),
        ({"horizons": (180, 10**20)}, "landmarks and horizons are at most 36525 days"),
        ({"endpoints": (replace(ENDPOINTS["relapse"], landmarks=(10**20,)),)}, "at most 36525"),
        ({"seed": -1}, "seed is a whole number from 0"),
        ({"seed": 2**31}, "seed is a whole number from 0"),
        ({"refits": 10**12}, "bootstraps are at most 100000"),
        ({"permutations": 5}, "permutations must be at least 20"),
        ({"alpha": 0.5}, "at most 0.05"),
        ({"alpha": 1e-320}, "alpha is at least 0.001"),
        ({"anticipated_auc": 0.4}, "anticipated_auc lies between"),
    ],
)
def test_rules(change: dict[str, object], rule: str) -> None:
    """Each broken rule has its sentence."""
    with pytest.raises(InputError, match=rule):
        check_protocol(Protocol(**change))  # type: ignore[arg-type]


def test_another_landmark_keeps_the_later_ones_that_follow_it(tmp_path: Path) -> None:
    """A file that names the landmark alone is not refused for the default's day 60."""
    for landmark, later in ((60, (90, 120, 150, 180)), (180, ()), (14, (60, 90, 120, 150, 180))):
        (tmp_path / "p.json").write_text(json.dumps({"landmark": landmark}))
        assert read_protocol(tmp_path / "p.json").later_landmarks == later
    (tmp_path / "p.json").write_text(json.dumps({"landmark": "28"}))
    with pytest.raises(InputError, match="landmark must be a whole number"):
        read_protocol(tmp_path / "p.json")


def test_an_endpoint_is_asked_for_by_name() -> None:
    """One that the protocol lacks is refused with those that there are."""
    protocol = Protocol(endpoints=(ENDPOINTS["severe_infection"],))
    assert protocol.endpoint("severe_infection") is ENDPOINTS["severe_infection"]
    with pytest.raises(InputError, match=r"endpoints are severe_infection; got 'relapse'"):
        protocol.endpoint("relapse")


def test_every_key_is_documented() -> None:
    """docs/protocol.md has a line for each field of the protocol and each key of an endpoint."""
    text = Path("docs/protocol.md").read_text(encoding="utf-8")
    keys = {field.name for field in fields(Protocol)} | set(KEYS) | set(ONSET_KEYS)
    assert [key for key in sorted(keys) if f"\n| `{key}` |" not in text] == []
    documented = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert documented <= keys


def test_the_documented_declaration_is_read(tmp_path: Path) -> None:
    """The protocol on the page is one: its JSON is accepted as it stands."""
    text = Path("docs/protocol.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in text.split("```json\n")[1:]]
    assert blocks
    for block in blocks:
        (tmp_path / "p.json").write_text(block)
        read_protocol(tmp_path / "p.json")


def test_bad_files(tmp_path: Path) -> None:
    """No file, no JSON, a list, an unknown key, too deep, too long a number, a key twice."""
    with pytest.raises(InputError, match="there is none at"):
        read_protocol(tmp_path / "absent.json")
    for text, sentence in (("{", "one JSON object"), ("[]", "one JSON object"),
                           ('{"landmrk": 28}', "unknown key 'landmrk'"),
                           ("[" * 100_000, "one JSON object"),
                           ('{"looks": ' + "9" * 5000 + "}", "one JSON object"),
                           ('{"looks": 1, "looks": 5}', "'looks' comes twice")):  # fmt: skip
        (tmp_path / "p.json").write_text(text)
        with pytest.raises(InputError, match=sentence):
            read_protocol(tmp_path / "p.json")


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Windows editors put one before the text."""
    (tmp_path / "p.json").write_text('{"looks": 1}', encoding="utf-8-sig")
    assert read_protocol(tmp_path / "p.json").looks == 1


def test_standard_stands_for_the_default_names(tmp_path: Path) -> None:
    """An input is added without repeating the others, and the hash is that of the full lists."""
    short = {"features": ["standard", "cmv"], "core_panel": ["cmv", "standard", CORE[0]]}
    (tmp_path / "short.json").write_text(json.dumps(short))
    protocol = read_protocol(tmp_path / "short.json")
    assert protocol.features == (*MODEL_FEATURES, "cmv")
    assert protocol.core_panel == ("cmv", *CORE)
    (tmp_path / "full.json").write_text(json.dumps(protocol.as_dict()))
    assert read_protocol(tmp_path / "full.json").sha256 == protocol.sha256
