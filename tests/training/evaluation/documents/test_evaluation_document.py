"""Evaluations have the keys, the types and the order that their documents declare."""

import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import pytest

from tests.training.one_fit import QUICK, fit_one
from training.cohort.cohort import cohort_of
from training.evaluation.documents.evaluation_document import (
    EXTERNAL_ORDER,
    FIT_ORDER,
    CohortEvaluation,
    ExternalEvaluation,
    ModelEvaluation,
    as_json,
)
from training.evaluation.external_validation import evaluate_model
from training.evaluation.fit_cohort import FittedEndpoint

# A manifest may hold part of a verdict; an evaluation holds all of it.
VERDICT_KEYS = {"state", "sentences", "passed", "failed"}


def mismatches(value: object, declared: typing.Any, path: str = "") -> Iterator[str]:
    """Places at which a JSON value departs from its declared type."""
    origin, arguments = typing.get_origin(declared), typing.get_args(declared)
    if typing.is_typeddict(declared):
        hints = typing.get_type_hints(declared)
        if not isinstance(value, dict) or not declared.__required_keys__ <= set(value) <= set(
            hints
        ):
            yield f"{path}: {value!r:.80} is no {declared.__name__}"
            return
        for key, entry in value.items():
            yield from mismatches(entry, hints[key], f"{path}/{key}")
    elif origin in (typing.Union, types.UnionType):
        if all(any(True for _ in mismatches(value, kind)) for kind in arguments):
            yield f"{path}: {value!r:.80} is none of {declared}"
    elif origin is typing.Literal:
        if value not in arguments:
            yield f"{path}: {value!r:.80} is not {declared}"
    elif origin in (list, Sequence):
        for i, entry in enumerate(typing.cast(list[object], value)):
            yield from mismatches(entry, arguments[0], f"{path}[{i}]")
    elif origin in (dict, Mapping):
        for key, entry in typing.cast(dict[str, object], value).items():
            yield from mismatches(key, arguments[0], path)
            yield from mismatches(entry, arguments[1], f"{path}/{key}")
    elif not isinstance(value, (int, float) if declared is float else declared):
        yield f"{path}: {value!r:.80} is not {declared}"


@pytest.fixture(scope="module")
def fitted(cohort: Callable) -> FittedEndpoint:
    """Relapse in 80 patients of two hospitals."""
    return fit_one(cohort(80, seed=2, sites=2))


def test_a_fit_has_the_declared_sections(fitted: FittedEndpoint) -> None:
    """Every key and value of a fit with a model is as its type says, in the order of reading."""
    assert list(mismatches(fitted.evaluation, ModelEvaluation)) == []
    assert set(fitted.evaluation["verdict"]) == VERDICT_KEYS
    assert list(fitted.evaluation) == list(FIT_ORDER)


def test_a_fit_without_a_model_has_the_cohort_alone(cohort: Callable) -> None:
    """Too few events: no key of a model, and the same order."""
    protocol = replace(QUICK, horizons=(180,))
    evaluation = fit_one(
        cohort(40, seed=2, infection=0.0001), protocol, "fatal_infection"
    ).evaluation
    assert list(mismatches(evaluation, CohortEvaluation)) == []
    assert set(evaluation["verdict"]) == VERDICT_KEYS
    assert list(evaluation) == [key for key in FIT_ORDER if key in evaluation]


def test_an_external_validation_has_the_declared_sections(
    fitted: FittedEndpoint, cohort: Callable
) -> None:
    """Every key and value is as its type says; comparators are among them."""
    assert fitted.model is not None
    table, outcomes = cohort(90, seed=3)
    table["amc"], table["mrd"] = table.index / 90, None
    evaluation, _ = evaluate_model(fitted.model, cohort_of(table, outcomes), QUICK)
    assert list(mismatches(evaluation, ExternalEvaluation)) == []
    assert set(evaluation["verdict"]) == VERDICT_KEYS
    assert list(evaluation) == [key for key in EXTERNAL_ORDER if key in evaluation]
    compared = {name: entry["compared"] for name, entry in evaluation["comparators"].items()}
    assert compared == {"absolute_monocyte_count": True, "mrd": False}


@pytest.mark.parametrize(
    ("order", "declared"), [(FIT_ORDER, ModelEvaluation), (EXTERNAL_ORDER, ExternalEvaluation)]
)
def test_the_order_names_every_key(order: tuple[str, ...], declared: type) -> None:
    """A key that is added to a document gets its place, and none is written twice."""
    assert sorted(order) == sorted(typing.get_type_hints(declared))


def test_a_wrong_document_is_noticed(fitted: FittedEndpoint) -> None:
    """The comparison with the types sees a missing key, a foreign key and a wrong value."""
    good = dict(fitted.evaluation)
    for changes in ({"look": None}, {"other": 1}, {"counts": {"events": 3}}):
        assert any(mismatches({**good, **changes}, ModelEvaluation))
    assert any(mismatches({k: v for k, v in good.items() if k != "look"}, ModelEvaluation))


def test_json_drops_nothing_but_keys_without_a_place() -> None:
    """NaN becomes None; keys come in order; what the order lacks is left out."""
    document = as_json({"verdict": {}, "sites": float("nan"), "endpoint": "relapse"}, FIT_ORDER)
    assert list(document.items()) == [("endpoint", "relapse"), ("sites", None), ("verdict", {})]
