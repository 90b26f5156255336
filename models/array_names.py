"""Names of a model's arrays in arrays.npz, and the model read back from them."""

from dataclasses import fields
from typing import Any

import numpy as np

from features.arrays import Floats
from models.applicability_domain import Domain
from models.assessment import CohortRisks
from models.frozen import FrozenModel
from models.manifest import Manifest
from models.member_arrays import Arrays, member_arrays, members_of, numbers

ROUNDING = 1e-9


def arrays_of(model: FrozenModel) -> Arrays:
    """Every array of a model under a dotted name, such as `members.effects`."""
    arrays: Arrays = {f"domain.{k}": np.asarray(v) for k, v in vars(model.domain).items()}
    arrays |= member_arrays(model.members)
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
        members=members_of(manifest["model"], arrays, p, shape=(len(horizons), n_events)),
        in_endpoint=_in_endpoint_of(arrays, manifest),
        cohort=_cohort_of(arrays, len(horizons)),
        domain=_domain_of(arrays, p),
    )


def _in_endpoint_of(arrays: Arrays, manifest: Manifest) -> Floats:
    """The marks of the endpoint's events, which must be those that the manifest names."""
    marks = numbers(arrays, "in_endpoint", (len(manifest["events"]),))
    if marks.tolist() != [float(e in manifest["endpoint_events"]) for e in manifest["events"]]:
        raise ValueError("in_endpoint marks other events than the manifest names")
    return marks


def _cohort_of(arrays: Arrays, n_horizons: int) -> CohortRisks:
    risks = arrays["cohort.training_risks"]
    if not risks.size:
        raise ValueError("a served model has training risks")
    prevalence = numbers(arrays, "cohort.prevalence", (n_horizons,))
    sorted_risks = numbers(arrays, "cohort.training_risks", (n_horizons, risks.shape[-1]))
    for values in (prevalence, sorted_risks):
        if not ((values >= 0) & (values <= 1 + ROUNDING)).all() or (np.diff(values) < 0).any():
            raise ValueError("prevalence and training risks are risks that rise")
    return CohortRisks(prevalence, sorted_risks)


def _domain_of(arrays: Arrays, p: int) -> Domain:
    shapes: dict[str, tuple[int, ...]] = {"correlation": (p, p), "limit": ()}
    domain_arrays: dict[str, Any] = {}
    for field in fields(Domain):
        shape = shapes.get(field.name, (p,))
        domain_arrays[field.name] = numbers(arrays, f"domain.{field.name}", shape)
    domain_arrays["limit"] = domain_arrays["limit"].item()
    return Domain(**domain_arrays)
