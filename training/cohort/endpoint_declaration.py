"""Declaration of endpoints in protocol.json: name, words, events, onset, biomarker.

What competes is not declared: it is every event that is no part of the endpoint.
"""

import re
from collections.abc import Iterator, Sequence

from features.errors import InputError
from models.endpoints import ENDPOINTS, EVENT_CODES, Endpoint, Onset
from models.manifest import EndpointDeclaration

KEYS = (
    "name", "words", "plural", "events", "onset", "excludes_earlier", "landmarks", "biomarker",
    "claims",
)  # fmt: skip
ONSET_KEYS = ("table", "min_grade", "group")
GROUPS = ("bacterial", "viral", "fungal")
NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")


def endpoint_document(endpoint: Endpoint) -> EndpointDeclaration:
    """The endpoint as an object of protocol.json; `endpoints_from` reads it back.

    >>> endpoint_document(ENDPOINTS["severe_infection"])["onset"]
    {'table': 'infections', 'min_grade': 3, 'group': None}
    """
    onset = endpoint.onset
    return {
        "name": endpoint.name,
        "words": endpoint.words,
        "plural": endpoint.plural,
        "events": list(endpoint.events),
        "onset": (
            {"table": "infections", "min_grade": onset.min_grade, "group": onset.group}
            if onset
            else None
        ),
        "excludes_earlier": endpoint.excludes_earlier,
        "landmarks": list(endpoint.landmarks),
        "biomarker": endpoint.biomarker,
        "claims": list(endpoint.claims),
    }


def endpoints_from(content: object) -> tuple[Endpoint, ...]:
    """Endpoints of protocol.json: standard ones by name, others as objects.

    >>> [endpoint.words for endpoint in endpoints_from(("relapse",))]
    ['relapse']
    """
    if not isinstance(content, tuple) or not content:
        raise InputError(
            "The protocol breaks a rule: endpoints is a list of names of standard endpoints "
            f"({', '.join(ENDPOINTS)}) and of objects with the keys {', '.join(KEYS)}."
        )
    return tuple(_endpoint(item) for item in content)


def _endpoint(item: object) -> Endpoint:
    if isinstance(item, str):
        if item not in ENDPOINTS:
            raise InputError(
                f"The protocol breaks a rule: the standard endpoints are {', '.join(ENDPOINTS)}; "
                f"{item!r} is declared as an object with the keys {', '.join(KEYS)}."
            )
        return ENDPOINTS[item]
    if not isinstance(item, dict) or not {"name", "events"} <= set(item) <= set(KEYS):
        raise InputError(
            "The protocol breaks a rule: an endpoint is an object with name and events, and of "
            f"the keys {', '.join(KEYS)}."
        )
    name = _text(item["name"], "name")
    words = _text(item.get("words", name.replace("_", " ")), "words")
    biomarker = item.get("biomarker")
    return Endpoint(
        name=name,
        words=words,
        plural=_text(item["plural"], "plural") if "plural" in item else f"{words}s",
        events=_texts(item["events"], "events"),
        onset=_onset(item.get("onset")),
        excludes_earlier=_flag(item.get("excludes_earlier", False)),
        landmarks=_days(item.get("landmarks", [])),
        biomarker=None if biomarker is None else _text(biomarker, "biomarker"),
        claims=_texts(item.get("claims", []), "claims"),
    )


def _onset(content: object) -> Onset | None:
    if content is None:
        return None
    if not isinstance(content, dict) or not set(content) <= set(ONSET_KEYS):
        raise InputError(
            f"The protocol breaks a rule: onset is an object of the keys {', '.join(ONSET_KEYS)}."
        )
    grade, group = content.get("min_grade", 3), content.get("group")
    if content.get("table", "infections") != "infections" or type(grade) is not int:
        raise InputError(
            "The protocol breaks a rule: an onset is counted from the table infections, from a "
            "whole-numbered min_grade on."
        )
    return Onset(grade, None if group is None else _text(group, "group"))


def check_endpoints(
    endpoints: Sequence[Endpoint], features: Sequence[str]
) -> Iterator[tuple[bool, str]]:
    """Rules that declared endpoints keep, each with whether it holds."""
    names = [endpoint.name for endpoint in endpoints]
    yield len(set(names)) == len(names) > 0, "each endpoint is declared once, and one at least"
    for endpoint in endpoints:
        of = f"of the endpoint {endpoint.name}"
        yield (
            NAME.fullmatch(endpoint.name) is not None,
            "an endpoint's name is 2 to 40 small letters, digits and _, a letter first",
        )
        yield from _event_rules(endpoint, of)
        absent = _absent_columns(endpoint, features)
        yield not absent, f"{', '.join(absent[:2])} {of} must be among the features"
        rising = tuple(sorted(set(endpoint.landmarks)))
        yield rising == endpoint.landmarks, f"the landmarks {of} are rising days"
        if endpoint.onset:
            yield from _onset_rules(endpoint.onset, of)


def _event_rules(endpoint: Endpoint, of: str) -> Iterator[tuple[bool, str]]:
    events = endpoint.events
    standard = ENDPOINTS.get(endpoint.name, endpoint)
    yield (
        set(standard.events) == set(events)
        and (standard.onset is None) == (endpoint.onset is None),
        f"the events {of}, a standard one, are its own: declare others under another name",
    )
    yield (
        set(events) <= set(EVENT_CODES) - {"transplant"},
        f"the events {of} are of relapse, fatal_infection, other_death",
    )
    yield len(set(events)) == len(events), f"each of the events {of} is named once"
    yield bool(events or endpoint.onset), f"events {of} or its onset are named"
    yield (
        bool(endpoint.onset) or not endpoint.excludes_earlier,
        f"excludes_earlier {of} needs an onset: earlier infections are those of its kind",
    )


def _absent_columns(endpoint: Endpoint, features: Sequence[str]) -> list[str]:
    """Columns that the endpoint names and that are no features.

    Standard endpoints go with any list of features: what is not among them is passed over.
    """
    if ENDPOINTS.get(endpoint.name) == endpoint:
        return []
    biomarker = (endpoint.biomarker,) if endpoint.biomarker else ()
    return [name for name in (*endpoint.claims, *biomarker) if name not in features]


def _onset_rules(onset: Onset, of: str) -> Iterator[tuple[bool, str]]:
    yield 1 <= onset.min_grade <= 5, f"min_grade {of} is a grade from 1 to 5"
    groups = ", ".join(GROUPS)
    yield onset.group in (None, *GROUPS), f"the group {of} is one of {groups}, or none"


def _text(value: object, key: str) -> str:
    """The value, a text that fits into a sentence: pages, cards and file names show it."""
    is_text = isinstance(value, str) and 1 <= len(value) <= 80 and value.isprintable()
    if not isinstance(value, str) or not is_text or value != value.strip():
        raise InputError(
            f"The protocol breaks a rule: {key} of an endpoint is a text of 1 to 80 characters on "
            "one line, without spaces at its ends."
        )
    return value


def _texts(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise InputError(f"The protocol breaks a rule: {key} of an endpoint is a list of names.")
    return tuple(_text(item, key) for item in value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise InputError(
            "The protocol breaks a rule: excludes_earlier of an endpoint is true or false."
        )
    return value


def _days(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(day) is int and day >= 1 for day in value):
        raise InputError(
            "The protocol breaks a rule: landmarks of an endpoint is a list of whole days from 1."
        )
    return tuple(value)
