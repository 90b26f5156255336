"""Covariates that a group declares for itself (covariates.toml), and where they travel.

Such a column has no line in `features.schema`. Its declaration comes from the file, goes into the
metadata of the feature table and, if a model uses the column, into the model's manifest, so that
whoever reads a table or a model needs no file. Functions take the declarations as an argument:
nothing is registered.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from features.covariate_rules import FLAG_UNIT, faults
from features.errors import InputError
from features.schema import ALL_FEATURES, Category, Feature

FILE_NAME = "covariates.toml"

Covariate = Feature | Category
Covariates = tuple[Covariate, ...]


class CovariateDocument(TypedDict):
    """A declaration as JSON; the keys are those of covariates.toml."""

    name: str
    kind: str
    label: str
    meaning: str
    unit: NotRequired[str]
    low: NotRequired[float]
    high: NotRequired[float]
    healthy: NotRequired[list[float]]
    values: NotRequired[list[str]]


def read_covariates(path: Path | str) -> Covariates:
    """The columns that a file declares, in its order.

    Raises `InputError` for a file that cannot be read or is no TOML, and with every rule that its
    declarations break, one line each.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(
            f"Covariates are declared in a TOML file, but {path} cannot be read "
            f"({error.strerror}); check its path."
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = "no UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise InputError(
            f"Covariates are declared in a TOML file, but {path.name} is none ({reason}); correct "
            "it there."
        ) from None
    if not content:
        raise InputError(
            f"{path.name} must declare at least one column, but it declares none; add a table "
            "such as [adv_load], or remove the file."
        )
    return _covariates_of(content.items(), path.name)


def covariates_of(documents: object, source: str) -> Covariates:
    """Declarations from JSON: the metadata of a feature table, or a model's manifest.

    Raises `InputError`, which names the source, for anything that is no list of declarations and
    with every rule that they break.
    """
    is_list = isinstance(documents, list) and all(isinstance(entry, dict) for entry in documents)
    if not isinstance(documents, list) or not is_list:
        raise InputError(
            f"The covariates of {source} must be a list of declarations, but they are not; make "
            "it again."
        )
    names = [str(entry.get("name")) for entry in documents]
    if len(set(names)) < len(names):
        raise InputError(f"{source} declares a covariate twice; make it again.")
    entries = [{k: v for k, v in entry.items() if k != "name"} for entry in documents]
    return _covariates_of(zip(names, entries, strict=True), source)


def _covariates_of(entries: Iterable[tuple[str, Any]], source: str) -> Covariates:
    entry_list = list(entries)
    problems = [fault for name, entry in entry_list for fault in faults(name, entry)]
    if problems:
        raise InputError("\n".join(f"{source}: {fault}" for fault in problems))
    return tuple(_covariate(name, entry) for name, entry in entry_list)


def _covariate(name: str, entry: Mapping[str, Any]) -> Covariate:
    label, meaning = entry["label"], entry["meaning"]
    if entry["kind"] == "category":
        return Category(name, meaning, tuple(entry["values"]), label)
    if entry["kind"] == "flag":
        return Feature(name, label, meaning, FLAG_UNIT, 0.0, 1.0, "covariate")
    ends = [float(end) for end in entry.get("healthy", ())]
    return Feature(
        name, label, meaning, entry["unit"], float(entry["low"]), float(entry["high"]),
        "covariate", healthy=(ends[0], ends[1]) if ends else None,
    )  # fmt: skip


def kind(covariate: Covariate) -> str:
    """The kind of a declaration: number, flag or category."""
    if isinstance(covariate, Category):
        return "category"
    return "flag" if covariate.unit == FLAG_UNIT else "number"


def document(covariate: Covariate) -> CovariateDocument:
    """A declaration as JSON; `covariates_of` reads it back."""
    head: CovariateDocument = {
        "name": covariate.name,
        "kind": kind(covariate),
        "label": covariate.label,
        "meaning": covariate.meaning,
    }
    if isinstance(covariate, Category):
        return {**head, "values": list(covariate.allowed_values)}
    if kind(covariate) == "flag":
        return head
    healthy: Any = {"healthy": list(covariate.healthy)} if covariate.healthy else {}
    limits: Any = {"unit": covariate.unit, "low": covariate.low, "high": covariate.high}
    return {**head, **limits, **healthy}


def number_covariates(covariates: Iterable[Covariate]) -> tuple[Feature, ...]:
    """The declared numbers and flags, which a model may use."""
    return tuple(covariate for covariate in covariates if isinstance(covariate, Feature))


def text_covariates(covariates: Iterable[Covariate]) -> tuple[Category, ...]:
    """The declared categories, which no model uses."""
    return tuple(covariate for covariate in covariates if isinstance(covariate, Category))


def features_with(covariates: Iterable[Covariate]) -> Mapping[str, Feature]:
    """Every number by name: the schema's features, then the declared ones.

    >>> features_with(())["plt"].unit
    '10^9/L'
    """
    return {**ALL_FEATURES, **{f.name: f for f in number_covariates(covariates)}}


def require_same_quantities(
    covariates: Sequence[Covariate],
    others: Sequence[Covariate],
    *,
    source: str,
    other_source: str,
) -> None:
    """Raise `InputError` when a name is declared as two quantities: another kind, unit or values.

    Ranges and wording may differ: they bound typing errors and help readers, but a value means the
    same.
    """
    by_name = {covariate.name: covariate for covariate in others}
    for one in covariates:
        other = by_name.get(one.name)
        if other is not None and _quantity(one) != _quantity(other):
            raise InputError(
                f"A declared column is one quantity everywhere, but {one.name} is "
                f"{_quantity_text(one)} in {source} and {_quantity_text(other)} in {other_source}; "
                "give one of them another name."
            )


def _quantity(covariate: Covariate) -> tuple[str, ...]:
    if isinstance(covariate, Category):
        return ("category", *sorted(covariate.allowed_values))
    return (kind(covariate), covariate.unit)


def _quantity_text(covariate: Covariate) -> str:
    if isinstance(covariate, Category):
        return f"a category ({', '.join(covariate.allowed_values)})"
    return "a flag" if kind(covariate) == "flag" else f"a number in {covariate.unit}"
