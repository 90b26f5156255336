"""Declared covariates in service: the columns that models in service use beside the schema's.

A service accepts and stores only these, because only their models say what a value means.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from features.errors import InputError
from features.schema import Feature
from features.table.row import Row, check_value
from serving.assessment.served_model import ServedModel

NOT_IN_SERVICE = "is no column that a model in service uses; leave it out or correct its name"


def covariates_in_service(models: Mapping[str, ServedModel]) -> tuple[Feature, ...]:
    """The declared inputs of all models, each once; of two ranges the wider bounds hold.

    Import has made sure that a name is one quantity in all models.
    """
    by_name: dict[str, Feature] = {}
    for served_model in models.values():
        for feature in served_model.model.covariates:
            other = by_name.setdefault(feature.name, feature)
            low, high = min(feature.low, other.low), max(feature.high, other.high)
            by_name[feature.name] = replace(other, low=low, high=high)
    return tuple(by_name.values())


def faults(
    values: Mapping[str, float | None], covariates: Iterable[Feature]
) -> Iterator[tuple[str, str]]:
    """Name and broken rule of each value that may not be stored; a rule never holds the value.

    >>> list(faults({"adv_load": 3.0}, ()))[0][1]
    'is no column that a model in service uses; leave it out or correct its name'
    """
    by_name = {feature.name: feature for feature in covariates}
    for name, value in values.items():
        feature = by_name.get(name)
        if feature is None:
            yield name, NOT_IN_SERVICE
        elif value is not None and (rule := _broken_rule(feature, value)):
            yield name, rule


def _broken_rule(feature: Feature, value: float) -> str | None:
    try:
        check_value(feature, value)
    except InputError as problem:
        return str(problem).removeprefix(f"{feature.name} ")
    return None


def without_covariates(row: Row, names: Iterable[str]) -> Row:
    """The row without some declared columns.

    >>> without_covariates({"day": 28, "adv_load": 3.0}, ["adv_load"])
    {'day': 28}
    """
    names_to_drop = set(names)
    return {name: value for name, value in row.items() if name not in names_to_drop}
