"""Which candidate models are offered, and on which columns; decided once on the whole cohort."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features import schema
from features.errors import InputError
from models.candidates import ORDER
from models.fit_pipeline import Patients, Plan
from models.folds import patients_by_outcome


@dataclass(frozen=True)
class Offer:
    """Requested candidates and limits: parameters of `models.risk_model.RiskModel`."""

    candidates: tuple[str, ...]
    biomarker: str | None
    core_panel: Sequence[str] | None
    inner_folds: int
    min_events: int
    min_lightgbm: int


def make_plan(offer: Offer, patients: Patients, names: Sequence[str]) -> Plan:
    """The offered candidates and their columns; `names` is empty when columns have none.

    Errors: InputError for an unknown candidate, a column that is not there, fewer than two folds.
    """
    _check(offer)
    return Plan(
        _offered(offer, patients, bool(names)),
        _panel(offer, names, patients.X.shape[1]),
        _biomarker(offer, names),
        offer.inner_folds,
    )


def _check(offer: Offer) -> None:
    unknown = sorted(set(offer.candidates) - set(ORDER))
    if unknown or not offer.candidates:
        raise InputError(
            f"Candidates are {', '.join(ORDER)}, but {', '.join(unknown) or 'none'} came: name "
            "some of these."
        )
    if offer.inner_folds < 2:
        raise InputError(
            f"Tuning and calibration need at least 2 inner folds, but {offer.inner_folds} came: "
            "5 is usual."
        )


def _offered(offer: Offer, patients: Patients, has_names: bool) -> tuple[str, ...]:
    """Prevalence alone under `min_events`; from there on it is the reference, not a choice."""
    with_event, without = patients_by_outcome(patients.key, patients.y)
    offered = [name for name in ORDER if name in offer.candidates and name != "prevalence"]
    if offer.biomarker is None or not has_names:
        offered = [name for name in offered if name != "biomarker"]
    if with_event + without < offer.min_lightgbm:
        offered = [name for name in offered if name != "lightgbm"]
    if min(with_event, without) < offer.min_events or not offered:
        return ("prevalence",)
    return tuple(offered)


def _panel(offer: Offer, names: Sequence[str], width: int) -> NDArray[np.intp]:
    panel = offer.core_panel
    if panel is None:
        panel = [name for name in schema.CORE if name in names]
    if not names or not panel:
        return np.arange(width)
    return _places(panel, names, "core panel")


def _biomarker(offer: Offer, names: Sequence[str]) -> NDArray[np.intp]:
    if offer.biomarker is None or not names:
        return np.zeros(0, np.intp)
    return _places([offer.biomarker], names, "biomarker")


def _places(columns: Sequence[str], names: Sequence[str], role: str) -> NDArray[np.intp]:
    absent = [name for name in columns if name not in names]
    if absent:
        raise InputError(
            f"The {role} must name columns of X, but {', '.join(absent)} is not among them: "
            "add the column or name another."
        )
    return np.array([names.index(name) for name in columns])
