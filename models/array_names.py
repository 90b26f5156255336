"""Names of a model's arrays in arrays.npz, and the model read back from them."""

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.applicability_domain import Domain
from models.assessment import Horizon
from models.explain import Background
from models.frozen import FrozenModel
from models.logit_stack import Stack, Trees
from models.logit_stack_check import check_array, check_stack
from models.manifest import Manifest

Arrays = dict[str, NDArray[Any]]


def arrays_of(model: FrozenModel) -> Arrays:
    """Every array of a model under a dotted name, such as `180.refits.coef`."""
    arrays: Arrays = {f"domain.{k}": np.asarray(v) for k, v in vars(model.domain).items()}
    for horizon, part in zip(model.horizons, model.parts, strict=True):
        arrays |= _of_stack(f"{horizon}.stack", part.stack)
        arrays |= _of_stack(f"{horizon}.refits", part.refits)
        arrays |= {f"{horizon}.background.{k}": v for k, v in vars(part.background).items()}
        arrays[f"{horizon}.prevalence"] = np.asarray(part.prevalence)
        arrays[f"{horizon}.training_risks"] = part.training_risks
    return arrays


def _of_stack(name: str, stack: Stack) -> Arrays:
    arrays = {f"{name}.{k}": v for k, v in vars(stack).items() if k != "trees"}
    return arrays | {f"{name}.trees.{k}": v for k, v in vars(stack.trees).items()}


def model_of(manifest: Manifest, arrays: Arrays) -> FrozenModel:
    """The model of a manifest and its arrays.

    Errors: KeyError for an array that is not there, ValueError for one that does not fit.
    """
    horizons = tuple(int(horizon) for horizon in manifest["horizons"])
    p = len(manifest["features"])
    return FrozenModel(
        endpoint=str(manifest["endpoint"]),
        landmark=int(manifest["landmark"]),
        horizons=horizons,
        features=tuple(manifest["features"]),
        manifest=manifest,
        parts=tuple(_part_of(arrays, str(horizon), p) for horizon in horizons),
        domain=_domain_of(arrays, p),
    )


def _domain_of(arrays: Arrays, p: int) -> Domain:
    shapes: dict[str, tuple[int, ...]] = {"correlation": (p, p), "limit": ()}
    domain_arrays: dict[str, Any] = {}
    for field in fields(Domain):
        shape = shapes.get(field.name, (p,))
        domain_arrays[field.name] = _numbers(arrays, f"domain.{field.name}", shape)
    domain_arrays["limit"] = domain_arrays["limit"].item()
    return Domain(**domain_arrays)


def _part_of(arrays: Arrays, horizon: str, p: int) -> Horizon:
    stack, refits = (_stack_of(arrays, f"{horizon}.{name}", p) for name in ("stack", "refits"))
    risks = arrays[f"{horizon}.training_risks"]
    if len(stack.intercept) != 1 or not len(refits.intercept) or not risks.size:
        raise ValueError("a served model has one member, at least one refit and training risks")
    return Horizon(
        stack=stack,
        background=Background(
            *(_numbers(arrays, f"{horizon}.background.{f.name}", (p,)) for f in fields(Background))
        ),
        refits=refits,
        prevalence=_numbers(arrays, f"{horizon}.prevalence", ()).item(),
        training_risks=_numbers(arrays, f"{horizon}.training_risks", (len(risks),)),
    )


def _numbers(arrays: Arrays, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    check_array(name, arrays[name], shape, np.dtype(np.float64))
    return arrays[name]


def _stack_of(arrays: Arrays, name: str, p: int) -> Stack:
    trees = Trees(**{f.name: arrays[f"{name}.trees.{f.name}"] for f in fields(Trees)})
    stack_arrays = {f.name: arrays[f"{name}.{f.name}"] for f in fields(Stack) if f.name != "trees"}
    stack = Stack(**stack_arrays, trees=trees)
    check_stack(stack, p)
    return stack
