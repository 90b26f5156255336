"""Kinds of a manifest's entries, checked before anything rests on what a folder says."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain, pairwise
from pathlib import Path

from features.errors import InputError
from models.manifest import ONSET_EVENT, Manifest

ENDPOINT_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
LONGEST_WORDS = 100  # declared words have at most 80 characters, and an s in the plural

Rules = Iterator[tuple[bool, str]]


def check_kinds(manifest: Manifest, path: Path) -> None:
    """Raise InputError with the first rule that the manifest, read from `path`, breaks."""
    for holds, rule in chain(_rules(manifest), _list_rules(manifest)):
        if not holds:
            raise InputError(
                f"A model's manifest keeps the rule: {rule}; {path} breaks it: export the model "
                "again."
            )


def _rules(manifest: Manifest) -> Rules:
    entries: Mapping[str, object] = manifest
    words = entries["endpoint_words"]
    yield (
        _matches(ENDPOINT_NAME, entries["endpoint"]),
        "endpoint is 2 to 40 small letters, digits and _",
    )
    yield (
        isinstance(words, dict) and all(_is_line(words.get(k)) for k in ("singular", "plural")),
        "endpoint_words has singular and plural, each one line",
    )
    version = entries.get("version", "")  # an export adds it
    yield version == "" or _matches(VERSION, version), "version is letters, digits and ._-"
    yield _is_line(entries["joint_fit"]), "joint_fit identifies the fit"
    yield entries["provenance"] in ("real", "synthetic"), "provenance is real or synthetic"
    yield _is_line(entries["state"]), "state is a word"
    landmark = entries["landmark"]
    yield type(landmark) is int and landmark >= 1, "landmark is a day from 1 on"
    for key in ("gate", "training"):
        yield isinstance(entries[key], dict), f"{key} is an object"
    for key in ("declaration", "cohort", "promotion"):
        yield isinstance(entries.get(key, {}), dict), f"{key} is an object"


def _list_rules(manifest: Manifest) -> Rules:
    horizons = manifest["horizons"]
    yield (
        isinstance(horizons, list) and all(type(day) is int and day >= 1 for day in horizons),
        "horizons is a list of whole days",
    )
    yield bool(horizons) and all(a < b for a, b in pairwise(horizons)), "horizons rise"
    for key in ("features", "events", "endpoint_events"):
        names = manifest[key]
        is_list = isinstance(names, list) and all(isinstance(name, str) for name in names)
        yield is_list, f"{key} is a list of names"
        yield 0 < len(names) == len(set(names)), f"{key} names each once, and one at least"
    events, of_endpoint = manifest["events"], manifest["endpoint_events"]
    yield set(of_endpoint) <= set(events), "endpoint_events are among the events"
    yield ONSET_EVENT not in events[:-1], f"{ONSET_EVENT} is the last event"


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_line(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_WORDS and value.isprintable()
