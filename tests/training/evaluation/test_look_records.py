"""Looks as JSON: what is written comes back; a damaged record stops the fit."""

import json

import pytest

from features.errors import InputError
from training.evaluation.look_records import look_record, looks_from_text, looks_text
from training.evaluation.looks import Look, next_look, patient_hashes


def _looks() -> list[Look]:
    looks: list[Look] = []
    for k, declared in ((2, 1), (3, None), (4, 5)):
        patients = patient_hashes((f"P{i}" for i in range(k)), b"key")
        looks.append(next_look(looks, "relapse", f"fit {k}", patients=patients, declared=declared))
    return looks


def test_records_come_back() -> None:
    """Equal looks after a round trip, and the next look is the same."""
    looks = _looks()
    assert looks_from_text(looks_text(looks)) == looks
    assert looks_from_text("[]") == []


def test_records_hold_no_identifier() -> None:
    """Patients appear as sorted pseudonyms only."""
    record = look_record(_looks()[0])
    assert record["patients"] == sorted(patient_hashes(["P0", "P1"], b"key"))
    assert "P0" not in looks_text(_looks())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("patients", "abc"),
        ("patients", [1]),
        ("declared", "one"),
        ("number", True),
        ("number", 0),
        ("alpha", 0.5),
        ("alpha", -0.01),
        ("fit", None),
        ("more", 1),
    ],
)
def test_a_damaged_record_stops_the_fit(key: str, value: object) -> None:
    """Values of another kind or beyond their range, and keys that no look has."""
    record = {**look_record(_looks()[0]), key: value}
    with pytest.raises(InputError, match="cannot be counted"):
        looks_from_text(json.dumps([record]))


@pytest.mark.parametrize("text", ["{", "", "{}", '{"a": 1}', "[1]"])
def test_no_list_of_looks(text: str) -> None:
    """The message names the file and the way out."""
    with pytest.raises(InputError, match=r"fits\.json is not: restore it from a backup"):
        looks_from_text(text, "fits.json")
