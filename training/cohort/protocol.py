"""Analysis protocol (protocol.json): choices fixed before outcomes are looked at, with a hash."""

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

from features.errors import InputError
from features.schema import CORE, MODEL_FEATURES
from models.endpoints import (
    ENDPOINTS,
    HORIZONS,
    LANDMARK,
    LATER_LANDMARKS,
    PRIMARY_HORIZON,
    Endpoint,
)
from training.cohort.at_risk import TRANSPLANT_RULES
from training.cohort.endpoint_declaration import (
    check_endpoints,
    endpoint_document,
    endpoints_from,
)

MOST_DAYS = 36_525  # a century
MOST_DRAWS = 100_000  # of what is repeated: beyond, memory and time run out first
LEAST_ALPHA = 0.001  # a p below a level takes at least 1 / level permutations
MOST_SEED = 2**31 - 1  # the largest that every library takes
KINDS = {int: "whole numbers", float: "decimal numbers", str: "words"}
MODELS = ("choose", "ridge", "lightgbm")
COMPARATORS = ("car_hematotox", "easix", "m_easix", "absolute_monocyte_count", "mrd")
TEXTS = ("date", "ethics", "funding", "registration", "data_sharing", "patient_involvement")
STANDARD = "standard"
STANDARD_LISTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"features": MODEL_FEATURES, "core_panel": CORE}
)


@dataclass(frozen=True)
class Protocol:
    """Every choice of a fit that somebody could otherwise make after seeing the result.

    Days are days. The model is judged at `landmark` and `primary_horizon` and learns from the
    visits at `later_landmarks` too. `model` is "choose" (the ridge, unless LightGBM is clearly
    better), "ridge" or "lightgbm". `comparators` are those that the model must not be clearly worse
    than; `thresholds` the risks at which the decision curve is read and instability of a decision
    counted; `anticipated_auc` is what the sample size is computed for. `looks` is how often this
    cohort will be fitted, None when that was not decided. The texts are what TRIPOD+AI asks for.
    """

    landmark: int = LANDMARK
    later_landmarks: tuple[int, ...] = LATER_LANDMARKS
    horizons: tuple[int, ...] = HORIZONS
    primary_horizon: int = PRIMARY_HORIZON
    transplant: str = "ignored"
    endpoints: tuple[Endpoint, ...] = tuple(ENDPOINTS.values())
    features: tuple[str, ...] = MODEL_FEATURES
    core_panel: tuple[str, ...] = CORE
    model: str = "choose"
    comparators: tuple[str, ...] = COMPARATORS
    thresholds: tuple[float, ...] = (0.1, 0.2, 0.3, 0.5)
    repeats: int = 10
    folds: int = 5
    refits: int = 200
    permutations: int = 1999
    bootstraps: int = 500
    anticipated_auc: float = 0.70
    alpha: float = 0.05
    looks: int | None = None
    seed: int = 20231
    date: str = ""
    ethics: str = ""
    funding: str = ""
    registration: str = ""
    data_sharing: str = ""
    patient_involvement: str = ""

    def endpoint(self, name: str) -> Endpoint:
        """The declared endpoint of this name; InputError names those that there are."""
        for endpoint in self.endpoints:
            if endpoint.name == name:
                return endpoint
        names = ", ".join(endpoint.name for endpoint in self.endpoints)
        raise InputError(f"The protocol's endpoints are {names}; got {name!r}.")

    def as_dict(self) -> dict[str, object]:
        """Plain lists, numbers and strings, as they stand in protocol.json."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        plain["endpoints"] = [endpoint_document(endpoint) for endpoint in self.endpoints]
        return {k: list(v) if isinstance(v, tuple) else v for k, v in plain.items()}

    @property
    def sha256(self) -> str:
        """Hash of the content, whatever the file's layout.

        >>> Protocol().sha256 == Protocol(seed=1).sha256
        False
        """
        text = json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def read_protocol(path: Path | str) -> Protocol:
    """Read protocol.json; what it leaves out keeps its default.

    In `features` and `core_panel` the word "standard" stands for all names of the default, so that
    a protocol adds an input without repeating them. With another landmark the later ones are those
    of the default that follow it.
    Raises InputError when there is no such file, it is no JSON object, a key is unknown or a value
    breaks a rule.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"A protocol is read from a JSON file; there is none at {path}.")
    content = _json_content(path)
    if not isinstance(content, dict):
        raise InputError(f"{path.name} must hold one JSON object; it does not.")
    keys = {f.name for f in fields(Protocol)}
    unknown = sorted(set(content) - keys)
    if unknown:
        raise InputError(
            f"{path.name} has the unknown key {unknown[0]!r}; allowed are "
            f"{', '.join(sorted(keys))}."
        )
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items()}
    for key, standard in STANDARD_LISTS.items():
        if key in values:
            values[key] = _with_standard(values[key], standard)
    landmark = values.get("landmark")
    if type(landmark) is int and "later_landmarks" not in values:
        values["later_landmarks"] = tuple(day for day in LATER_LANDMARKS if day > landmark)
    if "endpoints" in values:
        values["endpoints"] = endpoints_from(values["endpoints"])
    return check_protocol(replace(Protocol(), **values))


def _json_content(path: Path) -> object:
    """The file's content; None where it is no JSON, nested too deep or with too long a number."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_one_a_key)
    except InputError:
        raise
    except (ValueError, RecursionError):  # a JSONDecodeError is a ValueError
        return None


def _one_a_key(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object; one with a key twice is refused, since either value could be meant."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"A protocol has each key once, but {twice!r} comes twice; delete one.")
    return content


def _with_standard(names: object, standard: tuple[str, ...]) -> object:
    """The list with the default's names in place of "standard"; anything else as it is."""
    if not isinstance(names, tuple) or STANDARD not in names:
        return names
    lists = (standard if name == STANDARD else (name,) for name in names)
    return tuple(dict.fromkeys(chain.from_iterable(lists)))


def check_protocol(protocol: Protocol) -> Protocol:
    """Return the protocol if it keeps the rules; raise InputError naming the first it breaks."""
    for holds, rule in chain(_kinds(protocol), _horizon_rules(protocol), _other_rules(protocol)):
        if not holds:
            raise InputError(f"The protocol breaks a rule: {rule}.")
    return protocol


Rules = Iterator[tuple[bool, str]]


def _kinds(protocol: Protocol) -> Rules:
    """Each value is of its default's kind; checked first, so that the other rules may compute."""
    for name, default in vars(Protocol()).items():
        value = getattr(protocol, name)
        if name == "looks":
            holds = value is None or (type(value) is int and value >= 1)
            yield holds, "looks is a whole number from 1, or null when not declared"
        elif name in ("endpoints", "later_landmarks", "comparators"):
            kind = Endpoint if name == "endpoints" else type(default[0])
            holds = isinstance(value, tuple) and all(type(item) is kind for item in value)
            yield holds, f"{name} is a list of {KINDS.get(kind, 'endpoints')}"
        elif isinstance(default, tuple):
            kind = type(default[0])
            holds = isinstance(value, tuple) and all(type(item) is kind for item in value)
            yield holds and len(value) > 0, f"{name} is a list of {KINDS[kind]}"
        else:
            yield type(value) is type(default), f"{name} must be a {KINDS[type(default)][:-1]}"


def _horizon_rules(p: Protocol) -> Rules:
    of_endpoints = (day for endpoint in p.endpoints for day in endpoint.landmarks)
    days = (p.landmark, *p.later_landmarks, *p.horizons, *of_endpoints)
    yield all(h > 0 for h in p.horizons), "horizons are days above 0"
    yield p.landmark >= 1, "landmark is a day after the infusion, from 1 on"
    yield max(days) <= MOST_DAYS, f"landmarks and horizons are at most {MOST_DAYS} days"
    yield tuple(sorted(set(p.horizons))) == p.horizons, "horizons must rise"
    yield p.primary_horizon in p.horizons, "primary_horizon must be one of the horizons"


def _other_rules(p: Protocol) -> Rules:
    strangers = [name for name in p.core_panel if name not in p.features]
    rules = ", ".join(TRANSPLANT_RULES)
    later = p.later_landmarks
    yield p.transplant in TRANSPLANT_RULES, f"transplant must be one of {rules}"
    yield not strangers, f"{', '.join(strangers[:2])} must be among the features"
    yield (
        tuple(sorted({*later, p.landmark})) == (p.landmark, *later),
        "later_landmarks are rising days after the landmark",
    )
    yield p.model in MODELS, f"model is one of {', '.join(MODELS)}"
    yield set(p.comparators) <= set(COMPARATORS), f"comparators are of {', '.join(COMPARATORS)}"
    yield all(0 < t < 1 for t in p.thresholds), "thresholds are risks between 0 and 1"
    yield p.folds >= 2, "folds must be at least 2"
    yield min(p.repeats, p.bootstraps, p.refits) >= 1, "repeats, bootstraps, refits are at least 1"
    draws = ("repeats", "folds", "refits", "permutations", "bootstraps")
    yield (
        max(getattr(p, name) for name in draws) <= MOST_DRAWS,
        f"{', '.join(draws)} are at most {MOST_DRAWS}",
    )
    yield 0 <= p.seed <= MOST_SEED, f"seed is a whole number from 0 to {MOST_SEED}"
    for name in ("features", "core_panel", "comparators", "thresholds"):
        items = getattr(p, name)
        yield len(set(items)) == len(items), f"each of the {name} is named once"
    yield p.permutations >= 20, "permutations must be at least 20, or p cannot reach 0.05"
    yield 0.5 < p.anticipated_auc < 1, "anticipated_auc lies between 0.5 and 1"
    yield LEAST_ALPHA <= p.alpha <= 0.05, f"alpha is at least {LEAST_ALPHA} and at most 0.05"
    for name in TEXTS:
        yield _is_writable(getattr(p, name)), f"{name} is a text without control characters"
    yield from check_endpoints(p.endpoints, p.features)


def _is_writable(text: str) -> bool:
    """Whether a text can be written to a file as UTF-8: no control character, no half of a pair."""
    return not any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\r\t" for c in text)
