"""Names of a model's arrays in arrays.npz, and the model read back from them."""

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.applicability_domain import Domain
from models.assessment import CohortRisks
from models.frozen import FrozenModel
from models.linear_members import STACKED, LinearMembers
from models.manifest import Manifest

Arrays = dict[str, NDArray[Any]]


def arrays_of(model: FrozenModel) -> Arrays:
    """Every array of a model under a dotted name, such as `members.effects`."""
    arrays: Arrays = {f"domain.{k}": np.asarray(v) for k, v in vars(model.domain).items()}
    arrays |= {f"members.{k}": v for k, v in vars(model.members).items()}
    arrays |= {f"cohort.{k}": v for k, v in vars(model.cohort).items()}
    return arrays | {"in_endpoint": model.in_endpoint}


def model_of(manifest: Manifest, arrays: Arrays) -> FrozenModel:
    """The model of a manifest and its arrays.

    Errors: KeyError for an array that is not there, ValueError for one that does not fit.
    """
    horizons = tuple(int(horizon) for horizon in manifest["horizons"])
    p, n_events = len(manifest["features"]), len(manifest["events"])
    return FrozenModel(
        endpoint=str(manifest["endpoint"]),
        landmark=int(manifest["landmark"]),
        horizons=horizons,
        features=tuple(manifest["features"]),
        manifest=manifest,
        members=_members_of(arrays, p, len(horizons), n_events),
        in_endpoint=_numbers(arrays, "in_endpoint", (n_events,)),
        cohort=_cohort_of(arrays, len(horizons)),
        domain=_domain_of(arrays, p),
    )


def _members_of(arrays: Arrays, p: int, n_horizons: int, n_events: int) -> LinearMembers:
    members = len(arrays["members.intercepts"])
    if members < 2:
        raise ValueError("a served model has one member and at least one refit")
    shapes: dict[str, tuple[int, ...]] = {
        "intercepts": (members, n_horizons, n_events),
        "effects": (members, p, n_events),
        "drift": (members, p, n_events),
        "time_terms": (members, 2, n_events),
    }
    stacked = {
        name: _numbers(arrays, f"members.{name}", shapes.get(name, (members, p)))
        for name in STACKED
    }
    correlation = _numbers(arrays, "members.correlation", (p, p))
    return LinearMembers(**stacked, correlation=correlation)


def _cohort_of(arrays: Arrays, n_horizons: int) -> CohortRisks:
    risks = arrays["cohort.training_risks"]
    if not risks.size:
        raise ValueError("a served model has training risks")
    return CohortRisks(
        _numbers(arrays, "cohort.prevalence", (n_horizons,)),
        _numbers(arrays, "cohort.training_risks", (n_horizons, risks.shape[-1])),
    )


def _domain_of(arrays: Arrays, p: int) -> Domain:
    shapes: dict[str, tuple[int, ...]] = {"correlation": (p, p), "limit": ()}
    domain_arrays: dict[str, Any] = {}
    for field in fields(Domain):
        shape = shapes.get(field.name, (p,))
        domain_arrays[field.name] = _numbers(arrays, f"domain.{field.name}", shape)
    domain_arrays["limit"] = domain_arrays["limit"].item()
    return Domain(**domain_arrays)


def _numbers(arrays: Arrays, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    array = arrays[name]
    if array.shape != shape or array.dtype != np.dtype(np.float64):
        raise ValueError(f"{name} is {array.dtype} {array.shape}; expected float64 {shape}")
    return array
