"""Analysis protocol (protocol.json): choices fixed before outcomes are looked at, with a hash."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

from features.errors import InputError
from features.schema import CORE, MODEL_FEATURES
from models.endpoints import ENDPOINTS, HORIZONS, LANDMARK, PRIMARY_HORIZON
from training.cohort.at_risk import TRANSPLANT_RULES

# What the source study saw: S100A8/A9 up in leukocytes of patients who relapsed, monocytes lost
# in those who died of infection (Clin Cancer Res 2023;29:1484). Directions are left to the data.
BIOMARKERS = {"relapse": "s100a8a9_leukocyte", "fatal_infection": "monocyte_fraction"}
KINDS = {int: "whole numbers", float: "decimal numbers", str: "words"}
CANDIDATES = ("prevalence", "biomarker", "core_panel", "lightgbm")
STANDARD = "standard"
STANDARD_LISTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"features": MODEL_FEATURES, "core_panel": CORE}
)


@dataclass(frozen=True)
class Protocol:
    """Every choice of a fit that somebody could otherwise make after seeing the result.

    Days are days; `thresholds` are the risks at which the decision curve is read and instability
    of a decision counted; `anticipated_auc` is what the sample size is computed for.
    """

    landmark: int = LANDMARK
    horizons: tuple[int, ...] = HORIZONS
    primary_horizon: int = PRIMARY_HORIZON
    transplant: str = "ignored"
    features: tuple[str, ...] = MODEL_FEATURES
    core_panel: tuple[str, ...] = CORE
    biomarker: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(BIOMARKERS))
    candidates: tuple[str, ...] = CANDIDATES
    thresholds: tuple[float, ...] = (0.1, 0.2, 0.3, 0.5)
    repeats: int = 10
    folds: int = 5
    inner_folds: int = 5
    refits: int = 200
    permutations: int = 200
    bootstraps: int = 500
    anticipated_auc: float = 0.70
    alpha: float = 0.05
    seed: int = 20231

    def as_dict(self) -> dict[str, object]:
        """Plain lists, numbers and strings, as they stand in protocol.json."""
        plain = asdict(replace(self, biomarker=dict(self.biomarker)))
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
    a protocol adds an input without repeating them.
    Raises InputError when there is no such file, it is no JSON object, a key is unknown or a value
    breaks a rule.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"A protocol is read from a JSON file; there is none at {path}.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        content = None
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
    return check_protocol(replace(Protocol(), **values))


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
        if isinstance(default, tuple):
            kind = type(default[0])
            holds = isinstance(value, tuple) and all(type(item) is kind for item in value)
            yield holds and len(value) > 0, f"{name} is a list of {KINDS[kind]}"
        elif isinstance(default, Mapping):
            holds = isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values())
            yield holds, f"{name} names one feature for {' and '.join(default)}"
        else:
            yield type(value) is type(default), f"{name} must be a {KINDS[type(default)][:-1]}"


def _horizon_rules(p: Protocol) -> Rules:
    yield all(h > 0 for h in p.horizons), "horizons are days above 0"
    yield tuple(sorted(set(p.horizons))) == p.horizons, "horizons must rise"
    yield p.primary_horizon in p.horizons, "primary_horizon must be one of the horizons"


def _other_rules(p: Protocol) -> Rules:
    strangers = [n for n in (*p.core_panel, *p.biomarker.values()) if n not in p.features]
    rules = ", ".join(TRANSPLANT_RULES)
    yield p.transplant in TRANSPLANT_RULES, f"transplant must be one of {rules}"
    yield not strangers, f"{', '.join(strangers[:2])} must be among the features"
    yield set(p.biomarker) <= set(ENDPOINTS), f"biomarker maps {' and '.join(ENDPOINTS)}"
    yield set(p.candidates) <= set(CANDIDATES), f"candidates are {', '.join(CANDIDATES)}"
    yield all(0 < t < 1 for t in p.thresholds), "thresholds are risks between 0 and 1"
    yield min(p.folds, p.inner_folds) >= 2, "folds and inner_folds must be at least 2"
    yield min(p.repeats, p.bootstraps, p.refits) >= 1, "repeats, bootstraps, refits are at least 1"
    yield p.permutations >= 20, "permutations must be at least 20, or p cannot reach 0.05"
    yield 0.5 < p.anticipated_auc < 1, "anticipated_auc lies between 0.5 and 1"
    yield 0 < p.alpha <= 0.05, "alpha is above 0 and at most 0.05"
